// One trial while it runs: its time limit, and the columns with an entry for each request.

import { now, timerMilliseconds } from './clock.mjs';
import { isAtLeast } from './versions.mjs';

/** The milestones of a connection that is opened for a request. */
export const OPENING = ['resolving', 'resolved', 'connecting', 'connected', 'secured'];

/** The milestones of the request itself. */
export const EXCHANGE = ['writing', 'sent', 'first_byte'];

const MILESTONES = ['submitted', 'started', ...OPENING, ...EXCHANGE, 'done'];

/** The columns that this Node can fill. It has no event for the first byte of the handshake. */
export function columnNames() {
  const isObservable = {
    // Node before 20.12 has no event for the start of a connection attempt.
    connecting: isAtLeast(process.versions.node, 20, 12),
    // undici before 6 has no event for the first byte of an answer.
    first_byte: isAtLeast(process.versions.undici, 6),
  };
  const milestones = MILESTONES.filter((name) => isObservable[name] ?? true);
  return [...milestones, 'connection', 'status', 'bytes', 'error'];
}

/** A limit as people write it: `30 s`, `1500 ms`. The drivers of all languages write it alike. */
function writeLimit(nanoseconds) {
  const second = 1_000_000_000n;
  if (nanoseconds % second === 0n) return `${nanoseconds / second} s`;
  return `${Number(nanoseconds) / 1e6} ms`;
}

export class Trial {
  constructor(preparation, count) {
    this.checks = preparation.target.checks;
    this.requests = preparation.requests.slice(0, count);
    this.isTraced = preparation.isTraced;
    this.limit = BigInt(preparation.target.time_limit);
    this.deadline = now() + this.limit;
    this.hasExpired = false;
    this.isSettled = new Array(count).fill(false);
    const empty = columnNames().map((name) => [name, new Array(count).fill(null)]);
    this.columns = Object.fromEntries(empty);
  }

  get count() {
    return this.requests.length;
  }

  mark(milestone, index) {
    if (this.isTraced) this.keep(milestone, index, now());
  }

  keep(column, index, value) {
    if (!this.hasExpired) this.columns[column][index] = value;
  }

  /** Takes back what was kept, if this Node fills the column. */
  forget(column, index) {
    if (this.columns[column]) this.keep(column, index, null);
  }

  remainingMs() {
    return Math.max(0, timerMilliseconds(Number(this.deadline - now())));
  }

  /** Keeps the outcome of a request; after the time limit a cut-off body can look complete. */
  settle(index, failure) {
    if (this.hasExpired) return;
    this.keep('error', index, failure);
    this.isSettled[index] = true;
  }

  /** The columns that hold anything, with milestones in nanoseconds after `started`. */
  report(started) {
    const message = `the trial reached its time limit of ${writeLimit(this.limit)}`;
    const error = this.columns.error.map((failure, index) =>
      this.isSettled[index] ? failure : { kind: 'timeout', message },
    );
    const sinceStart = (moment) => (moment === null ? null : Number(moment - started));
    const reported = (name, column) =>
      MILESTONES.includes(name) ? column.map(sinceStart) : column;
    const filled = Object.entries({ ...this.columns, error })
      .filter(([, column]) => column.some((entry) => entry !== null))
      .map(([name, column]) => [name, reported(name, column)]);
    return Object.fromEntries(filled);
  }
}
