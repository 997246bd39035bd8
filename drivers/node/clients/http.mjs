// Node's http and https with agents, as `http/agent` uses them, and what clients built on them share.

import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

import { checkAnswer } from '../failures.mjs';
import { tracedAgents } from '../trace_http.mjs';

/** The options of the agents that users make themselves. */
const KEEPING = { keepAlive: true };

export async function load(preparation) {
  return loadWith(preparation, {
    open: (agents) => new HttpSession(agents, exchange, preparation.isTraced),
    defaults: { http: KEEPING, https: KEEPING },
    facts: { redirects: 'not followed' },
  });
}

/**
 * Gives what opens a session of a client, and its facts.
 *
 * `open` makes a session with these agents; `defaults` are the options of the client's own agents.
 */
export async function loadWith(preparation, { open, defaults, facts }) {
  const compression = await findEncoding(open, preparation);
  return {
    openSession: () => open(openAgents(defaults, preparation)),
    facts: { http: '1.1', compression: compression ?? 'none asked for', ...facts },
  };
}

/** The options of the agents that Node makes itself. A client uses those if it is given none. */
export function globalDefaults() {
  return { http: http.globalAgent.options, https: https.globalAgent.options };
}

function openAgents(defaults, { settings, requests, trust }) {
  const pool = settings.connections === null ? {} : { maxSockets: settings.connections };
  const resumption = settings.isResuming ? {} : { maxCachedSessions: 0 };
  const tls = { ...trust.connect, ...resumption, ...serverName(requests) };
  // Node's own agents close a connection after 5 s without a request: between two batches.
  const idle = settings.isWarm ? { timeout: undefined } : {};
  return {
    http: new http.Agent({ ...defaults.http, ...pool, ...idle }),
    https: new https.Agent({ ...defaults.https, ...pool, ...tls, ...idle }),
  };
}

/** Node would take the server's name in TLS from the Host header; other clients take the URL's. */
function serverName(requests) {
  const hasHost = requests.some(({ dropped }) => dropped.some(([name]) => /^host$/i.test(name)));
  const { hostname } = new URL(requests[0].url);
  if (!hasHost) return {};
  return { servername: net.isIP(hostname.replace(/^\[|\]$/g, '')) ? '' : hostname };
}

/** The encodings that a client asks for: it makes a request, which is declined before it connects. */
async function findEncoding(open, { requests: [request] }) {
  let encoding;
  const declining = (agent) =>
    Object.assign(agent, {
      addRequest(sent, ...given) {
        encoding = sent.getHeader('accept-encoding');
        return Object.getPrototypeOf(this).addRequest.call(this, sent, ...given);
      },
      createConnection: (_, callback) => callback(new Error('declined')),
    });
  const agents = {
    http: declining(new http.Agent()),
    https: declining(new https.Agent()),
  };
  await open(agents).exchange(request, agents).catch(() => {});
  return encoding;
}

/** A client whose requests go over agents of Node. */
export class HttpSession {
  /** `exchange` makes a request over the given agents; gives the status and the size of the body. */
  constructor(agents, exchange, isTraced) {
    this.agents = agents;
    this.exchange = exchange;
    this.isTraced = isTraced;
  }

  async fetch(trial, index) {
    const agents = this.isTraced ? tracedAgents(this.agents, trial, index) : this.agents;
    const { status, bytes } = await this.exchange(trial.requests[index], agents);
    trial.keep('status', index, status);
    trial.keep('bytes', index, bytes);
    const failure = checkAnswer(trial.checks, status, bytes);
    trial.mark('done', index);
    return failure;
  }

  async close() {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  /** Fails every request at once: those that wait for a connection, and those that have one. */
  interrupt() {
    for (const agent of Object.values(this.agents)) {
      const waiting = Object.values(agent.requests).flat();
      for (const request of waiting) request.destroy(new Error('the time limit has passed'));
      agent.destroy();
    }
  }
}

function exchange({ url, init }, agents) {
  const isSecure = /^https:/i.test(url);
  const options = {
    method: init.method,
    headers: Object.fromEntries(init.headers ?? []),
    agent: isSecure ? agents.https : agents.http,
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request(url, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, bytes: Buffer.concat(chunks).length }),
      );
    });
    request.on('error', reject);
    request.end(init.body);
  });
}
