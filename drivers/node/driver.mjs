// The Node driver of batchmark: Node's built-in fetch, in one file and without dependencies.
//
// docs/driver-protocol.md says what a driver must do, README.md beside this file what this one
// measures and what it cannot see. It must never add a timer, a signal or a listener to a request
// that a user's fetch would not have: the time limit closes the whole session instead, and hooks
// are there only while a trace is taken.

import crypto from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import dns from 'node:dns';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = 18;
const PROTOCOL = 1;

/** How long a batch that was interrupted may take to end before it is left to itself. */
const GRACE_MS = 1000;

/** The longest time that a timer of Node's takes; more of it would be none at all. */
const LONGEST_MS = 2 ** 31 - 1;

const now = () => process.hrtime.bigint();
const milliseconds = (nanoseconds) => Math.min(nanoseconds / 1e6, LONGEST_MS);
const isAtLeast = (version, major, minor) => {
  const [itsMajor, itsMinor] = version.split('.').map(Number);
  return itsMajor > major || (itsMajor === major && itsMinor >= minor);
};

/** A command that cannot be carried out. */
class Refusal extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

// ---------------------------------------------------------------------------------------------
// Conditions: named as the built-in strategies name them.

const CONDITIONS = {
  session: {
    default: 'cold',
    values: { words: ['cold', 'warm'] },
    summary: 'whether each batch opens and closes a session of its own',
  },
  concurrency: {
    default: '100',
    values: { count_from: 1 },
    summary: 'how many requests are under way at once',
  },
  pool: {
    default: 'native',
    values: { words: ['native'], count_from: 1 },
    summary: 'how many connections to a host are open at once; native: as many as it takes',
  },
  resume: {
    default: 'on',
    values: { words: ['on', 'off'] },
    summary: 'whether earlier TLS sessions are resumed',
  },
  work: {
    default: 'network',
    values: { words: ['network'], time_after: 'sleep:' },
    summary: 'whether a request fetches or only sleeps',
  },
};

const UNITS_MS = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1e3, m: 6e4 };

/** The milliseconds that a time such as `11ms` or a bare `0` names; null where it names none. */
function readTime(text) {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m)$/.exec(text) ?? [];
  return text === '0' ? 0 : unit === undefined ? null : Number(number) * UNITS_MS[unit];
}

function accepts(rule, value) {
  const isCount = rule.count_from !== undefined && /^\d+$/.test(value);
  return (
    (rule.words ?? []).includes(value) ||
    (isCount && Number(value) >= rule.count_from) ||
    (rule.time_after !== undefined &&
      value.startsWith(rule.time_after) &&
      readTime(value.slice(rule.time_after.length)) !== null)
  );
}

function describe(rule) {
  const count = rule.count_from === undefined ? [] : [`a number from ${rule.count_from} on`];
  const prefix = rule.time_after;
  const time = prefix === undefined ? [] : [`${prefix}TIME (such as ${prefix}11ms)`];
  return [...count, ...(rule.words ?? []), ...time].join(' or ');
}

/** A value for every condition that the strategy knows: the given one, or the default. */
function readConditions(strategy, given) {
  for (const [name, value] of Object.entries(given)) {
    if (!strategy.conditions.includes(name)) {
      const known = strategy.conditions.join(', ');
      throw new Refusal('bad_condition', `${strategy.name} knows no "${name}": it knows ${known}`);
    }
    const rule = CONDITIONS[name].values;
    if (!accepts(rule, value)) {
      const message = `${name}=${value} is not possible: ${name} is ${describe(rule)}`;
      throw new Refusal('bad_condition', message);
    }
  }
  const value = (name) => given[name] ?? CONDITIONS[name].default;
  const work = value('work');
  return {
    isWarm: value('session') === 'warm',
    concurrency: Number(value('concurrency')),
    connections: value('pool') === 'native' ? null : Number(value('pool')),
    isResuming: value('resume') === 'on',
    sleepMs: work === 'network' ? null : readTime(work.slice('sleep:'.length)),
  };
}

// ---------------------------------------------------------------------------------------------
// Trials: what becomes of each request of a batch.

