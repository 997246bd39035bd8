// The conditions of the strategies, and the values that a command gives for them.
//
// `conditions.json` defines the conditions for all drivers; this module only reads it.

import { readFileSync } from 'node:fs';

import { Refusal } from './refusal.mjs';

const DEFINITIONS = JSON.parse(readFileSync(new URL('./conditions.json', import.meta.url), 'utf8'));

const UNITS_MS = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1e3, m: 6e4 };

/** Describes a condition of a client as `hello` does. */
export function condition(name, client) {
  const { variants = [], ...general } = DEFINITIONS[name];
  const { clients: _, ...own } = variants.find(({ clients }) => clients.includes(client)) ?? {};
  return { name, ...general, ...own };
}

/** Describes the conditions of a strategy, whose client is the part of its name before the slash. */
export function conditionsOf({ name, conditions }) {
  const [client] = name.split('/');
  return conditions.map((each) => condition(each, client));
}

/** Reads the value of every condition of a strategy: the given value, or else the default. */
export function readConditions(strategy, given) {
  const conditions = new Map(conditionsOf(strategy).map((each) => [each.name, each]));
  for (const [name, value] of Object.entries(given)) {
    if (!conditions.has(name)) {
      const known = strategy.conditions.join(', ');
      const message = `${strategy.name} has no condition "${name}": it has ${known}`;
      throw new Refusal('bad_condition', message);
    }
    const { values } = conditions.get(name);
    if (!accepts(values, value)) {
      const message = `${name}=${value} is not valid: use ${validValues(values)}`;
      throw new Refusal('bad_condition', message);
    }
  }
  const value = (name) => given[name] ?? conditions.get(name)?.default;
  const work = value('work');
  return {
    isWarm: value('session') === 'warm',
    concurrency: Number(value('concurrency')),
    connections: value('pool') === 'native' ? null : Number(value('pool')),
    http: value('http'),
    isResuming: value('resume') === 'on',
    sleepMs: work === 'network' ? null : readTime(work.slice('sleep:'.length)),
  };
}

function accepts({ words = [], count_from: least, time_after: prefix }, value) {
  const isCount = least !== undefined && /^\d+$/.test(value) && Number(value) >= least;
  const isTime =
    prefix !== undefined &&
    value.startsWith(prefix) &&
    readTime(value.slice(prefix.length)) !== null;
  return words.includes(value) || isCount || isTime;
}

/** Describes the valid values: `native or a number from 1 up`. */
function validValues({ words = [], count_from: least, time_after: prefix }) {
  const count = least === undefined ? [] : [`a number from ${least} up`];
  const time = prefix === undefined ? [] : [`${prefix}TIME (such as ${prefix}11ms)`];
  return [...words, ...count, ...time].join(' or ');
}

/** The milliseconds of a time such as `11ms` or a bare `0`; null where the text is no time. */
function readTime(text) {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m)$/.exec(text) ?? [];
  if (text === '0') return 0;
  return unit === undefined ? null : Number(number) * UNITS_MS[unit];
}
