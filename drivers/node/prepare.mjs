// Preparation: everything that is decided before a strategy's first trial, so that no trial pays
// for it.

import { readConditions } from './conditions.mjs';
import { factsOf, fetchFacts } from './facts.mjs';
import { failureFrom } from './failures.mjs';
import { checkingAddress, droppedHeaders, withDropped } from './headers.mjs';
import { Refusal } from './refusal.mjs';
import { FetchSession, SleepSession } from './sessions.mjs';
import { availableStrategies } from './strategies.mjs';
import { readTrust } from './trust.mjs';

/** How many milliseconds a warm session keeps an idle connection: a day. By default it is 4 s, so that it may be
 * closed between two batches. A server that names a shorter time is obeyed. */
const KEPT_IDLE = 86_400_000;

/** Reads the preparation of a `prepare` command. */
export async function prepare({ strategy: name, conditions, target, trace: isTraced }) {
  const strategy = findStrategy(name);
  const settings = readConditions(strategy, conditions);
  const requests = target.requests.map((request) => readRequest(request, target.headers ?? []));
  if (requests.length === 0) throw new Refusal('bad_target', 'the target has no requests');
  const Agent = await findAgentClass();
  const headers = await rehearse(Agent, requests);
  const trust = readTrust(target.trust);
  const isSecure = requests.some(({ url }) => /^https:/i.test(url));
  const agentOptions = {
    connections: settings.connections,
    connect: { ...trust.connect, ...checkingAddress(requests) },
    ...(settings.isResuming ? {} : { maxCachedSessions: 0 }),
    ...(settings.isWarm ? { keepAliveTimeout: KEPT_IDLE, keepAliveMaxTimeout: KEPT_IDLE } : {}),
  };
  const preparation = {
    strategy,
    requestedEncoding: requestedEncoding(target.headers ?? []),
    settings,
    target,
    requests,
    trust,
    isSecure,
    isTraced,
    agentOptions,
  };
  if (settings.sleepMs !== null) {
    const openSession = () => new SleepSession(preparation);
    return { ...preparation, openSession, facts: factsOf(preparation, {}) };
  }
  const { openSession, facts } = await loadClient(strategy, { ...preparation, Agent, headers });
  return { ...preparation, openSession, facts: factsOf(preparation, facts) };
}

/** Gives what opens a session of a strategy's client, and what is true of that client. */
async function loadClient({ client = 'fetch' }, preparation) {
  if (client !== 'fetch') {
    const { load } = await import(`./clients/${client}.mjs`);
    return load(preparation);
  }
  const { Agent, headers } = preparation;
  return { openSession: () => new FetchSession(Agent, preparation), facts: fetchFacts(headers) };
}

function findStrategy(name) {
  const available = availableStrategies();
  const strategy = available.find((each) => each.name === name);
  if (strategy !== undefined) return strategy;
  const known = available.map((each) => each.name).join(', ');
  throw new Refusal('unknown_strategy', `unknown strategy "${name}": use one of ${known}`);
}

function readRequest({ method, url, body }, headers) {
  if (!/^https?:/i.test(url)) {
    throw new Refusal('bad_target', `"${url}" is not an http or https URL`);
  }
  const init = {};
  if (method !== 'GET') init.method = method;
  if (headers.length > 0) init.headers = headers.map(({ name, value }) => [name, value]);
  if (body !== undefined) init.body = body;
  return { url, init };
}

function requestedEncoding(headers) {
  return headers.find(({ name }) => name.toLowerCase() === 'accept-encoding')?.value;
}

/** The class of fetch's own dispatcher, which no module of Node exports. */
async function findAgentClass() {
  await fetch('data:,'); // Node loads undici when fetch is first called.
  const Agent = globalThis[Symbol.for('undici.globalDispatcher.1')]?.constructor;
  if (Agent?.name === 'Agent') return Agent;
  const found = Agent?.name ?? 'no dispatcher';
  const remedy = 'unset NODE_USE_ENV_PROXY, because no proxy may be used';
  throw new Refusal('internal', `fetch uses ${found} instead of undici's Agent: ${remedy}`);
}

/**
 * Lets fetch check every request as far as the connection, which is declined. Keeps with each
 * request the headers that fetch drops. Gives the headers that are sent.
 */
async function rehearse(Agent, requests) {
  const declined = new Error('declined');
  const agent = new Agent({ connect: (_, callback) => callback(declined) });
  let sent = new Headers();
  for (const request of requests) {
    const dispatch = (options, handler) => {
      sent = new Headers(options.headers);
      request.dropped = droppedHeaders(request.init.headers ?? [], sent);
      return withDropped(request, agent).dispatch(options, handler);
    };
    try {
      await fetch(request.url, { ...request.init, dispatcher: { dispatch } });
    } catch (error) {
      if (error.cause !== declined) {
        throw new Refusal('bad_target', `${request.url}: ${failureFrom(error).message}`);
      }
    }
  }
  await agent.close();
  return sent;
}
