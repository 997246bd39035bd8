// The driver as its runner sees it: a process that reads commands and writes replies.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';

import { answerTodo, prepareCommand, startDriver, startServer, trialCommand } from './support.mjs';

test('introduces itself with its strategies', async (context) => {
  const driver = startDriver(context);
  const hello = await driver.ask({ op: 'hello', protocol: 1 });
  assert.deepEqual([hello.op, hello.protocol, hello.driver], ['hello', 1, 'node']);
  const names = hello.strategies.map(({ name }) => name);
  const needNoPackage = ['fetch/sequential', 'fetch/concurrent', 'http/agent'];
  assert.deepEqual(names.filter((name) => needNoPackage.includes(name)), needNoPackage);
  assert.equal(hello.versions[0].version, process.versions.node);
});

test('sends the Host header that was asked for', async (context) => {
  const hosts = [];
  const url = await startServer(context, (request, response) => {
    hosts.push(request.headers.host);
    answerTodo(request, response);
  });
  const driver = startDriver(context);
  const headers = [
    { name: 'Host', value: 'api.example' },
    { name: 'X-Kept', value: 'yes' },
  ];
  const command = prepareCommand([`${url}/moved`]);
  command.target.headers = headers;
  assert.equal((await driver.ask(command)).op, 'ready');
  await driver.ask(trialCommand(1));
  assert.deepEqual(hosts, ['api.example', 'api.example']);
});

test('refuses another version of the protocol', async (context) => {
  const driver = startDriver(context);
  const error = await driver.ask({ op: 'hello', protocol: 2 });
  assert.deepEqual([error.op, error.kind], ['error', 'unsupported_version']);
});

test('refuses a trial before a preparation and one that is too large', async (context) => {
  const url = await startServer(context, answerTodo);
  const driver = startDriver(context);
  assert.equal((await driver.ask(trialCommand(1))).kind, 'bad_command');
  assert.equal((await driver.ask(prepareCommand([url]))).op, 'ready');
  assert.equal((await driver.ask(trialCommand(2))).kind, 'bad_command');
});

test('refuses a target that fetch cannot send', async (context) => {
  const driver = startDriver(context);
  for (const url of ['localhost', 'ftp://localhost/', 'http://user:secret@localhost/']) {
    assert.equal((await driver.ask(prepareCommand([url]))).kind, 'bad_target', url);
  }
  assert.equal((await driver.ask(prepareCommand([]))).kind, 'bad_target');
});

test('reports the milestones of a request in their order', async (context) => {
  const url = await startServer(context, answerTodo);
  const driver = startDriver(context);
  await driver.ask(prepareCommand([url, url], { conditions: { pool: '1' } }));
  const { columns } = await driver.ask(trialCommand(2));
  const done = await driver.receive();
  assert.deepEqual([columns.status, columns.bytes], [[200, 200], [8, 8]]);
  assert.equal(columns.error, undefined);
  const order = ['submitted', 'started', 'connected', 'writing', 'sent', 'done'];
  const times = order.map((milestone) => columns[milestone][0]);
  assert.deepEqual(times, [...times].sort((left, right) => left - right));
  assert.equal(columns.connected[1], null, 'the second request uses the same connection');
  assert.equal(columns.connection[0], columns.connection[1]);
  assert.ok(BigInt(done.finished) > BigInt(done.started));
});

test('takes the first byte of the final response, and none of an interim one', async (context) => {
  let answered;
  const url = await startServer(context, (request, response) => {
    if (request.url === '/continue') response.writeContinue();
    else response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    setTimeout(() => {
      answered = process.hrtime.bigint();
      answerTodo(request, response);
    }, 20);
  });
  const driver = startDriver(context);
  await driver.ask(prepareCommand([`${url}/`]));
  const { columns } = await driver.ask(trialCommand(1));
  const { started } = await driver.receive();
  assert.deepEqual(columns.status, [200]);
  if (columns.first_byte) assert.ok(BigInt(started) + BigInt(columns.first_byte[0]) >= answered);
  await driver.ask(prepareCommand([`${url}/continue`]));
  const refused = await driver.ask(trialCommand(1));
  assert.equal(refused.columns.error[0].kind, 'interim_status');
  assert.equal(refused.columns.first_byte, undefined);
});

test('takes no milestones without a trace', async (context) => {
  const url = await startServer(context, answerTodo);
  const driver = startDriver(context);
  await driver.ask(prepareCommand([url], { trace: false }));
  const { columns } = await driver.ask(trialCommand(1));
  assert.deepEqual(columns, { status: [200], bytes: [8] });
});

test('reports no milestones of a redirected request', async (context) => {
  const url = await startServer(context, answerTodo);
  const driver = startDriver(context);
  await driver.ask(prepareCommand([`${url}/moved`]));
  const { columns } = await driver.ask(trialCommand(1));
  assert.deepEqual(columns.status, [200]);
  assert.deepEqual([columns.writing, columns.connection], [undefined, undefined]);
  assert.notEqual(columns.done, undefined);
});

test('a cold session opens its own connection and a warm one keeps it', async (context) => {
  const url = await startServer(context, answerTodo);
  const connected = async (conditions) => {
    const driver = startDriver(context);
    await driver.ask(prepareCommand([url], { conditions }));
    const first = await driver.ask(trialCommand(1));
    await driver.receive();
    const second = await driver.ask(trialCommand(1));
    return [first, second].map(({ columns }) => columns.connected !== undefined);
  };
  assert.deepEqual(await connected({ session: 'cold' }), [true, true]);
  assert.deepEqual(await connected({ session: 'warm' }), [true, false]);
});

test('a server that never answers meets the time limit', async (context) => {
  const url = await startServer(context, () => {});
  const driver = startDriver(context);
  await driver.ask(prepareCommand([url], { seconds: 0.05 }));
  const { columns } = await driver.ask(trialCommand(1));
  const message = 'the trial reached its time limit of 50 ms';
  assert.deepEqual(columns.error, [{ kind: 'timeout', message }]);
});

test('ends with the end of its input, even in the middle of a trial', async (context) => {
  let isRequested;
  const requested = new Promise((resolve) => {
    isRequested = resolve;
  });
  const url = await startServer(context, () => isRequested());
  const driver = startDriver(context);
  await driver.ask(prepareCommand([url]));
  driver.send(trialCommand(1));
  await requested;
  driver.child.stdin.end();
  const [code] = await once(driver.child, 'exit');
  assert.equal(code, 0);
});
