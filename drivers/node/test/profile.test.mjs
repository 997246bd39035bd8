// Profiled trials: which line of the user's code is named, and what it calls.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

import { PlaceFinder } from '../code_places.mjs';
import { reduce } from '../profiler.mjs';
import { answerTodo, prepareCommand, startDriver, startServer, trialCommand } from './support.mjs';

const GET = 'const get = async (url) => (await fetch(url)).text();\n';

/** Runs a profiled batch of two requests after one that is not; gives `done`. */
async function profile(context, options, command) {
  const driver = startDriver(context, options);
  const url = await startServer(context, answerTodo);
  const reply = await driver.ask(prepareCommand([`${url}/1`, `${url}/2`], command));
  assert.equal(reply.op, 'ready', reply.message);
  await driver.ask(trialCommand(2));
  assert.equal((await driver.receive()).profile, undefined);
  const { columns } = await driver.ask({ ...trialCommand(2), profile: true });
  assert.deepEqual(columns.error ?? [null, null], [null, null]);
  return driver.receive();
}

async function profileOwn(context, text) {
  const folder = mkdtempSync(join(tmpdir(), 'batchmark-test-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'my.mjs');
  writeFileSync(file, GET + text);
  return profile(context, ['--own', `${file}:f`], { strategy: 'own/f' });
}

/** The place in `my.mjs` with the most samples, as `4 spin → Date.now`. */
function largest({ profile: { places, samples } }, file = 'my.mjs') {
  const counts = places.map((_, place) => samples.place.filter((each) => each === place).length);
  const own = places.map((place, index) => ({ ...place, count: counts[index] }));
  const [most] = own.filter((place) => place.file === file).sort((a, b) => b.count - a.count);
  return [`${most.line} ${most.function}`, most.library, most.inner].filter(Boolean).join(' → ');
}

test('a driver says that it can profile', async (context) => {
  const driver = startDriver(context);
  assert.equal((await driver.ask({ op: 'hello', protocol: 1 })).profiles, true);
});

test('names the busy line of a function', async (context) => {
  const done = await profileOwn(
    context,
    `function spin() {
  let total = 0;
  for (let i = 0; i < 1e8; i += 1) total += i % 7;
  return total;
}
export const f = async (urls) => {
  const bodies = await Promise.all(urls.map(get));
  spin();
  return bodies;
};`,
  );
  // V8 may inline the function.
  assert.match(largest(done), /^(4 spin|9 f → spin)$/);
  const { times, samples } = done.profile;
  assert.ok(times.length > 20);
  assert.ok(times.every((time, index) => index === 0 || time >= times[index - 1]));
  assert.ok(times.at(-1) <= Number(BigInt(done.finished) - BigInt(done.started)));
  assert.equal(new Set(samples.thread).size, 1);
  assert.ok(done.profile.sampler !== samples.thread[0]);
});

test('names the function that a line calls, built in or not', async (context) => {
  const text = `import { createHash } from 'node:crypto';
const TEXT = JSON.stringify(Array.from({ length: 20000 }, (_, id) => ({ id, name: 'some name' })));
export async function f(urls) {
  const bodies = await Promise.all(urls.map(get));
  WORK
  return bodies;
}`;
  const parse = 'for (let i = 0; i < 30; i += 1)\n    JSON.parse(TEXT);';
  assert.equal(largest(await profileOwn(context, text.replace('WORK', parse))), '7 f → JSON.parse');
  const hash = `const hash = createHash('sha256');
  for (let i = 0; i < 300; i += 1)
    hash.update(TEXT);`;
  const named = largest(await profileOwn(context, text.replace('WORK', hash)));
  assert.equal(named, '8 f → hash.update');
});

test('names what each line calls where samples fell on several', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'batchmark-test-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const url = join(folder, 'my.mjs');
  writeFileSync(url, 'function f(text) {\n  for (let i = 0; i < 30; i += 1)\n    JSON.parse(text);\n}\n');
  const callFrame = { functionName: 'f', url, lineNumber: 0 };
  const positionTicks = [1, 2, 3].map((line) => ({ line, ticks: 1 }));
  const finder = new PlaceFinder([{ id: 1, callFrame, positionTicks }]);
  for (let sample = 0; sample < 3; sample += 1) finder.next(1);
  const calls = finder.places.map(({ line, library }) => [line, library]);
  assert.deepEqual(calls, [[1, undefined], [2, undefined], [3, 'JSON.parse']]);
});

test('names the client library where no code of the user runs', async (context) => {
  const done = await profile(context, [], { strategy: 'fetch/concurrent' });
  const packages = done.profile.places.map(({ file }) => file);
  assert.ok(packages.every((file) => file.startsWith('node:')), packages.join(' '));
});

test('keeps the order of lines and leaves out samples beyond the batch', () => {
  const frame = (functionName, url, lineNumber) => ({ functionName, url, lineNumber });
  const nodes = [
    { id: 1, callFrame: frame('(root)', '', -1), children: [2, 3] },
    { id: 2, callFrame: frame('(idle)', '', -1) },
    {
      id: 3,
      callFrame: frame('work', 'file:///somewhere/my.mjs', 9),
      positionTicks: [
        { line: 11, ticks: 2 },
        { line: 12, ticks: 1 },
      ],
    },
  ];
  const samples = [3, 2, 3, 3, 3];
  const recorded = { startTime: 1_000, timeDeltas: [0, 100, 100, 100, 900], samples, nodes };
  const reduced = reduce(recorded, 1_000_000n, 2_000_000n);
  assert.deepEqual(reduced.times, [0, 100_000, 200_000, 300_000]);
  assert.deepEqual(reduced.samples.time, [0, 2, 3]);
  const lines = reduced.samples.place.map((place) => reduced.places[place].line);
  assert.deepEqual(lines, [11, 11, 12]);
  assert.equal(reduced.places[0].file, 'my.mjs');
});