const OPENING = ['resolving', 'resolved', 'connecting', 'connected', 'secured'];
const EXCHANGE = ['writing', 'sent', 'first_byte'];
const MILESTONES = ['submitted', 'started', ...OPENING, ...EXCHANGE, 'done'];

/** The columns that this Node can fill. There is no event for the handshake's first byte. */
function columns() {
  // An older Node does not say when it begins to connect, nor its undici when an answer begins.
  const isTold = {
    connecting: isAtLeast(process.versions.node, 20, 12),
    first_byte: isAtLeast(process.versions.undici, 6, 0),
  };
  const milestones = MILESTONES.filter((name) => isTold[name] ?? true);
  return [...milestones, 'connection', 'status', 'bytes', 'error'];
}

class Trial {
  constructor(preparation, count) {
    this.checks = preparation.target.checks;
    this.requests = preparation.requests.slice(0, count);
    this.isTraced = preparation.isTraced;
    this.limitMs = milliseconds(preparation.target.time_limit);
    this.deadline = now() + BigInt(preparation.target.time_limit);
    this.hasExpired = false;
    this.isSettled = new Array(count).fill(false);
    this.columns = Object.fromEntries(columns().map((name) => [name, new Array(count).fill(null)]));
  }

  get count() {
    return this.requests.length;
  }

  mark(milestone, place) {
    if (this.isTraced) this.keep(milestone, place, now());
  }

  keep(column, place, value) {
    if (!this.hasExpired) this.columns[column][place] = value;
  }

  remainingMs() {
    return Math.max(0, Number(this.deadline - now()) / 1e6);
  }

  /** Whatever ends after the limit has timed out: an interrupted body can look like a whole one. */
  settle(place, failure) {
    if (this.hasExpired) return;
    this.keep('error', place, failure);
    this.isSettled[place] = true;
  }

  /** The columns that hold anything, with milestones counted from `started`. */
  told(started) {
    const message = `the trial's time limit of ${this.limitMs} ms passed first`;
    const failures = this.columns.error.map((failure, place) =>
      this.isSettled[place] ? failure : { kind: 'timeout', message },
    );
    const after = (moment) => (moment === null ? null : Number(moment - started));
    const counted = (name, column) => (MILESTONES.includes(name) ? column.map(after) : column);
    const filled = Object.entries({ ...this.columns, error: failures })
      .filter(([, column]) => column.some((entry) => entry !== null))
      .map(([name, column]) => [name, counted(name, column)]);
    return Object.fromEntries(filled);
  }
}

// ---------------------------------------------------------------------------------------------
// The trace: hooks that fire exactly where a milestone is, and only while a trace is taken.

/** One request of a trial while fetch makes it. */
class Exchange {
  constructor(trial, place) {
    this.trial = trial;
    this.place = place;
    this.dispatches = 0;
  }

  /** A redirect makes a second exchange of the request: no milestone is that of both. */
  begin() {
    this.dispatches += 1;
    if (this.dispatches === 2) {
      for (const name of [...OPENING, ...EXCHANGE, 'connection']) this.forget(name);
    }
  }

  forget(column) {
    if (this.trial.columns[column]) this.trial.keep(column, this.place, null);
  }

  keep(column, value) {
    if (this.dispatches === 1 && this.trial.columns[column]) {
      this.trial.keep(column, this.place, value);
    }
  }

  /** The request's head is about to be written, and with it all of a request without a body. */
  send(opening) {
    if (this.trial.requests[this.place].init.body === undefined) {
      const moment = now();
      this.keep('writing', moment);
      this.keep('sent', moment);
    }
    if (opening === undefined) return;
    this.keep('connection', opening.ordinal);
    if (opening.isUsed) return;
    opening.isUsed = true;
    const started = this.trial.columns.started[this.place];
    for (const name of OPENING) {
      if (opening[name] >= started) this.keep(name, opening[name]);
    }
  }
}

