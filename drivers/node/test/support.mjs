// What several tests need: a driver as its runner sees it, a server, and commands.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const DRIVER = fileURLToPath(new URL('../driver.mjs', import.meta.url));

/** Starts a driver that ends with the test. */
export function startDriver(context, options = [], { stderr = 'inherit', ...where } = {}) {
  const stdio = ['pipe', 'pipe', stderr];
  const child = spawn(process.execPath, [DRIVER, ...options], { stdio, ...where });
  context.after(() => child.stdin.end());
  const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = (command) => child.stdin.write(`${JSON.stringify(command)}\n`);
  const receive = async () => JSON.parse((await replies.next()).value);
  const ask = (command) => {
    send(command);
    return receive();
  };
  return { child, send, receive, ask };
}

/** Starts a server that ends with the test; gives its URL. */
export async function startServer(context, answer) {
  const server = http.createServer(answer);
  context.after(() => {
    server.closeAllConnections?.();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

/** Answers `/` with eight bytes and redirects `/moved` to `/`. */
export function answerTodo(request, response) {
  if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
  else response.end('{"id":1}');
}

export const prepareCommand = (
  urls,
  { strategy = 'fetch/sequential', conditions = {}, trace = true, seconds = 60 } = {},
) => ({
  op: 'prepare',
  strategy,
  conditions,
  target: {
    requests: urls.map((url) => ({ method: 'GET', url })),
    trust: { roots: 'default' },
    checks: { statuses: [200], min_bytes: 1 },
    time_limit: seconds * 1e9,
  },
  trace,
});

export const trialCommand = (requests) => ({ op: 'trial', id: 1, requests, warm_up: false });
