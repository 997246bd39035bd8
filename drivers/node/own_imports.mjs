// The files that own code imports, beside packages, as a fact: a run that goes on later must measure the
// same code, and the user's file may be the same while a file that it imports is not.
//
// Files are found by their text, so that nothing is loaded or observed in the process that is measured.

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** How many files are listed one by one. The others share one hash. */
const MOST = 30;

/** How many hexadecimal digits of a hash are stated: enough to tell two versions apart. */
const HASH = 8;

/** A relative or absolute path that is imported, exported from or required. */
const IMPORT = /\b(?:from|import|require)\s*\(?\s*(['"`])((?:\.{0,2}\/|file:)[^'"`\n]*)\1/g;

/** What may follow a path that is required without its extension. */
const ENDINGS = ['', '.js', '.cjs', '.mjs', '.ts', '.json', '/index.js'];

/** The fact `imports`; nothing if a file imports only packages. */
export function importsOf(file) {
  const found = new Set([resolve(file)]);
  // A set also yields what is added while it is walked.
  for (const each of found) importedBy(each).forEach((path) => found.add(path));
  const [, ...imported] = found;
  const files = imported.sort();
  const entry = (path) => `${relative(dirname(resolve(file)), path)} ${hash([path])}`;
  const others = files.slice(MOST);
  const entries = files.slice(0, MOST).map(entry);
  if (others.length > 0) entries.push(`${others.length} more ${hash(others)}`);
  return entries.length === 0 ? {} : { imports: entries.join(', ') };
}

function importedBy(file) {
  const paths = [...textOf(file).matchAll(IMPORT)].map(([, , path]) => path.replace(/^file:\/\//, ''));
  return paths.map((path) => existing(resolve(dirname(file), path))).filter((path) => path !== undefined);
}

const existing = (path) => ENDINGS.map((ending) => path + ending).find(isFile);

const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // its import says why it cannot be read
  }
}

function hash(files) {
  const content = createHash('sha256');
  files.forEach((file) => content.update(textOf(file)));
  return content.digest('hex').slice(0, HASH);
}
