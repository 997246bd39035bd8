import assert from 'node:assert/strict';
import test from 'node:test';

import { condition, conditionsOf, readConditions } from '../conditions.mjs';
import { STRATEGIES } from '../strategies.mjs';

const concurrent = STRATEGIES.find(({ name }) => name === 'fetch/concurrent');
const sequential = STRATEGIES.find(({ name }) => name === 'fetch/sequential');

const refusal = (strategy, given) => {
  try {
    readConditions(strategy, given);
  } catch (error) {
    return `${error.kind}: ${error.message}`;
  }
  return 'accepted';
};

test('describes a condition with the definition of its client', () => {
  const { default: value, values, variants, clients } = condition('pool', 'fetch');
  assert.equal(value, 'native');
  assert.deepEqual(values, { words: ['native'], count_from: 1 });
  assert.deepEqual([variants, clients], [undefined, undefined]);
});

test('accepts the default of every condition', () => {
  for (const strategy of STRATEGIES) {
    const defaults = conditionsOf(strategy).map((each) => [each.name, each.default]);
    assert.deepEqual(
      readConditions(strategy, Object.fromEntries(defaults)),
      readConditions(strategy, {}),
    );
  }
});

test('reads every value', () => {
  const given = {
    session: 'warm',
    concurrency: '4',
    pool: '3',
    resume: 'off',
    http: '2',
    work: 'sleep:1.5ms',
  };
  const negotiating = { ...concurrent, conditions: [...concurrent.conditions, 'http'] };
  assert.deepEqual(readConditions(negotiating, given), {
    isWarm: true,
    concurrency: 4,
    connections: 3,
    http: '2',
    isResuming: false,
    sleepMs: 1.5,
  });
});

test('reads times with the units of the command line', () => {
  const sleepMs = (time) => readConditions(concurrent, { work: `sleep:${time}` }).sleepMs;
  assert.deepEqual(
    ['0', '11ms', '2m', '250us', '250µs', '1s', '1000000ns'].map(sleepMs),
    [0, 11, 120_000, 0.25, 0.25, 1000, 1],
  );
});

test('refuses an unknown condition and names the known ones', () => {
  assert.equal(
    refusal(sequential, { concurrency: '4' }),
    'bad_condition: fetch/sequential has no condition "concurrency": ' +
      'it has session, pool, resume, work',
  );
});

test('refuses an invalid value and names the valid ones', () => {
  const refusals = {
    pool: 'pool=0 is not valid: use native or a number from 1 up',
    session: 'session=0 is not valid: use cold or warm',
  };
  for (const [name, message] of Object.entries(refusals)) {
    assert.equal(refusal(concurrent, { [name]: '0' }), `bad_condition: ${message}`);
  }
  for (const value of ['', '-1', '1.5', 'many']) {
    assert.notEqual(refusal(concurrent, { concurrency: value }), 'accepted', value);
  }
  for (const time of ['', '11', 'ms', '-1ms', '1e3s', '1 s', '1.2.3s']) {
    assert.notEqual(refusal(concurrent, { work: `sleep:${time}` }), 'accepted', time);
  }
});