const trace = {
  isOn: false,
  /** When what happened to each connection, and whether it has carried a request. */
  openings: new WeakMap(),
  opened: 0,
  /** The connection that is being opened by the present call. */
  opening: undefined,
  /** The exchange whose head undici is about to write. */
  sending: undefined,

  turnOn() {
    if (this.isOn) return;
    this.isOn = true;
    net.Socket.prototype.connect = connectTraced;
    dns.lookup = lookupTraced;
    diagnostics.channel('undici:client:sendHeaders').subscribe(sendTraced);
  },

  turnOff() {
    if (!this.isOn) return;
    this.isOn = false;
    net.Socket.prototype.connect = connect;
    dns.lookup = lookup;
    diagnostics.channel('undici:client:sendHeaders').unsubscribe(sendTraced);
  },

  /** A dispatcher for one request: it says which of undici's exchanges is that request's. */
  dispatcher(agent, exchange) {
    return {
      dispatch(options, handler) {
        exchange.begin();
        const { onConnect, onResponseStarted } = handler;
        handler.onConnect = function (...given) {
          trace.sending = exchange;
          return onConnect.apply(this, given);
        };
        handler.onResponseStarted = function (...given) {
          exchange.keep('first_byte', now());
          return onResponseStarted?.apply(this, given);
        };
        return agent.dispatch(options, handler);
      },
    };
  },
};

const { connect } = net.Socket.prototype;
const { lookup } = dns;

// Neither undici nor Node publishes a socket before it is connected: this is where all pass.
function connectTraced(...given) {
  const opening = { ordinal: trace.opened, isUsed: false };
  trace.opened += 1;
  trace.openings.set(this, opening);
  const mark = (name) => () => {
    opening[name] = now();
  };
  this.once('connectionAttempt', mark('connecting'));
  this.once('connect', mark('connected'));
  this.once('secureConnect', mark('secured'));
  trace.opening = opening;
  try {
    return connect.apply(this, given);
  } finally {
    trace.opening = undefined;
  }
}

// `connect` calls it at once, or not at all where the host is an address.
function lookupTraced(host, options, callback) {
  const { opening } = trace;
  if (opening === undefined) return lookup(host, options, callback);
  opening.resolving = now();
  return lookup(host, options, (...found) => {
    opening.resolved = now();
    callback(...found);
  });
}

// Published right before the head is written, and right after the handler's `onConnect`.
function sendTraced({ socket }) {
  trace.sending?.send(trace.openings.get(socket));
}

// ---------------------------------------------------------------------------------------------
// Failures: an error's kind and a sentence.

const NO_TRUST = new RegExp(
  '^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|INVALID_CA|' +
    'INVALID_PURPOSE|PATH_LENGTH_)',
);
const NO_WAY = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const BROKEN_OFF = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

function kindOf({ code = '', syscall, message }) {
  if (syscall === 'getaddrinfo') return 'dns';
  if (NO_TRUST.test(code) || message.includes('before secure TLS connection')) return 'tls';
  if (NO_WAY.has(code)) return 'refused';
  return BROKEN_OFF.has(code) ? 'reset' : 'protocol';
}

/** fetch says "fetch failed" or "terminated"; why, its cause says. */
function inWords(error) {
  const cause = error.cause ?? error;
  const message = cause.errors?.map((each) => each.message).join('; ') || cause.message;
  const whole = cause === error ? message : `${error.message}: ${message}`;
  return { kind: kindOf(cause), message: whole };
}

function judge(checks, status, bytes) {
  if (!checks.statuses.includes(status)) {
    const message = `status ${status}, expected ${checks.statuses.join(' or ')}`;
    return { kind: 'status', message };
  }
  if (bytes < checks.min_bytes) {
    const message = `body of ${bytes} bytes, expected at least ${checks.min_bytes}`;
    return { kind: 'check', message };
  }
  return null;
}

// ---------------------------------------------------------------------------------------------
// Clients: what makes one request. A session is opened once a batch, or kept.

/** Node's fetch, over an agent of its own: undici's, with undici's defaults. */
class FetchSession {
  constructor(Agent, preparation) {
    this.agent = new Agent(preparation.agentOptions);
    this.isTraced = preparation.isTraced;
  }

  async make(trial, place) {
    const { url, init } = trial.requests[place];
    const dispatcher = this.isTraced
      ? trace.dispatcher(this.agent, new Exchange(trial, place))
      : this.agent;
    const response = await fetch(url, { ...init, dispatcher });
    trial.keep('status', place, response.status);
    const body = await response.arrayBuffer();
    trial.keep('bytes', place, body.byteLength);
    const verdict = judge(trial.checks, response.status, body.byteLength);
    trial.mark('done', place);
    return verdict;
  }

