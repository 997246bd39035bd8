// The package undici as its users know it: `request` with an `Agent` of its own.

import { checkAnswer } from '../failures.mjs';
import { withDropped } from '../headers.mjs';
import { importPackage, versionOf } from '../packages.mjs';
import { tracedDispatcher } from '../trace.mjs';

/** Imports the package: gives what opens a session, and the facts. */
export async function load(preparation) {
  const undici = await importPackage('undici');
  const version = versionOf('undici');
  return {
    openSession: () => new UndiciSession(undici, preparation),
    facts: {
      'version of undici': version,
      http: askedHttp(preparation),
      compression: preparation.requestedEncoding ?? 'none asked for',
      redirects: 'not followed',
    },
  };
}

/** Without TLS an agent speaks HTTP/1.1 only. */
const askedHttp = ({ settings, isSecure }) =>
  settings.http === '2' && isSecure ? '2 where the server offers it, else 1.1' : '1.1';

class UndiciSession {
  constructor({ Agent, request }, { agentOptions, isTraced, settings }) {
    this.agent = new Agent({ ...agentOptions, allowH2: settings.http === '2' });
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
