// The user's own functions: how they are found, called and checked, in real driver processes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { rootCertificates } from 'node:tls';

import { parametersOf } from '../own_call.mjs';
import { findFunctions } from '../own_file.mjs';
import { importsOf } from '../own_imports.mjs';
import { checkElement, checkResult } from '../own_result.mjs';
import { answerTodo, prepareCommand, startDriver, startServer, trialCommand } from './support.mjs';

const GET = 'const get = async (url) => (await fetch(url)).text();\n';

/** Any certificate in PEM format. */
const [CERTIFICATE] = rootCertificates;

/** Writes a file that is removed after the test. */
function write(context, name, text) {
  const folder = mkdtempSync(join(tmpdir(), 'batchmark-test-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Prepares the function `f` of a file with two requests; gives the driver and its reply. */
async function prepareOwn(context, text, options = {}) {
  const { name = 'my.mjs', headers = [], answer = answerTodo, ...rest } = options;
  const url = await startServer(context, answer);
  const file = write(context, name, text);
  const driver = startDriver(context, ['--own', `${file}:f`], { stderr: 'pipe' });
  const command = prepareCommand([`${url}/1`, `${url}/2`], { strategy: 'own/f', ...rest });
  command.target.headers = headers;
  return { driver, file, reply: await driver.ask(command) };
}

/** Runs one batch of the function `f`; gives its columns and `done`. */
async function runOwn(context, text, options) {
  const { driver, reply } = await prepareOwn(context, text, options);
  assert.equal(reply.op, 'ready', reply.message);
  const { columns } = await driver.ask(trialCommand(2));
  return { columns, done: await driver.receive(), driver, facts: reply.facts };
}

/** Runs one batch that fails as a whole; gives the failure of its first request. */
async function failureOf(context, text, options) {
  const { columns, done } = await runOwn(context, text, options);
  const [first, second] = columns.error;
  assert.notEqual(second, null);
  return { ...first, done };
}

test('measures functions of every shape and kind of body', async (context) => {
  const shapes = [
    ['my.mjs', `${GET}export const f = (urls) => Promise.all(urls.map(get));`],
    ['my.mjs', `${GET}export async function* f(urls) { for (const url of urls) yield get(url); }`],
    [
      'my.mjs',
      `export async function f(urls) {
         const [one, two] = await Promise.all(urls.map((url) => fetch(url)));
         return [await one.arrayBuffer(), new Uint8Array(await two.arrayBuffer())];
       }`,
    ],
    ['my.cjs', `${GET}exports['f'] = function (urls) { return Promise.all(urls.map(get)); };`],
    ['my.js', `${GET}const all = (urls) => Promise.all(urls.map(get)); module.exports = { f: all };`],
  ];
  for (const [name, text] of shapes) {
    const { columns, done } = await runOwn(context, text, { name });
    assert.deepEqual(columns, { bytes: [8, 8], error: [null, null] }, text);
    assert.ok(BigInt(done.finished) > BigInt(done.started));
    assert.equal(done.ends, undefined);
  }
});

test('gives headers to a function that takes them, and says so of one that does not', async (context) => {
  const headers = [
    { name: 'X-Key', value: 'secret' },
    { name: 'X-Many', value: 'a' },
    { name: 'X-Many', value: 'b' },
  ];
  const keyed = `export const f = async (urls, headers) => urls.map(() => JSON.stringify(headers));`;
  const { columns, facts } = await runOwn(context, keyed, { headers });
  assert.deepEqual(columns.bytes, [34, 34]);
  assert.equal(facts.headers, undefined);
  const plain = await runOwn(context, 'export const f = (urls) => urls;', { headers });
  assert.equal(plain.facts.headers, 'not sent');
});

test('names the mistake in what a function returned', () => {
  const response = { status: 200, text: async () => '' };
  const wrong = [
    [undefined, 'code', 'it returned undefined'],
    ['body', 'code', 'it returned one string'],
    [{}, 'code', 'it returned an object'],
    [['one'], 'code', 'it returned 1 body for 2 URLs'],
    [response, 'unread', 'which was not read'],
    [[1, 2][Symbol.iterator](), 'unread', 'which was not consumed'],
  ];
  for (const [returned, kind, part] of wrong) {
    const failure = checkResult(returned, 2);
    assert.equal(failure.kind, kind, part);
    assert.ok(failure.message.includes(part), failure.message);
  }
  assert.equal(checkResult(['one', 'two'], 2), null);
});

test('names the mistake in an element', () => {
  const stream = { pipe() {} };
  const wrong = [
    [Promise.resolve(''), 'unread', 'a promise, which was not awaited'],
    [{ status: 200, text: async () => '' }, 'unread', 'return await response.text()'],
    [{ statusCode: 200, body: { text: async () => '' } }, 'unread', 'await response.body.text()'],
    [{ status: 200, data: 'body' }, 'unread', 'return response.data'],
    [stream, 'unread', 'read it to its end'],
    [{ ...stream, statusCode: 200, body: 'body' }, 'unread', 'return response.body'],
    [new Blob(['body']), 'unread', 'blob.arrayBuffer()'],
    [{ id: 1 }, 'code', 'an object, not a body'],
    [{ status: 'fulfilled', value: '' }, 'code', 'Promise.allSettled'],
    [new TypeError('fetch failed'), 'code', 'TypeError: fetch failed'],
    [undefined, 'code', 'undefined, not a body'],
    [7, 'code', 'a number, not a body'],
  ];
  for (const [element, kind, part] of wrong) {
    const failure = checkElement(3, element);
    assert.equal(failure.kind, kind, part);
    assert.ok(failure.message.startsWith('element 3 is '), failure.message);
    assert.ok(failure.message.includes(part), failure.message);
  }
  for (const body of ['', Buffer.alloc(1), new Float64Array(1), new ArrayBuffer(1)]) {
    assert.equal(checkElement(0, body), null);
  }
});

test('checks the length of each body', async (context) => {
  const { columns } = await runOwn(context, `export const f = (urls) => ['body', ''];`);
  assert.deepEqual(columns.bytes, [4, 0]);
  assert.equal(columns.error[0], null);
  assert.equal(columns.error[1].kind, 'check');
});

test('reports the stack of an exception and of its cause', async (context) => {
  const text = `
    export async function f() { throw new Error('no luck', { cause: new Error('it rains') }); }
    export { f as 'other' };`.replace('f()', 'f(urls)');
  const { kind, message } = await failureOf(context, text);
  assert.equal(kind, 'code');
  assert.match(message, /^it threw an exception:\nError: no luck\n {4}at f \(.*my\.mjs:2:/);
  assert.match(message, /caused by: Error: it rains/);
  assert.ok(!message.includes('own_process'), message);
});

test('ends a function that never returns at its time limit, also in an endless loop', async (context) => {
  for (const text of ['for (;;);', 'return new Promise(() => {});']) {
    const options = { seconds: 0.2 };
    const { kind, done } = await failureOf(context, `export function f(urls) { ${text} }`, options);
    assert.equal(kind, 'timeout');
    assert.equal(done.ends, true);
  }
});

test('reports a function that ends its process, and one whose error nothing caught', async (context) => {
  const ends = [
    ['process.exit(3)', 'it ended its process with exit code 3: remove process.exit()'],
    ["process.kill(process.pid, 'SIGKILL')", 'its process was ended by SIGKILL'],
    ["Promise.reject(new Error('lost'))", 'a promise was rejected, and nothing handled it:\nError: lost'],
    ["setTimeout(() => { throw new Error('late') })", 'it threw an exception that nothing caught:\nError: late'],
  ];
  for (const [code, part] of ends) {
    const text = `export const f = (urls) => new Promise(() => { ${code}; });`;
    const { kind, message, done } = await failureOf(context, text);
    assert.equal(kind, 'code');
    assert.ok(message.startsWith(part), message);
    assert.equal(done.ends, true);
  }
});

test('reports an error that came between two batches in the next one', async (context) => {
  const text = `export const f = (urls) => {
    setTimeout(() => { throw new Error('late'); }, 1);
    return urls;
  };`;
  const { driver, columns } = await runOwn(context, text);
  assert.deepEqual(columns.error, [null, null]);
  driver.child.stderr.setEncoding('utf8');
  for await (const part of driver.child.stderr) if (part.includes('Node.js v')) break;
  const next = await driver.ask(trialCommand(2));
  assert.match(next.columns.error[0].message, /Error: late/);
  assert.equal((await driver.receive()).ends, true);
});

test('keeps what a function prints out of the protocol, and goes on beside open handles', async (context) => {
  const text = `import { execFileSync } from 'node:child_process';
    console.log('at import');
    export function f(urls) {
      console.log('{"op":"quit"}');
      execFileSync('echo', ['from a child'], { stdio: 'inherit' });
      setInterval(() => {}, 1000);
      return urls;
    }`;
  const { columns, driver } = await runOwn(context, text);
  assert.deepEqual(columns.error, [null, null]);
  assert.deepEqual((await driver.ask(trialCommand(1))).columns.error, [null]);
  await driver.receive();
  driver.child.stdin.end();
  const [code] = await once(driver.child, 'exit');
  assert.equal(code, 0);
});

test('opens connections of its own in every batch', async (context) => {
  let connections = 0;
  const ports = new Set();
  const answer = (request, response) => {
    if (!ports.has(request.socket.remotePort)) connections += 1;
    ports.add(request.socket.remotePort);
    answerTodo(request, response);
  };
  const clients = [
    `${GET}export async function f(urls) { return [await get(urls[0]), await get(urls[1])]; }`,
    `import http from 'node:http';
     const get = (url) => new Promise((resolve) => http.get(url, (response) => {
       const chunks = [];
       response.on('data', (chunk) => chunks.push(chunk));
       response.on('end', () => resolve(Buffer.concat(chunks)));
     }));
     export async function f(urls) { return [await get(urls[0]), await get(urls[1])]; }`,
  ];
  for (const text of clients) {
    connections = 0;
    ports.clear();
    const { driver } = await runOwn(context, text, { answer });
    const first = connections;
    assert.ok(first >= 1 && first <= 2);
    await driver.ask(trialCommand(2));
    await driver.receive();
    assert.equal(connections, 2 * first);
  }
});

test('counts the CPU time of the processes that a function starts apart', async (context) => {
  const text = `import { spawnSync } from 'node:child_process';
    const loop = 'while (process.cpuUsage().user < 3e5);';
    export function f(urls) { spawnSync(process.execPath, ['-e', loop]); return urls; }`;
  const { done } = await runOwn(context, text);
  if (done.usage.children === undefined) return; // this system does not show it
  assert.ok(done.usage.children > 2e8, JSON.stringify(done.usage));
  assert.ok(done.usage.user < 2e8, JSON.stringify(done.usage));
});

test('refuses code that cannot run when it is prepared', async (context) => {
  const refused = [
    ['export const f = (urls) => [;', /^my\.mjs cannot be imported:\n.*my\.mjs:1\n[^]*SyntaxError/],
    ["import './no.mjs';", /^my\.mjs cannot be imported:\nError.*: Cannot find module .*no\.mjs/],
    ["throw new Error('no luck');", /^my\.mjs cannot be imported:\nError: no luck\n {4}at .*my\.mjs:1/],
    ['process.exit(4);', /^my\.mjs cannot be imported: it ended its process with exit code 4$/],
    ['export const g = (urls) => [];', /^my\.mjs exports no function f: it exports g$/],
    ['export const f = () => [];', /^own\/f takes no arguments: it gets the array of URLs/],
    ['export const f = (urls, client) => [];', /its parameter client would get nothing/],
    ['export class f {}', /^own\/f is a class/],
  ];
  for (const [text, message] of refused) {
    const { reply } = await prepareOwn(context, text);
    assert.deepEqual([reply.op, reply.kind], ['error', 'internal'], text);
    assert.match(reply.message, message);
  }
});

test('says what to do about a file that this Node cannot read', async (context) => {
  const typed = 'export const f = (urls: string[]): string[] => urls;';
  const { reply } = await prepareOwn(context, typed, { name: 'my.ts' });
  if (reply.op !== 'ready') {
    assert.match(reply.message, /^my\.ts cannot be imported:\nNode \S+ runs no TypeScript: /);
  }
  const { reply: other } = await prepareOwn(context, 'export const f = (urls) => urls;', { name: 'my.js' });
  if (other.op !== 'ready') assert.match(other.message, /\nrename it to \.mjs/);
});

test('refuses requests that an array of URLs does not express', async (context) => {
  const file = write(context, 'my.mjs', 'export const f = (urls) => urls;');
  const driver = startDriver(context, ['--own', `${file}:f`]);
  const command = prepareCommand(['http://localhost/'], { strategy: 'own/f' });
  command.target.requests[0].method = 'PUT';
  assert.equal((await driver.ask(command)).kind, 'unsupported');
  assert.equal((await driver.ask({ ...command, strategy: 'own/g' })).kind, 'unknown_strategy');
});

test('trusts an added certificate also where the certificates of the user cannot be read', async (context) => {
  const text = 'export const f = (urls) => [process.env.NODE_EXTRA_CA_CERTS];';
  const file = write(context, 'my.mjs', text);
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: '/nonexistent' };
  const driver = startDriver(context, ['--own', `${file}:f`], { env, stderr: 'ignore' });
  const command = prepareCommand(['https://localhost/'], { strategy: 'own/f' });
  command.target.trust = { roots: 'added', path: write(context, 'ca.pem', CERTIFICATE) };
  assert.equal((await driver.ask(command)).op, 'ready');
  const { columns } = await driver.ask(trialCommand(1));
  assert.deepEqual(columns.bytes, [command.target.trust.path.length]);
});

test('offers the named function, the listed ones, or the default export', async (context) => {
  const names = (file, suffix = '') => findFunctions(file + suffix).map(({ name }) => name);
  const listed = write(context, 'listed.mjs', "export const batchmark = [\n  'f', \"g\"];");
  assert.deepEqual(names(listed), ['own/f', 'own/g']);
  assert.deepEqual(names(listed, ':h'), ['own/h']);
  const common = write(context, 'common.cjs', "module.exports = { f, batchmark: ['f'] };");
  assert.deepEqual(names(common), ['own/f']);
  const plain = write(context, 'plain.mjs', "// batchmark = ['f']\nexport default (urls) => urls;");
  assert.deepEqual(names(plain), ['own/plain']);
  const driver = startDriver(context, ['--own', plain]);
  const hello = await driver.ask({ op: 'hello', protocol: 1 });
  assert.deepEqual(hello.strategies[0].columns, ['bytes', 'error']);
  await driver.ask(prepareCommand(['http://localhost/'], { strategy: 'own/plain' }));
  assert.deepEqual((await driver.ask(trialCommand(1))).columns.bytes, [17]);
});

test('reads the parameters of every form of a function', () => {
  const names = (found) => parametersOf(String(found))?.map(({ name }) => name);
  /* eslint-disable no-unused-vars */
  assert.deepEqual(names((urls) => urls), ['urls']);
  assert.deepEqual(names('async urls => urls'), ['urls']);
  assert.deepEqual(names(async function f(urls, headers = { a: [1, 2] }) {}), ['urls', 'headers']);
  assert.deepEqual(names("(a /* , b */, c = ')', { d, e }, ...f) => 0"), ['a', 'c', '', 'f']);
  assert.deepEqual(names({ async f(urls, $b) {} }.f), ['urls', '$b']);
  assert.deepEqual(names(() => 0), []);
  assert.equal(names(((urls) => urls).bind(null)), undefined);
});

test('states the files that it imports, by their content', (context) => {
  const file = write(context, 'my.mjs', "import a from './a.mjs';\nimport fs from 'node:fs';\nimport 'undici';\n");
  const beside = (name, text) => writeFileSync(join(dirname(file), name), text);
  beside('a.mjs', "export * from './b.mjs';\nconst c = require('./c');\n");
  beside('b.mjs', "import './my.mjs';\nimport './absent.mjs';\n");
  beside('c.json', '1');
  const names = ({ imports }) => imports.split(', ').map((entry) => entry.split(' ')[0]);
  const before = importsOf(file);
  assert.deepEqual(names(before), ['a.mjs', 'b.mjs', 'c.json']);
  assert.deepEqual(importsOf(file), before);
  beside('c.json', '2');
  assert.notDeepEqual(importsOf(file), before);
  assert.deepEqual(importsOf(join(dirname(file), 'c.json')), {});
});