  async close() {
    await this.agent.close();
  }

  /** Every request fails at once, whether it waits for a connection, an answer or a body's end. */
  interrupt() {
    this.agent.destroy(new Error('the time limit has passed')).catch(() => {});
  }
}

/** The control: each request sleeps by the event loop's timer, and has no answer. */
class SleepSession {
  constructor(preparation) {
    this.sleepMs = preparation.settings.sleepMs;
  }

  async make(trial, place) {
    // A timer counts whole milliseconds and takes no account of a part of one.
    const time = Math.ceil(Math.min(this.sleepMs, trial.remainingMs()));
    await new Promise((wake) => setTimeout(wake, time));
    trial.mark('done', place);
    return null;
  }

  async close() {}

  interrupt() {}
}

// ---------------------------------------------------------------------------------------------
// Modes: ways of using a client for a batch.

async function make(session, trial, place) {
  trial.mark('started', place);
  try {
    trial.settle(place, await session.make(trial, place));
  } catch (error) {
    trial.settle(place, inWords(error));
  }
}

async function sequential(session, trial) {
  for (let place = 0; place < trial.count && !trial.hasExpired; place += 1) {
    trial.mark('submitted', place);
    await make(session, trial, place);
  }
}

async function concurrent(session, trial, { concurrency }) {
  for (let place = 0; place < trial.count; place += 1) trial.mark('submitted', place);
  let next = 0;
  const lane = async () => {
    while (next < trial.count && !trial.hasExpired) {
      const place = next;
      next += 1;
      await make(session, trial, place);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, trial.count) }, lane));
}

const STRATEGIES = [
  {
    name: 'fetch/sequential',
    summary: "Node's fetch, one request after another",
    conditions: ['session', 'pool', 'resume', 'work'],
    run: sequential,
  },
  {
    name: 'fetch/concurrent',
    alias: 'fetch',
    summary: "Node's fetch, all requests at once",
    conditions: ['session', 'concurrency', 'pool', 'resume', 'work'],
    run: concurrent,
  },
];

function spec({ name, alias, summary, conditions }) {
  return {
    name,
    alias,
    summary,
    conditions: conditions.map((condition) => ({ name: condition, ...CONDITIONS[condition] })),
    columns: columns(),
  };
}

// ---------------------------------------------------------------------------------------------
// Trust. A connection of Node's takes its default roots from one store, which is parsed once in
// the process; `ca` makes it parse and fill a store of its own, a hundred times as dear with all
// the roots in it. The one way to add a root to the shared store that every Node since 18 has is
// NODE_EXTRA_CA_CERTS, which is read when a process starts: hence `handOver`.

const ADDED = '--added-certificates';
const FOLDER = '--folder';
const OWN_EXTRA = 'BATCHMARK_OWN_NODE_EXTRA_CA_CERTS';

/** The file whose certificates were added to the roots of this process. */
const added = argument(ADDED) || undefined;

/** What stands behind an option; nothing where it was not given. */
function argument(option) {
  const place = process.argv.indexOf(option);
  return place < 0 ? undefined : process.argv[place + 1];
}

function readCertificates(path) {
  const pem = readFileSync(path, 'ascii');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${path} holds no certificate in PEM form`);
  for (const block of blocks) new crypto.X509Certificate(block);
  return blocks;
}

/** What the agent is told, what the facts say, and what must have been added to the roots. */
function readTrust(trust) {
  switch (trust.roots) {
    case 'default':
      return { connect: {}, described: "Node's own roots" };
    case 'added': {
      const count = readCertificates(trust.path).length;
      const store = 'in the one store that all connections share';
      const described = `Node's own roots with ${count} added when Node started, ${store}`;
      return { connect: {}, described, needs: trust.path };
    }
    case 'file':
      return {
        connect: { ca: readCertificates(trust.path) },
        described: 'the given file and no other, in a store that each connection fills for itself',
        needs: added,
      };
    case 'anyone':
      return { connect: { rejectUnauthorized: false }, described: 'anyone', needs: added };
    default:
      throw new Refusal('bad_command', `there is no trust in ${JSON.stringify(trust.roots)}`);
  }
}

