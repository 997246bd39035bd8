// Runs the user's function in a process of its own, and keeps its time limits.
//
// That process may loop without end, exit, or die of an error that nothing caught. The driver then
// still answers the command, says what happened, and ends.

import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { now, timerMilliseconds } from './clock.mjs';
import { importsOf } from './own_imports.mjs';
import { ANSWERS, ORDERS } from './own_pipes.mjs';
import { Refusal } from './refusal.mjs';
import { extraCertificates, readCertificates } from './trust.mjs';

const PROGRAM = fileURLToPath(new URL('./own_process.mjs', import.meta.url));

/** How long a file may take to be imported. The runner waits twice as long for `prepare`. */
const IMPORT_LIMIT_MS = 30_000;

export class OwnRunner {
  /** Starts the process, imports the file in it, and finds the function. */
  static async prepare(functions, { strategy, conditions, target }, importLimitMs = IMPORT_LIMIT_MS) {
    const own = functions.find(({ name }) => name === strategy);
    if (own === undefined) {
      const known = functions.map(({ name }) => name).join(', ');
      throw new Refusal('unknown_strategy', `unknown strategy "${strategy}": use one of ${known}`);
    }
    checkConditions(own, conditions);
    checkTarget(own, target);
    const trust = trustOf(target.trust);
    const process = new OwnProcess(trust);
    const urls = target.requests.map(({ url }) => url);
    const headers = headersOf(target.headers ?? []);
    const order = { op: 'prepare', own, urls, headers, checks: target.checks };
    const reply = await process.ask(order, importLimitMs);
    if (reply.op !== 'ready') {
      process.close();
      throw new Refusal('internal', reply.message ?? describeImportEnd(own, reply, importLimitMs));
    }
    const facts = {
      ...platform(),
      ...importsOf(own.file),
      ...(Object.keys(headers).length > 0 && !reply.takesHeaders ? { headers: 'not sent' } : {}),
      ...(urls.some((url) => /^https:/i.test(url)) ? trust.facts : {}),
    };
    return new OwnRunner({ facts, requests: target.requests, target }, process);
  }

  constructor(preparation, process) {
    this.preparation = preparation;
    this.process = process;
  }

  /** Measures a batch of the first `count` requests: its columns, its times, and what it used. */
  measure(count) {
    return this.runTrial({ op: 'trial', count });
  }

  /** Measures such a batch and profiles it. */
  profile(count) {
    return this.runTrial({ op: 'trial', count, profile: true });
  }

  async runTrial(order) {
    const { count } = order;
    const limitMs = timerMilliseconds(this.preparation.target.time_limit);
    const started = now();
    const reply = await this.process.ask(order, limitMs);
    if (reply.op === 'measured') return reply;
    this.close();
    const failures = describeEnd(reply, limitMs);
    const error = Array.from({ length: count }, (_, place) => failures[place === 0 ? 0 : 1]);
    return { columns: { error }, started, finished: now(), usage: undefined, ends: true };
  }

  close() {
    this.process.close();
  }
}

/** The process of the user's code. */
class OwnProcess {
  constructor({ options, env, remove }) {
    this.waiting = null;
    this.end = null;
    const stdio = ['ignore', 2, 2, 'pipe', 'pipe'];
    const words = [...process.execArgv, ...options, PROGRAM];
    this.child = spawn(process.execPath, words, { stdio, env: { ...process.env, ...env } });
    this.child.on('error', (error) => this.settle({ op: 'ended', reason: error.message }));
    this.child.on('close', (code, signal) => this.settleEnd({ op: 'ended', code, signal }));
    this.child.stdio[ORDERS].on('error', () => {}); // its end is reported by `close`
    createInterface({ input: this.child.stdio[ANSWERS] }).on('line', (line) => this.read(line));
    this.kill = () => {
      this.child.kill('SIGKILL');
      remove();
    };
    process.on('exit', this.kill);
  }

