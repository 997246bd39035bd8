// The table of the strategies, and the modes: the ways of using a client for a batch.

import { condition } from './conditions.mjs';
import { failureFrom } from './failures.mjs';
import { columnNames } from './trial.mjs';

export const STRATEGIES = [
  {
    name: 'fetch/sequential',
    summary: "Node's fetch, one request after another",
    conditions: ['session', 'pool', 'resume', 'work'],
    run: runSequentially,
  },
  {
    name: 'fetch/concurrent',
    alias: 'fetch',
    summary: "Node's fetch, all requests at once",
    conditions: ['session', 'concurrency', 'pool', 'resume', 'work'],
    run: runConcurrently,
  },
];

/** Describes a strategy as `hello` does. */
export function strategySpec({ name, alias, summary, conditions }) {
  return {
    name,
    alias,
    summary,
    conditions: conditions.map(condition),
    columns: columnNames(),
  };
}

export async function runSequentially(session, trial) {
  for (let index = 0; index < trial.count && !trial.hasExpired; index += 1) {
    trial.mark('submitted', index);
    await makeRequest(session, trial, index);
  }
}

export async function runConcurrently(session, trial, { concurrency }) {
  for (let index = 0; index < trial.count; index += 1) trial.mark('submitted', index);
  let next = 0;
  const worker = async () => {
    while (next < trial.count && !trial.hasExpired) {
      const index = next;
      next += 1;
      await makeRequest(session, trial, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, trial.count) }, worker));
}

async function makeRequest(session, trial, index) {
  trial.mark('started', index);
  try {
    trial.settle(index, await session.fetch(trial, index));
  } catch (error) {
    const failure = failureFrom(error);
    // undici ends the connection at a 100 before it shows that status.
    if (failure.kind === 'interim_status') trial.forget('first_byte', index);
    trial.settle(index, failure);
  }
}
