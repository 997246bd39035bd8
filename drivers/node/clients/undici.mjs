// The package undici as its users know it: `request` with an `Agent` of its own.

import { checkAnswer } from '../failures.mjs';
import { withDropped } from '../headers.mjs';
import { importPackage, versionOf } from '../packages.mjs';
import { tracedDispatcher } from '../trace.mjs';
import { isAtLeast } from '../versions.mjs';

/** Imports the package: gives what opens a session, and the facts. */
export async function load(preparation) {
  const undici = await importPackage('undici');
  const version = versionOf('undici');
  return {
    openSession: () => new UndiciSession(undici, preparation),
    facts: {
      'version of undici': version,
      // From version 8 on, undici may use another version of HTTP.
      ...(isAtLeast(version, 8) ? {} : { http: '1.1' }),
      compression: preparation.requestedEncoding ?? 'none asked for',
      redirects: 'not followed',
    },
  };
}

class UndiciSession {
  constructor({ Agent, request }, { agentOptions, isTraced }) {
    this.agent = new Agent(agentOptions);
    this.request = request;
    this.isTraced = isTraced;
  }

  async fetch(trial, index) {
    const { url, init, dropped } = trial.requests[index];
    const traced = this.isTraced ? tracedDispatcher(this.agent, trial, index) : this.agent;
    const dispatcher = withDropped(trial.requests[index], traced);
    const kept = (init.headers ?? []).filter((header) => !dropped.includes(header));
    const options = { ...init, headers: Object.fromEntries(kept), dispatcher };
    const { statusCode, body } = await this.request(url, options);
    trial.keep('status', index, statusCode);
    const { byteLength } = await body.arrayBuffer();
    trial.keep('bytes', index, byteLength);
    const failure = checkAnswer(trial.checks, statusCode, byteLength);
    trial.mark('done', index);
    return failure;
  }

  async close() {
    await this.agent.close();
  }

  /** Fails every request at once. */
  interrupt() {
    this.agent.destroy(new Error('the time limit has passed')).catch(() => {});
  }
}