  /** Sends an order and gives the answer: that of the process, its end, or `overdue`. */
  ask(order, limitMs) {
    if (this.end !== null) return Promise.resolve(this.end);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle({ op: 'overdue' }), limitMs);
      this.waiting = (reply) => {
        clearTimeout(timer);
        resolve(reply);
      };
      this.child.stdio[ORDERS].write(`${JSON.stringify(order)}\n`);
    });
  }

  close() {
    process.off('exit', this.kill);
    this.kill();
  }

  read(line) {
    const message = JSON.parse(line);
    // Why it ends is known before it has ended.
    if (message.op === 'crashed') this.end = message;
    else this.settle(message);
  }

  settleEnd(end) {
    this.end ??= end;
    this.settle(this.end);
  }

  settle(reply) {
    this.waiting?.(reply);
    this.waiting = null;
  }
}

function checkConditions(own, conditions) {
  const [name] = Object.keys(conditions);
  if (name === undefined) return;
  throw new Refusal('bad_condition', `${own.name} has no condition "${name}": it has none`);
}

/** Refuses what an array of URLs does not express. */
function checkTarget(own, { requests }) {
  if (requests.length === 0) throw new Refusal('bad_target', 'the target has no requests');
  if (requests.some(({ method, body }) => method !== 'GET' || body !== undefined)) {
    const message = `${own.name} only gets URLs and headers: it cannot be given a method or a body`;
    throw new Refusal('unsupported', message);
  }
  const bad = requests.find(({ url }) => !/^https?:/i.test(url));
  if (bad !== undefined) throw new Refusal('bad_target', `"${bad.url}" is not an http or https URL`);
}

/** The headers as an object; the values of a name that occurs twice are joined, as in `Headers`. */
function headersOf(headers) {
  const joined = {};
  for (const { name, value } of headers) {
    joined[name] = name in joined ? `${joined[name]}, ${value}` : value;
  }
  return joined;
}

/** How a process is started so that its clients trust by default what the target trusts. */
function trustOf(trust) {
  const nothing = { options: [], env: {}, remove: () => {} };
  const facts = (description) => ({
    facts: { tls_library: `OpenSSL ${process.versions.openssl}`, trust: description },
  });
  switch (trust.roots) {
    case 'default':
      return { ...nothing, ...facts("Node's own roots") };
    case 'added': {
      const count = checkedCertificates(trust.path).length;
      const { path, remove } = extraCertificates(trust.path);
      const description = `Node's own roots and ${count} added, in one store for all connections`;
      return { options: [], env: { NODE_EXTRA_CA_CERTS: path }, remove, ...facts(description) };
    }
    case 'file': {
      checkedCertificates(trust.path);
      const store = { SSL_CERT_FILE: trust.path, SSL_CERT_DIR: '/nonexistent' };
      const env = { ...store, NODE_EXTRA_CA_CERTS: undefined };
      const description = 'the given file only, in one store for all connections';
      return { options: ['--use-openssl-ca'], env, remove: () => {}, ...facts(description) };
    }
    case 'anyone': {
      const description = { verification: 'off', ...facts('anyone').facts };
      return { ...nothing, env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, facts: description };
    }
    default:
      throw new Refusal('bad_command', `unknown roots ${JSON.stringify(trust.roots)}`);
  }
}

function checkedCertificates(path) {
  try {
    return readCertificates(path);
  } catch (error) {
    throw new Refusal('bad_target', `the certificates cannot be read: ${error.message}`);
  }
}

const platform = () => ({
  runtime: `Node ${process.versions.node}`,
  event_loop: `libuv ${process.versions.uv}`,
});

/** The failure of the first request, and that of every other one. */
function describeEnd(reply, limitMs) {
  if (reply.op === 'overdue') {
    const message = `the trial reached its time limit of ${limitMs} ms`;
    return [{ kind: 'timeout', message }, { kind: 'timeout', message }];
  }
  const kind = reply.kind ?? 'code';
  const remedy = 'remove process.exit() from the code that is measured';
  const message = reply.message ?? `${describeExit(reply)}${reply.signal ? '' : `: ${remedy}`}`;
  return [{ kind, message }, { kind, message: 'the whole batch failed: see request 0' }];
}

function describeImportEnd({ file }, reply, limitMs) {
  const base = basename(file);
  if (reply.op === 'overdue') {
    return `${base} cannot be imported: that took longer than ${limitMs / 1000} s`;
  }
  return `${base} cannot be imported: ${describeExit(reply)}`;
}

function describeExit({ code, signal, reason }) {
  if (reason !== undefined) return `its process cannot be started: ${reason}`;
  return signal ? `its process was ended by ${signal}` : `it ended its process with exit code ${code}`;
}
