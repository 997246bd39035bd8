// Errors of the user's own code, as text: their stacks from the user's first line on.

import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import { pathToFileURL } from 'node:url';

/** In characters. A longer text loses its middle. */
const MAX_LENGTH = 6000;

/** How many causes of an error are described. */
const MAX_CAUSES = 4;

/** How many lines of an error a refusal shows. */
const REFUSAL_LINES = 8;

const FOREIGN = [' (node:', ' node:', new URL('./own_', import.meta.url).href];

/** Describes whatever was thrown, with its causes. */
export function describeError(thrown, causes = MAX_CAUSES) {
  if (!isError(thrown)) return inspect(thrown, { depth: 1 }).slice(0, MAX_LENGTH);
  const parts = [withoutForeign(stackOf(thrown))];
  for (const each of thrown.errors ?? []) parts.push(`  ${each?.message ?? inspect(each)}`);
  if (thrown.cause !== undefined && causes > 0) {
    parts.push(`caused by: ${describeError(thrown.cause, causes - 1)}`);
  }
  return shorten(parts.join('\n'));
}

/** Describes why a file cannot be imported, in few lines. */
export function describeImportError(thrown, file) {
  const text = isError(thrown) && thrown.name === 'SyntaxError' ? locate(thrown, file) : null;
  const lines = (text ?? describeError(thrown)).split('\n').filter((line) => line.trim() !== '');
  return [...hints(thrown, file), ...lines.slice(0, REFUSAL_LINES)].join('\n');
}

/** What to do about a file that this Node cannot read as it is. */
function hints({ code, message } = {}, file) {
  if (/^ERR_(UNKNOWN_FILE_EXTENSION|NO_TYPESCRIPT)$/.test(code) && /\.[cm]?tsx?$/.test(file)) {
    return [`Node ${process.versions.node} runs no TypeScript: name a newer one with --node, or compile`];
  }
  const isModule = /outside a module|Unexpected token 'export'/.test(message);
  return isModule && file.endsWith('.js') ? ['rename it to .mjs, because it is an ES module'] : [];
}

/** Errors of other realms, such as those of `vm`, are no instances of this one's class. */
export const isError = (value) =>
  value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';

/**
 * The text with which Node ends on a syntax error, which names the line. The error itself does not
 * in a module. Nothing of the file runs, because Node parses all modules before it runs one.
 */
function locate(error, file) {
  const statement = `import ${JSON.stringify(pathToFileURL(file).href)}`;
  const words = [...process.execArgv, '--input-type=module', '-e', statement];
  const stdio = ['ignore', 'ignore', 'pipe'];
  const { stderr } = spawnSync(process.execPath, words, { stdio, encoding: 'utf8', timeout: 10_000 });
  const [text] = (stderr ?? '').split('\n\nNode.js v');
  return text.includes(error.message) ? withoutForeign(text) : null;
}

function stackOf(error) {
  const summary = `${error.name}: ${error.message}`;
  // A stack is made with the error, and may lack a message that was given later.
  const stack = typeof error.stack === 'string' ? error.stack : summary;
  return stack.includes(error.message) ? stack : `${summary}\n${stack}`;
}

function withoutForeign(stack) {
  const isForeign = (line) =>
    /^\s+at /.test(line) && FOREIGN.some((place) => line.includes(place));
  return stack
    .split('\n')
    .filter((line) => !isForeign(line))
    .join('\n')
    .trimEnd();
}

function shorten(text) {
  if (text.length <= MAX_LENGTH) return text;
  return `${text.slice(0, MAX_LENGTH / 2)}\n  [...]\n${text.slice(-MAX_LENGTH / 2)}`;
}
