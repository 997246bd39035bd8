// How a user's function is called: where it is in its module, and what it takes.

import { basename } from 'node:path';

import { Refusal } from './refusal.mjs';

const USAGE = 'it gets the array of URLs, or the URLs and the headers: (urls, headers) => …';

/** A comment, a string, or one other character. */
const TOKEN =
  /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|[^]/g;

/** Finds a function in a module, and checks its parameters. */
export function resolveCall({ name, file, path }, module) {
  const { holder, found } = find(path.split('.'), module);
  if (typeof found !== 'function') throw new Refusal('internal', missing(file, path, module));
  const source = Function.prototype.toString.call(found);
  if (/^class\b/.test(source)) {
    const message = `${name} is a class: export a function that makes an instance and uses it`;
    throw new Refusal('internal', message);
  }
  const takesHeaders = checkParameters(name, found, source);
  const consume = /GeneratorFunction$/.test(found.constructor.name);
  return {
    takesHeaders,
    async call(urls, headers) {
      const returned = takesHeaders
        ? found.call(holder, urls, headers)
        : found.call(holder, urls);
      return consume ? collect(returned) : returned;
    },
  };
}

/** What a generator yields. */
async function collect(generator) {
  const bodies = [];
  for await (const body of generator) bodies.push(body);
  return bodies;
}

function find(names, module) {
  // Node finds the names of a CommonJS module only where they are written out.
  for (const start of [module, module.default, module.default?.default]) {
    let [holder, found] = [undefined, start];
    for (const each of names) [holder, found] = [found, found?.[each]];
    if (typeof found === 'function') return { holder: holder === module ? undefined : holder, found };
  }
  return {};
}

function missing(file, path, module) {
  const exports = { ...module.default, ...module };
  const names = Object.keys(exports).filter((each) => typeof exports[each] === 'function');
  const offer = names.length > 0 ? `it exports ${names.join(', ')}` : 'it exports no function';
  const base = basename(file);
  if (path !== 'default') return `${base} exports no function ${path}: ${offer}`;
  const remedy = `name a function with --own ${base}:FUNCTION, or list several in it: `;
  return `${base} has no function as its default export, and ${offer}: ${remedy}export const batchmark = ['f', 'g']`;
}

/** Refuses what cannot be called with the URLs. Gives whether the function takes the headers. */
function checkParameters(name, found, source) {
  const parameters = parametersOf(source);
  if (parameters === null) return found.length >= 2;
  if (parameters.length === 0 && !/\barguments\b/.test(source)) {
    throw new Refusal('internal', `${name} takes no arguments: ${USAGE}`);
  }
  const takesHeaders = parameters[1]?.name === 'headers';
  const given = takesHeaders ? 2 : 1;
  if (found.length > given) {
    const without = parameters[given].name || `number ${given + 1}`;
    const message = `${name} cannot be called: ${USAGE} (its parameter ${without} would get nothing)`;
    throw new Refusal('internal', message);
  }
  return takesHeaders;
}

/** The parameters in a function's source; null for a function that shows none, such as a bound one. */
export function parametersOf(source) {
  if (/\[native code\]\s*\}\s*$/.test(source)) return null;
  const [, single] = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source) ?? [];
  return (single === undefined ? listedParameters(source) : [single]).map(readParameter);
}

function listedParameters(source) {
  const texts = [''];
  let depth = 0;
  for (const [token] of source.matchAll(TOKEN)) {
    const isComment = token.length > 1 && token.startsWith('/');
    if (')]}'.includes(token)) depth -= 1;
    if (token === ')' && depth === 0) break;
    if (token === ',' && depth === 1) texts.push('');
    else if (depth > 0 && !isComment) texts[texts.length - 1] += token;
    if ('([{'.includes(token)) depth += 1;
  }
  return texts.filter((text) => text.trim() !== '');
}

function readParameter(text) {
  const [, name] = /^\s*(?:\.\.\.\s*)?([\p{ID_Start}$_][\p{ID_Continue}$]*)?/u.exec(text);
  return { name: name ?? '' };
}
