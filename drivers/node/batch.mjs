// Runs and times batches of one prepared strategy.
//
// The timed section of a cold session is its opening, the batch and its closing; of a warm session
// it is the batch alone. Nothing else may run between the two readings of the clock.

import { now } from './clock.mjs';
import { Trial } from './trial.mjs';
import { difference, readAfter, readBefore } from './usage.mjs';

/** How long an interrupted batch may take to end before the driver stops waiting for it. */
const GRACE_MS = 1000;

export class BatchRunner {
  constructor(preparation) {
    this.preparation = preparation;
    this.warmSession = null;
  }

  /** Measures a batch of the first `count` requests: its columns, its times, and what it used. */
  async measure(count) {
    const trial = new Trial(this.preparation, count);
    const { started, finished, usage } = await this.run(trial);
    return { columns: trial.report(started), started, finished, usage };
  }

  /** Measures such a batch and profiles it. */
  async profile(count) {
    const { profiled } = await import('./profiler.mjs');
    return profiled(() => this.measure(count));
  }

  async run(trial) {
    const { settings, openSession } = this.preparation;
    if (settings.isWarm && this.warmSession === null) this.warmSession = openSession();
    const before = readBefore();
    const started = now();
    const session = this.warmSession ?? openSession();
    await this.runWithinLimit(session, trial);
    const finished = now();
    return { started, finished, usage: difference(before, readAfter()) };
  }

  close() {
    this.warmSession?.interrupt();
    this.warmSession = null;
  }

  /** Runs the batch, and interrupts it when its time limit passes. */
  async runWithinLimit(session, trial) {
    let timer;
    const overdue = new Promise((leave) => {
      timer = setTimeout(() => {
        trial.hasExpired = true;
        this.warmSession = null;
        session.interrupt();
        timer = setTimeout(leave, GRACE_MS);
      }, trial.remainingMs());
    });
    await Promise.race([this.runRequests(session, trial), overdue]);
    clearTimeout(timer);
  }

  async runRequests(session, trial) {
    const { strategy, settings } = this.preparation;
    await strategy.run(session, trial, settings);
    if (!settings.isWarm && !trial.hasExpired) await session.close();
  }
}