/**
 * Has another process of this driver, with the right roots, take over stdin, stdout and stderr,
 * beginning with the lines that were read here but not obeyed. It is of the same process group.
 * This one sleeps until that one ends, and ends as it did.
 */
async function handOver(certificates, text) {
  const { spawn } = await import('node:child_process');
  const own = process.env[OWN_EXTRA] ?? (added ? '' : process.env.NODE_EXTRA_CA_CERTS ?? '');
  const place = argument(FOLDER) ?? tmpdir(); // which somebody else removes
  const folder = own && certificates && mkdtempSync(join(place, 'batchmark-node-'));
  const extra = folder ? joined(folder, [own, certificates]) : certificates ?? own;
  const env = { ...process.env, [OWN_EXTRA]: own, NODE_EXTRA_CA_CERTS: extra };
  const options = [ADDED, certificates ?? '', FOLDER, place];
  const words = [...process.execArgv, fileURLToPath(import.meta.url), ...options];
  const stdio = ['inherit', 'inherit', 'inherit', 'pipe'];
  const successor = spawn(process.execPath, words, { env, stdio });
  successor.stdio[3].end(text);
  successor.on('exit', (code) => {
    if (folder) rmSync(folder, { recursive: true, force: true });
    process.exit(code ?? 1);
  });
}

/** Node takes one file: what its user had it add goes into it too. */
function joined(folder, paths) {
  const path = join(folder, 'added.pem');
  writeFileSync(path, paths.map((each) => readFileSync(each, 'ascii')).join('\n'));
  return path;
}

// ---------------------------------------------------------------------------------------------
// Preparation: all that is settled before a strategy's first trial.

/** The class of fetch's own dispatcher, which no module of Node's exports. */
async function findAgent() {
  await fetch('data:,'); // undici is loaded when fetch is first called
  const Agent = globalThis[Symbol.for('undici.globalDispatcher.1')]?.constructor;
  if (Agent?.name === 'Agent') return Agent;
  const found = Agent?.name ?? 'no dispatcher';
  const remedy = 'unset NODE_USE_ENV_PROXY, for no proxy may be used';
  throw new Refusal('internal', `fetch uses ${found} and not undici's Agent: ${remedy}`);
}

/** Lets fetch and undici see every request as far as the connection, which is declined. */
async function rehearse(Agent, requests) {
  const declined = new Error('declined');
  const agent = new Agent({ connect: (_, callback) => callback(declined) });
  let headers = [];
  const dispatch = (options, handler) => {
    ({ headers } = options);
    return agent.dispatch(options, handler);
  };
  for (const { url, init } of requests) {
    try {
      await fetch(url, { ...init, dispatcher: { dispatch } });
    } catch (error) {
      if (error.cause !== declined) {
        throw new Refusal('bad_target', `${url}: ${inWords(error).message}`);
      }
    }
  }
  await agent.close();
  return new Headers(headers);
}

function readRequest(request, headers) {
  if (!/^https?:/i.test(request.url)) {
    throw new Refusal('bad_target', `"${request.url}" is neither an http nor an https URL`);
  }
  const init = {};
  if (request.method !== 'GET') init.method = request.method;
  if (headers.length > 0) init.headers = headers.map(({ name, value }) => [name, value]);
  if (request.body !== undefined) init.body = request.body;
  return { url: request.url, init };
}

function facts(preparation, sent) {
  const { settings, isSecure, trust } = preparation;
  const platform = {
    runtime: `Node ${process.versions.node}`,
    event_loop: `libuv ${process.versions.uv}`,
  };
  if (settings.sleepMs !== null) return platform;
  const tls = {
    verification: trust.connect.rejectUnauthorized === false ? 'off' : 'on',
    trust: trust.described,
    tls_library: `OpenSSL ${process.versions.openssl}`,
    resumption: settings.isResuming ? 'offered' : 'never',
  };
  return {
    ...platform,
    // From its version 8 on, undici may speak another.
    ...(isAtLeast(process.versions.undici, 8, 0) ? {} : { http: '1.1' }),
    ...(isSecure ? tls : {}),
    compression: sent.get('accept-encoding') ?? 'none asked for',
    redirects: 'followed',
    dns: 'looked up for each connection',
    bodies: 'read to the end',
  };
}

