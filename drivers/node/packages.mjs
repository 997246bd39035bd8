// The packages of the user: found as code in the working directory finds them. Nothing is imported
// until a strategy needs it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { resolve } = createRequire(join(process.cwd(), 'package.json'));

/** The file that a package is imported from; undefined where it is not installed. */
function findEntry(name) {
  try {
    return resolve(name);
  } catch {
    return undefined;
  }
}

export const isInstalled = (name) => findEntry(name) !== undefined;

/** The version of an installed package. */
export function versionOf(name) {
  for (let folder = dirname(findEntry(name)); folder !== dirname(folder); folder = dirname(folder)) {
    const found = readPackage(join(folder, 'package.json'));
    if (found?.name === name) return found.version;
  }
  return 'unknown';
}

export const importPackage = (name) => import(pathToFileURL(findEntry(name)).href);

function readPackage(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
