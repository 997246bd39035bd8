import assert from 'node:assert/strict';
import test from 'node:test';

import { runConcurrently, runSequentially } from '../strategies.mjs';

/** A trial that notes the milestones and outcomes of its requests, in their order. */
function newTrial(count) {
  const events = [];
  return {
    count,
    events,
    hasExpired: false,
    mark: (milestone, index) => events.push(`${milestone} ${index}`),
    settle: (index, failure) => events.push(`${failure?.kind ?? 'settled'} ${index}`),
  };
}

/** A session whose requests end when the test says so. */
function newSession() {
  const waiting = new Map();
  return {
    waiting,
    fetch: (_, index) =>
      new Promise((resolve, reject) => {
        waiting.set(index, { answer: () => resolve(null), fail: reject });
      }),
  };
}

/** Lets everything run that waits for nothing outside the program. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function answer(session, index) {
  session.waiting.get(index).answer();
  session.waiting.delete(index);
  await settled();
}

test('sequential submits a request when the one before it has ended', async () => {
  const [trial, session] = [newTrial(2), newSession()];
  const batch = runSequentially(session, trial);
  await settled();
  assert.deepEqual(trial.events, ['submitted 0', 'started 0']);
  await answer(session, 0);
  await answer(session, 1);
  await batch;
  assert.deepEqual(trial.events.slice(2), ['settled 0', 'submitted 1', 'started 1', 'settled 1']);
});

test('concurrent submits all requests and starts as many as are allowed', async () => {
  const [trial, session] = [newTrial(3), newSession()];
  const batch = runConcurrently(session, trial, { concurrency: 2 });
  await settled();
  const submitted = ['submitted 0', 'submitted 1', 'submitted 2'];
  assert.deepEqual(trial.events, [...submitted, 'started 0', 'started 1']);
  await answer(session, 1);
  assert.deepEqual([...session.waiting.keys()], [0, 2]);
  await answer(session, 0);
  await answer(session, 2);
  await batch;
  assert.equal(trial.events.filter((event) => event.startsWith('settled')).length, 3);
});

test('a request that fails ends neither its batch nor the others', async () => {
  const [trial, session] = [newTrial(2), newSession()];
  const batch = runSequentially(session, trial);
  await settled();
  session.waiting.get(0).fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  await settled();
  await answer(session, 1);
  await batch;
  assert.deepEqual(
    trial.events.filter((event) => /^(reset|settled)/.test(event)),
    ['reset 0', 'settled 1'],
  );
});

test('no request starts after the time limit', async () => {
  for (const run of [runSequentially, runConcurrently]) {
    const [trial, session] = [newTrial(2), newSession()];
    const batch = run(session, trial, { concurrency: 1 });
    await settled();
    trial.hasExpired = true;
    await answer(session, 0);
    await batch;
    assert.ok(!trial.events.includes('started 1'), run.name);
  }
});
