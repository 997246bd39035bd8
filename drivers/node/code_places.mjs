// Names places of the code: whose code it is, its file, its line, and what it calls.
//
// V8 says on which line the innermost function of a stack is. For the functions around it, it only says
// where they begin, so the line of a call is looked up in the source.

import { readFileSync } from 'node:fs';
import { basename, dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whose code it is. The driver's own and what is not JavaScript are no places. */
const [NO_PLACE, NODE, PACKAGE, OWN] = [0, 1, 2, 3];

const DRIVER = dirname(fileURLToPath(import.meta.url)) + sep;
const PACKAGES = `node_modules${sep}`;
const KEYWORDS = new Set(['if', 'for', 'while', 'switch', 'catch', 'function', 'async', 'await', 'return']);
/** The client of Node's fetch. */
const UNDICI = 'node:internal/deps/undici/';

/** Finds the places of the samples of a profile. */
export class PlaceFinder {
  constructor(nodes) {
    this.places = [];
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.parents = new Map(
      nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
    );
    this.found = new Map();
    this.positions = new Map();
  }

  /** The position of the place of the next sample in a node; undefined where it is in none. */
  next(id) {
    if (!this.found.has(id)) this.found.set(id, this.find(id));
    const found = this.found.get(id);
    return found && this.position(found());
  }

  position(place) {
    const key = JSON.stringify(place);
    if (!this.positions.has(key)) {
      this.positions.set(key, this.places.length);
      this.places.push(place);
    }
    return this.positions.get(key);
  }

  /**
   * Gives the places of the samples in a node, one after another: the innermost of the user's code on the
   * stack; without any, that of a package. Undefined where there is neither.
   */
  find(id) {
    const stack = this.stack(id);
    const kinds = stack.map(({ callFrame }) => kindOf(callFrame.url));
    const best = Math.max(...kinds);
    if (best === NO_PLACE) return undefined;
    const at = kinds.indexOf(best);
    const [inner, node] = [stack[0], stack[at]];
    const called = at === 0 ? undefined : stack[at - 1];
    const source = best === OWN ? sourceOf(node.callFrame) : [];
    const { lineNumber } = node.callFrame;
    const call = findCall(source, called?.callFrame.functionName);
    const isBelow = at === 0 || (at === 1 && inner.callFrame.url === '');
    const ticks = isBelow ? (inner.positionTicks ?? []) : [];
    const lines = new Lines(ticks, lineNumber + 1 + (call?.place ?? 0));
    const library = called && (call?.text ?? nameOf(called.callFrame));
    const place = { file: fileOf(node.callFrame.url, best), function: nameOf(node.callFrame) };
    const inside = innerOf(stack.slice(0, at));
    return () => {
      const line = lines.next();
      const calls = library ?? callOn(source[line - lineNumber - 1] ?? '');
      return { ...place, ...(calls === undefined ? {} : { library: calls }), ...inside, line };
    };
  }

  /** A node and those that called it, the innermost first. */
  stack(id) {
    const stack = [];
    for (let each = id; each !== undefined; each = this.parents.get(each)) {
      stack.push(this.nodes.get(each));
    }
    return stack;
  }
}

/** Gives lines as often as samples were taken on them: V8 counts them, but does not say which was when. */
class Lines {
  constructor(ticks, otherwise) {
    this.lines = ticks.map(({ line, ticks: count }) => ({ line, count, given: 0 }));
    this.otherwise = otherwise;
  }

  next() {
    const [first, ...others] = this.lines;
    if (first === undefined) return this.otherwise;
    const due = ({ count, given }) => count / (given + 1);
    const next = others.reduce((best, each) => (due(each) > due(best) ? each : best), first);
    next.given += 1;
    return next.line;
  }
}

function kindOf(url) {
  if (url.startsWith(UNDICI)) return PACKAGE;
  if (url.startsWith('node:')) return NODE;
  const path = pathOf(url);
  if (path === undefined || path.startsWith(DRIVER)) return NO_PLACE;
  return path.includes(PACKAGES) ? PACKAGE : OWN;
}

function pathOf(url) {
  if (url.startsWith('file:')) return fileURLToPath(url);
  return url.startsWith(sep) ? url : undefined;
}

function fileOf(url, kind) {
  const path = pathOf(url);
  if (path === undefined) return url;
  if (kind === PACKAGE) return path.slice(path.lastIndexOf(PACKAGES) + PACKAGES.length);
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? basename(path) : below;
}

const nameOf = ({ functionName }) => functionName || '<anonymous>';

/** The innermost function, if another package has it than the one that is called. */
function innerOf(below) {
  const packages = below.map(({ callFrame }) => packageOf(callFrame.url)).filter(Boolean);
  if (packages.length === 0 || packages[0] === packages.at(-1)) return {};
  return { inner: nameOf(below[0].callFrame) };
}

function packageOf(url) {
  if (url.startsWith(UNDICI)) return 'undici';
  if (url.startsWith('node:')) return 'node';
  return url.slice(url.lastIndexOf(PACKAGES)).split(sep)[1];
}

/** Where a function calls the one of this name, if only once, and how its source writes it. */
function findCall(source, name) {
  if (!name) return undefined;
  const pattern = new RegExp(`((?:[\\w$]+\\.)*${escape(name.split(/[ .]/).at(-1))})\\s*\\(`);
  const [first, ...others] = source.flatMap((text, place) => {
    const match = pattern.exec(text);
    return match ? [{ place, text: match[1] }] : [];
  });
  return others.length === 0 ? first : undefined;
}

/** What the only call on a line calls: a function that is built in or inlined is no frame. */
function callOn(text) {
  const calls = [...text.matchAll(/((?:[\w$]+\.)*[\w$]+)\s*\(/g)].map(([, name]) => name);
  const named = calls.filter((name) => !KEYWORDS.has(name));
  return named.length === 1 ? named[0] : undefined;
}

/**
 * The lines of a function's source, the first without its name and parameters, which look like a call.
 * It ends with a line that is set in as its first one is.
 */
function sourceOf({ url, lineNumber }) {
  let lines;
  try {
    lines = readFileSync(pathOf(url), 'utf8').split('\n').slice(lineNumber);
  } catch {
    return [];
  }
  const indent = (line) => line.length - line.trimStart().length;
  const [first = '', ...others] = lines;
  const isOver = (line) => line.trim() !== '' && indent(line) <= indent(first);
  const end = others.findIndex(isOver);
  const isOneLine = end >= 0 && !/^\s*[)\]}]/.test(others[end]);
  return [first.replace(/^[^{=]*/, ''), ...others.slice(0, end < 0 ? undefined : end + (isOneLine ? 0 : 1))];
}

const escape = (text) => text.replace(/[$^.*+?()[\]{}|\\]/g, '\\$&');
