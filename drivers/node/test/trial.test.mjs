import assert from 'node:assert/strict';
import test from 'node:test';

import { Trial } from '../trial.mjs';

const HOUR = 3_600_000_000_000;

function newTrial({ count = 2, isTraced = true } = {}) {
  const request = { url: 'http://localhost/', init: {} };
  const target = { checks: { statuses: [200], min_bytes: 1 }, time_limit: HOUR };
  return new Trial({ target, requests: [request, request, request], isTraced }, count);
}

test('takes the first requests of the target', () => {
  assert.equal(newTrial({ count: 2 }).count, 2);
});

test('reports milestones in nanoseconds after the start and leaves out empty columns', () => {
  const trial = newTrial();
  trial.keep('started', 1, 1007n);
  trial.keep('status', 1, 200);
  trial.settle(0, null);
  trial.settle(1, null);
  assert.deepEqual(trial.report(1000n), { started: [null, 7], status: [null, 200] });
});

test('takes no milestone without a trace', () => {
  const trial = newTrial({ count: 1, isTraced: false });
  trial.mark('started', 0);
  trial.settle(0, null);
  assert.deepEqual(trial.report(0n), {});
});

test('reports a failure with its request', () => {
  const trial = newTrial();
  const failure = { kind: 'reset', message: 'it ended' };
  trial.settle(0, failure);
  trial.settle(1, null);
  assert.deepEqual(trial.report(0n).error, [failure, null]);
});

test('reports a request without an outcome as timed out', () => {
  const trial = newTrial();
  trial.settle(0, null);
  const [settled, unsettled] = trial.report(0n).error;
  assert.deepEqual([settled, unsettled.kind], [null, 'timeout']);
});

test('keeps nothing that arrives after the time limit', () => {
  const trial = newTrial({ count: 1 });
  trial.hasExpired = true;
  trial.keep('status', 0, 200);
  trial.settle(0, null);
  const report = trial.report(0n);
  assert.equal(report.status, undefined);
  assert.deepEqual(report.error, [
    { kind: 'timeout', message: 'the trial reached its time limit of 3600 s' },
  ]);
});
