// The table of the strategies, and the modes: the ways of using a client for a batch.

import { conditionsOf } from './conditions.mjs';
import { failureFrom } from './failures.mjs';
import { isInstalled, versionOf } from './packages.mjs';
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
  {
    name: 'undici/request',
    summary: "the package undici's request, all requests at once",
    package: 'undici',
    client: 'undici',
    conditions: ['session', 'concurrency', 'pool', 'resume', 'http', 'work'],
    run: runConcurrently,
  },
  {
    name: 'axios/concurrent',
    summary: 'the package axios, all requests at once',
    package: 'axios',
    client: 'axios',
    conditions: ['session', 'concurrency', 'pool', 'resume', 'work'],
    run: runConcurrently,
  },
  {
    name: 'got/concurrent',
    summary: 'the package got, all requests at once',
    package: 'got',
    client: 'got',
    conditions: ['session', 'concurrency', 'pool', 'resume', 'work'],
    run: runConcurrently,
  },
  {
    name: 'http/agent',
    summary: "Node's http with an agent that keeps connections, all requests at once",
    client: 'http',
    conditions: ['session', 'concurrency', 'pool', 'resume', 'work'],
    run: runConcurrently,
  },
];

const isAvailable = (strategy) => strategy.package === undefined || isInstalled(strategy.package);

/** The strategies whose packages are installed. */
export const availableStrategies = () => STRATEGIES.filter(isAvailable);

/** The others, as `hello` describes them. */
export const missingStrategies = () =>
  STRATEGIES.filter((each) => !isAvailable(each)).map((each) => ({
    name: each.name,
    reason: `the package ${each.package} is in no node_modules of ${process.cwd()} or above`,
    remedy: `npm install ${each.package}`,
  }));

/** The versions of the installed packages. Node has an undici of its own, which is another one. */
export const packageVersions = () =>
  STRATEGIES.filter((each) => each.package !== undefined && isAvailable(each)).map((each) => ({
    module: `npm ${each.package}`,
    version: versionOf(each.package),
  }));

/** Describes a strategy as `hello` does. */
export function strategySpec(strategy) {
  const { name, alias, summary } = strategy;
  return { name, alias, summary, conditions: conditionsOf(strategy), columns: columnNames() };
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
