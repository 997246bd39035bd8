// The user's own files: finds the functions that they offer, without running them.
//
// A file runs only when one of its strategies is prepared, because only then is it known which
// certificates its clients must trust.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

/** A literal list of names: `export const batchmark = ['f', 'g']`. */
const LIST = /^(?!\s*\*)[^/\n]*\bbatchmark\s*[:=]\s*\[([^\]]*)\]/m;

/** The default export of a module. */
const DEFAULT = 'default';

/**
 * Finds what a file offers.
 *
 * `argument` is `FILE` for the functions that it lists, or else for its default export, or
 * `FILE:FUNCTION`. Gives for each function the strategy's name, the file, and the path in its exports.
 */
export function findFunctions(argument) {
  const { file, path } = split(argument);
  const stem = basename(file, extname(file));
  if (path !== null) return [{ name: `own/${path}`, file, path }];
  const listed = listedNames(file);
  if (listed.length > 0) return listed.map((each) => ({ name: `own/${each}`, file, path: each }));
  return [{ name: `own/${stem}`, file, path: DEFAULT }];
}

/** Describes a function as `hello` does. */
export const ownSpec = ({ name, file }) => ({
  name,
  summary: `your own code in ${basename(file)}`,
  conditions: [],
  columns: ['bytes', 'error'],
});

function split(argument) {
  const colon = argument.lastIndexOf(':');
  const path = argument.slice(colon + 1);
  if (colon < 0 || isFile(argument) || !NAME.test(path)) {
    return { file: resolve(argument), path: null };
  }
  return { file: resolve(argument.slice(0, colon)), path };
}

const isFile = (path) => existsSync(path) && statSync(path).isFile();

function listedNames(file) {
  if (!isFile(file)) return [];
  const [, list = ''] = LIST.exec(readFileSync(file, 'utf8')) ?? [];
  return [...list.matchAll(/(['"`])(.*?)\1/g)].map(([, , name]) => name);
}
