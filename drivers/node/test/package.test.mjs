// The package: that it holds what it needs, starts nothing when it is imported, and has the types of what it
// exports.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(FOLDER, '..', '..');
const LICENCES = ['LICENSE-MIT', 'LICENSE-APACHE'];

const hasNpm = spawnSync('npm', ['--version']).status === 0;

/** Packs a copy of the folder and unpacks it, as `npm install` would; gives its path. */
function install(context) {
  const copy = mkdtempSync(join(tmpdir(), 'batchmark-package-'));
  context.after(() => rmSync(copy, { recursive: true, force: true }));
  const sources = join(copy, 'drivers', 'node');
  const isSource = (path) => !path.includes('node_modules');
  cpSync(FOLDER, sources, { recursive: true, verbatimSymlinks: true, filter: isSource });
  for (const file of [...LICENCES, 'drivers/conditions.json']) {
    cpSync(join(ROOT, file), join(copy, file));
  }
  const packed = execFileSync('npm', ['pack', '--json'], { cwd: sources, encoding: 'utf8' });
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')));
  const place = join(copy, 'node_modules', 'batchmark-driver');
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['xzf', join(sources, filename), '-C', place, '--strip-components=1']);
  return { folder: copy, place };
}

test('the package holds what it needs, and its licences', { skip: !hasNpm }, (context) => {
  const { folder, place } = install(context);
  for (const licence of LICENCES) readFileSync(join(place, licence));
  const hello = `${JSON.stringify({ op: 'hello', protocol: 1 })}\n`;
  const driver = join(place, 'driver.mjs');
  const answer = execFileSync(process.execPath, [driver], { input: hello, encoding: 'utf8' });
  assert.equal(JSON.parse(answer).driver, 'node');
  const script = join(folder, 'import.mjs');
  writeFileSync(script, "console.log(Object.keys(await import('batchmark-driver')).join());");
  const exported = execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim();
  assert.deepEqual(exported.split(','), declared());
});

test('importing the package starts nothing', async () => {
  const listeners = process.stdin.listenerCount('data');
  const exported = Object.keys(await import('../index.mjs'));
  assert.deepEqual(exported, declared());
  assert.equal(process.stdin.listenerCount('data'), listeners);
});

/** The names of the values that `index.d.mts` declares, in order. */
function declared() {
  const text = readFileSync(join(FOLDER, 'index.d.mts'), 'utf8');
  return [...text.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name).sort();
}

const compiler = findCompiler();

test('the types fit a function to measure', { skip: compiler === undefined }, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'batchmark-types-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'own.mts');
  const types = join(FOLDER, 'index.mjs');
  const source = [
    `import { Driver, type BatchFunction, findFunctions } from '${types}';`,
    'export const right: BatchFunction = async (urls) => urls.map((url) => `${url}`);',
    '// @ts-expect-error a number is no array of bodies',
    'export const wrong: BatchFunction = async (urls) => urls.length;',
    "new Driver(findFunctions('my.mjs:f')).read('');",
  ];
  writeFileSync(file, source.join('\n'));
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
  const words = [compiler, ...options, file];
  const checked = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout);
});

function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  } catch {
    return undefined;
  }
}