/** Reads a command's preparation. */
async function prepare({ strategy: name, conditions, target, trace: isTraced }) {
  const strategy = STRATEGIES.find((each) => each.name === name);
  if (strategy === undefined) {
    const known = STRATEGIES.map((each) => each.name).join(', ');
    throw new Refusal('unknown_strategy', `no strategy "${name}": there are ${known}`);
  }
  const settings = readConditions(strategy, conditions);
  const requests = target.requests.map((request) => readRequest(request, target.headers ?? []));
  if (requests.length === 0) throw new Refusal('bad_target', 'the target has no requests');
  const Agent = await findAgent();
  const sent = await rehearse(Agent, requests);
  const trust = readTrustOf(target);
  const isSecure = requests.some(({ url }) => /^https:/i.test(url));
  const agentOptions = {
    connections: settings.connections,
    connect: trust.connect,
    ...(settings.isResuming ? {} : { maxCachedSessions: 0 }),
  };
  const preparation = {
    strategy,
    settings,
    target,
    requests,
    trust,
    isSecure,
    isTraced,
    agentOptions,
  };
  const open =
    settings.sleepMs === null
      ? () => new FetchSession(Agent, preparation)
      : () => new SleepSession(preparation);
  return { ...preparation, open, facts: facts(preparation, sent) };
}

function readTrustOf(target) {
  try {
    return readTrust(target.trust);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const message = `the certificates cannot be read: ${error.message}`;
    throw new Refusal('bad_target', message);
  }
}

// ---------------------------------------------------------------------------------------------
// A batch, timed.

class Bench {
  constructor(preparation) {
    this.preparation = preparation;
    this.kept = null;
  }

  async run(trial) {
    const { settings, open } = this.preparation;
    if (settings.isWarm && this.kept === null) this.kept = open();
    const before = process.resourceUsage();
    const started = now();
    const session = this.kept ?? open();
    await this.limited(session, trial);
    const finished = now();
    return { started, finished, usage: usageSince(before) };
  }

  /** Runs the batch, and interrupts it when its time limit has passed. */
  async limited(session, trial) {
    const watchdog = {};
    const overdue = new Promise((leave) => {
      watchdog.timer = setTimeout(() => {
        trial.hasExpired = true;
        this.kept = null;
        session.interrupt();
        watchdog.timer = setTimeout(leave, GRACE_MS);
      }, trial.remainingMs());
    });
    await Promise.race([this.batch(session, trial), overdue]);
    clearTimeout(watchdog.timer);
  }

  async batch(session, trial) {
    const { strategy, settings } = this.preparation;
    await strategy.run(session, trial, settings);
    if (!settings.isWarm && !trial.hasExpired) await session.close();
  }

  close() {
    this.kept?.interrupt();
    this.kept = null;
  }
}

function usageSince(before) {
  const after = process.resourceUsage();
  const micros = (field) => (after[field] - before[field]) * 1000;
  const count = (field) => after[field] - before[field];
  return {
    user: micros('userCPUTime'),
    system: micros('systemCPUTime'),
    voluntary_switches: count('voluntaryContextSwitches'),
    involuntary_switches: count('involuntaryContextSwitches'),
    peak_memory: after.maxRSS * 1024, // told in KiB
  };
}

// ---------------------------------------------------------------------------------------------
// The protocol: commands in, replies out.

class Driver {
  constructor() {
    this.lines = [];
    this.rest = '';
    this.isBusy = false;
    this.bench = null;
  }

