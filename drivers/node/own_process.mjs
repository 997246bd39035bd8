// The process in which the user's code runs. It reads orders on one pipe and answers on another, so
// that whatever the code prints goes to the log.
//
// The driver ends this process when a time limit passes, because nothing else ends an endless loop.

import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { basename } from 'node:path';

import { now } from './clock.mjs';
import { checkLength, kindOfRefusal } from './failures.mjs';
import { GlobalAgents } from './global_agents.mjs';
import { resolveCall } from './own_call.mjs';
import { describeError, describeImportError } from './own_errors.mjs';
import { bodyLength, checkElement, checkResult, ignorePromises, isBody } from './own_result.mjs';
import { ORDERS, ANSWERS } from './own_pipes.mjs';
import { Refusal } from './refusal.mjs';
import { difference, readAfter, readBefore } from './usage.mjs';

let agents;
let call;
let preparation;

const ANSWER_TO = { prepare, trial };

const orders = new Socket({ fd: ORDERS, readable: true, writable: false });
let partialLine = '';
orders.setEncoding('utf8');
orders.on('data', (text) => {
  const lines = (partialLine + text).split('\n');
  partialLine = lines.pop();
  for (const line of lines) obey(JSON.parse(line));
});
orders.on('end', () => process.exit(0));

// Node emits this where it then ends the process, and also where the user handles the error.
process.on('uncaughtExceptionMonitor', (error, origin) => {
  if (process.listenerCount('uncaughtException') > 0) return;
  const what =
    origin === 'unhandledRejection'
      ? 'a promise was rejected, and nothing handled it'
      : 'it threw an exception that nothing caught';
  answer({ op: 'crashed', kind: kindOfRefusal(error), message: `${what}:\n${describeError(error)}` });
});

async function obey(order) {
  answer(await ANSWER_TO[order.op](order));
}

function answer(message) {
  writeFileSync(ANSWERS, `${JSON.stringify(message)}\n`);
}

async function prepare(order) {
  preparation = order;
  agents = await GlobalAgents.take();
  const { file } = order.own;
  let module;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const reason = describeImportError(error, file);
    return { op: 'refused', message: `${basename(file)} cannot be imported:\n${reason}` };
  }
  try {
    call = resolveCall(order.own, module);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { op: 'refused', message: error.message };
  }
  return { op: 'ready', takesHeaders: call.takesHeaders };
}

async function trial({ count, profile }) {
  if (profile !== true) return measureBatch(count);
  const { profiled } = await import('./profiler.mjs');
  return profiled(() => measureBatch(count));
}

async function measureBatch(count) {
  const urls = preparation.urls.slice(0, count);
  const headers = { ...preparation.headers };
  const batch = await measure(urls, headers);
  const columns = batch.thrown === undefined ? examine(batch.returned, count) : failed(batch.thrown, count);
  agents.renew();
  return {
    op: 'measured',
    columns,
    started: String(batch.started),
    finished: String(batch.finished),
    usage: batch.usage,
  };
}

/** Calls the function between two readings of the clock. Nothing else may happen between them. */
async function measure(urls, headers) {
  const outcome = {};
  const before = readBefore();
  const started = now();
  try {
    outcome.returned = await call.call(urls, headers);
  } catch (error) {
    outcome.thrown = { error };
  }
  const finished = now();
  return { ...outcome, started, finished, usage: difference(before, readAfter()) };
}

function examine(returned, count) {
  const failure = checkResult(returned, count);
  ignorePromises(returned);
  if (failure !== null) return { error: wholeBatch(failure, count) };
  const bytes = returned.map((each) => (isBody(each) ? bodyLength(each) : null));
  const error = returned.map(
    (each, place) => checkElement(place, each) ?? checkLength(preparation.checks, bytes[place]),
  );
  return { bytes, error };
}

function failed({ error }, count) {
  const message = `it threw an exception:\n${describeError(error)}`;
  return { error: wholeBatch({ kind: kindOfRefusal(error) ?? 'code', message }, count) };
}

/** The first request says why the batch failed, the others point to it. */
function wholeBatch(failure, count) {
  const others = { kind: failure.kind, message: 'the whole batch failed: see request 0' };
  return Array.from({ length: count }, (_, place) => (place === 0 ? failure : others));
}
