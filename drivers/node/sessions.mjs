// The clients: what makes one request. A session is opened for each batch, or kept between batches.

import { checkAnswer } from './failures.mjs';
import { withDropped } from './headers.mjs';
import { tracedDispatcher } from './trace.mjs';

/** Node's fetch with an agent of its own: undici's agent with undici's defaults. */
export class FetchSession {
  constructor(Agent, { agentOptions, isTraced }) {
    this.agent = new Agent(agentOptions);
    this.isTraced = isTraced;
  }

  /** Makes a request and reads its body; gives the failed check, or null. */
  async fetch(trial, index) {
    const { url, init } = trial.requests[index];
    const traced = this.isTraced ? tracedDispatcher(this.agent, trial, index) : this.agent;
    const dispatcher = withDropped(trial.requests[index], traced);
    const response = await fetch(url, { ...init, dispatcher });
    trial.keep('status', index, response.status);
    const body = await response.arrayBuffer();
    trial.keep('bytes', index, body.byteLength);
    const failure = checkAnswer(trial.checks, response.status, body.byteLength);
    trial.mark('done', index);
    return failure;
  }

  async close() {
    await this.agent.close();
  }

  /** Fails every request at once, whether it waits for a connection, an answer or a body. */
  interrupt() {
    this.agent.destroy(new Error('the time limit has passed')).catch(() => {});
  }
}

/** The control: each request sleeps by the event loop's timer and has no answer. */
export class SleepSession {
  constructor({ settings }) {
    this.sleepMs = settings.sleepMs;
  }

  async fetch(trial, index) {
    // A timer takes whole milliseconds and ignores a fraction.
    const delay = Math.ceil(Math.min(this.sleepMs, trial.remainingMs()));
    await new Promise((wake) => setTimeout(wake, delay));
    trial.mark('done', index);
    return null;
  }

  async close() {}

  interrupt() {}
}