  listen() {
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (text) => this.read(text));
    process.stdin.on('end', () => process.exit(0));
  }

  read(text) {
    const [first, ...others] = text.split('\n');
    const whole = [this.rest + first, ...others];
    this.rest = whole.pop();
    this.lines.push(...whole);
    if (!this.isBusy) this.work();
  }

  async work() {
    this.isBusy = true;
    while (this.lines.length > 0) await this.answer(this.lines.shift());
    this.isBusy = false;
  }

  async answer(line) {
    try {
      await this.obey(readCommand(line), line);
    } catch (error) {
      if (!(error instanceof Refusal)) process.stderr.write(`${error.stack}\n`);
      this.reply({ op: 'error', kind: error.kind ?? 'internal', message: error.message });
    }
  }

  reply(message) {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  }

  async obey(command, line) {
    switch (command.op) {
      case 'hello':
        return this.hello(command);
      case 'prepare':
        return this.prepare(command, line);
      case 'trial':
        return this.trial(command);
      default:
        return process.exit(0); // quit
    }
  }

  hello({ protocol }) {
    if (protocol !== PROTOCOL) {
      const message = `version ${protocol} is not spoken here: version ${PROTOCOL} is`;
      throw new Refusal('unsupported_version', message);
    }
    const modules = ['node', 'undici', 'openssl', 'uv'];
    this.reply({
      op: 'hello',
      protocol: PROTOCOL,
      driver: 'node',
      now: String(now()),
      versions: modules.map((module) => ({ module, version: process.versions[module] })),
      strategies: STRATEGIES.map(spec),
    });
  }

  async prepare(command, line) {
    const preparation = await prepare(command);
    if (preparation.isSecure && preparation.trust.needs !== added) {
      return this.leave(preparation.trust.needs, line);
    }
    this.bench?.close();
    this.bench = new Bench(preparation);
    if (preparation.isTraced) trace.turnOn();
    else trace.turnOff();
    return this.reply({ op: 'ready', facts: preparation.facts });
  }

  /** Leaves this command and all that follow to another process. */
  async leave(certificates, line) {
    process.stdin.removeAllListeners('data').removeAllListeners('end').pause();
    const text = [line, ...this.lines, this.rest].join('\n');
    this.lines = [];
    await handOver(certificates, text);
  }

  async trial({ id, requests }) {
    if (this.bench === null) {
      throw new Refusal('bad_command', 'nothing has been prepared for a trial');
    }
    const { preparation } = this.bench;
    const offered = preparation.requests.length;
    if (requests < 1 || requests > offered) {
      const message = `a batch of ${requests} cannot be taken from ${offered} requests`;
      throw new Refusal('bad_command', message);
    }
    const trial = new Trial(preparation, requests);
    const { started, finished, usage } = await this.bench.run(trial);
    this.reply({ op: 'columns', id, columns: trial.told(started) });
    this.reply({ op: 'done', id, started: String(started), finished: String(finished), usage });
  }
}

const isObject = (value) => typeof value === 'object' && value !== null;
const PARTS = {
  hello: { protocol: Number.isInteger },
  prepare: {
    strategy: (value) => typeof value === 'string',
    conditions: isObject,
    target: (value) =>
      isObject(value) &&
      Array.isArray(value.requests) &&
      isObject(value.trust) &&
      isObject(value.checks) &&
      Number.isInteger(value.time_limit),
    trace: (value) => typeof value === 'boolean',
  },
  trial: { id: Number.isInteger, requests: Number.isInteger },
  quit: {},
};

function readCommand(line) {
  const bad = (why) => new Refusal('bad_command', `this is not a command: ${why}`);
  let command;
  try {
    command = JSON.parse(line);
  } catch (error) {
    throw bad(error.message);
  }
  const parts = Object.hasOwnProperty.call(PARTS, command?.op) ? PARTS[command.op] : undefined;
  if (parts === undefined) throw bad(`there is no operation ${JSON.stringify(command?.op)}`);
  for (const [name, isGood] of Object.entries(parts)) {
    if (!isGood(command[name])) throw bad(`its ${name} is missing or wrong`);
  }
  return command;
}

if (isAtLeast(process.versions.node, OLDEST, 0) && typeof fetch === 'function') {
  const driver = new Driver();
  driver.listen();
  if (argument(ADDED) !== undefined) driver.read(readFileSync(3, 'utf8'));
} else {
  const lack = `This driver needs Node ${OLDEST} or newer with its built-in fetch`;
  const found = `this is Node ${process.versions.node}`;
  process.stderr.write(`${lack}, and ${found}. Install a newer one.\n`);
  process.exitCode = 1;
}
