// The clients beside fetch. Those of packages are tested if NODE_PATH names a folder that has them.

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import test from 'node:test';

import { availableStrategies } from '../strategies.mjs';
import { answerTodo, prepareCommand, startDriver, startServer, trialCommand } from './support.mjs';

const strategies = availableStrategies()
  .map(({ name }) => name)
  .filter((name) => !name.startsWith('fetch/'));

for (const strategy of strategies) {
  test(`${strategy} reports the milestones of its requests in their order`, async (context) => {
    const url = await startServer(context, answerTodo);
    const driver = startDriver(context);
    await driver.ask(prepareCommand([url, url], { strategy, conditions: { pool: '1' } }));
    const { columns } = await driver.ask(trialCommand(2));
    assert.deepEqual([columns.status, columns.bytes], [[200, 200], [8, 8]]);
    const order = ['started', 'connected', 'writing', 'sent', 'first_byte', 'done'];
    const times = order.map((milestone) => columns[milestone][0]);
    assert.deepEqual(times, [...times].sort((left, right) => left - right));
    assert.equal(columns.connected[1], null, 'the second request uses the same connection');
    assert.equal(columns.connection[0], columns.connection[1]);
    assert.ok(columns.writing[1] > columns.first_byte[0]);
  });

  test(`${strategy} takes no interim response for the first byte`, async (context) => {
    let answered;
    const url = await startServer(context, (request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      setTimeout(() => {
        answered = process.hrtime.bigint();
        answerTodo(request, response);
      }, 20);
    });
    const driver = startDriver(context);
    await driver.ask(prepareCommand([`${url}/`], { strategy }));
    const { columns } = await driver.ask(trialCommand(1));
    const { started } = await driver.receive();
    assert.deepEqual(columns.status, [200]);
    assert.ok(BigInt(started) + BigInt(columns.first_byte[0]) >= answered);
  });

  test(`${strategy} fails only the request whose status is wrong`, async (context) => {
    const url = await startServer(context, (request, response) => {
      response.statusCode = request.url === '/absent' ? 404 : 200;
      response.end('{"id":1}');
    });
    const driver = startDriver(context);
    await driver.ask(prepareCommand([`${url}/`, `${url}/absent`], { strategy }));
    const { columns } = await driver.ask(trialCommand(2));
    assert.deepEqual([columns.status, columns.bytes], [[200, 404], [8, 8]]);
    assert.deepEqual([columns.error[0], columns.error[1].kind], [null, 'status']);
  });

  test(`${strategy} ends requests that wait for a connection at the time limit`, async (context) => {
    let arrived = 0;
    const url = await startServer(context, () => {
      arrived += 1;
    });
    const driver = startDriver(context);
    const options = { strategy, conditions: { pool: '1' }, seconds: 0.2 };
    await driver.ask(prepareCommand([url, url], options));
    const { columns } = await driver.ask(trialCommand(2));
    assert.deepEqual(columns.error.map(({ kind }) => kind), ['timeout', 'timeout']);
    assert.ok(arrived <= 1, 'the second request waits');
  });

  test(`${strategy} sends the headers and the body that were asked for`, async (context) => {
    let sent;
    const url = await startServer(context, (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        sent = [request.method, request.headers.host, request.headers['x-kept'], body];
        answerTodo(request, response);
      });
    });
    const driver = startDriver(context);
    const command = prepareCommand([`${url}/`], { strategy });
    Object.assign(command.target.requests[0], { method: 'PUT', body: '{"a":1}' });
    command.target.headers = [
      { name: 'Host', value: 'api.example' },
      { name: 'X-Kept', value: 'yes' },
    ];
    assert.equal((await driver.ask(command)).op, 'ready');
    const { columns } = await driver.ask(trialCommand(1));
    assert.equal(columns.error, undefined);
    assert.deepEqual(sent, ['PUT', 'api.example', 'yes', '{"a":1}']);
  });
}

test('asks for the encodings that the client asks for', async (context) => {
  const encodings = [];
  const url = await startServer(context, (request, response) => {
    encodings.push(request.headers['accept-encoding'] ?? 'none asked for');
    answerTodo(request, response);
  });
  for (const strategy of strategies) {
    const driver = startDriver(context);
    const { facts } = await driver.ask(prepareCommand([`${url}/`], { strategy }));
    await driver.ask(trialCommand(1));
    assert.equal(facts.compression, encodings.at(-1), strategy);
  }
});

test('lists a package that is not installed with the command that installs it', async (context) => {
  const env = { ...process.env, NODE_PATH: '' };
  const driver = startDriver(context, [], { env, cwd: tmpdir() });
  const { missing } = await driver.ask({ op: 'hello', protocol: 1 });
  const remedies = missing.map(({ remedy }) => remedy);
  assert.deepEqual(remedies, ['npm install undici', 'npm install axios', 'npm install got']);
  const refused = await driver.ask(prepareCommand(['http://localhost/'], { strategy: 'got/concurrent' }));
  assert.equal(refused.kind, 'unknown_strategy');
});
