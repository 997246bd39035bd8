// The package got as its users know it, with the agents that Node would give it.

import { globalDefaults, HttpSession, loadWith } from './http.mjs';
import { importPackage, versionOf } from '../packages.mjs';

export async function load(preparation) {
  const { default: got } = await importPackage('got');
  return loadWith(preparation, {
    open: (agents) => new GotSession(agents, got, preparation.isTraced),
    defaults: globalDefaults(),
    facts: { redirects: 'followed', 'version of got': versionOf('got') },
  });
}

class GotSession extends HttpSession {
  constructor(agents, got, isTraced) {
    const running = new Set();
    super(agents, exchangeWith(got, running), isTraced);
    this.running = running;
  }

  /** Also ends requests that wait for a retry. */
  interrupt() {
    for (const request of this.running) request.cancel();
    super.interrupt();
  }
}

const exchangeWith = (got, running) => async ({ url, init }, agents) => {
  const request = got(url, {
    method: init.method,
    headers: Object.fromEntries(init.headers ?? []),
    body: init.body,
    agent: agents,
  });
  running.add(request);
  try {
    const { statusCode, rawBody } = await request;
    return { status: statusCode, bytes: rawBody.length };
  } catch (error) {
    // got raises a response whose status is no success, after its retries.
    if (error.name !== 'HTTPError') throw error;
    return { status: error.response.statusCode, bytes: error.response.rawBody.length };
  } finally {
    running.delete(request);
  }
};
