// Checks whether a user's function returned the bodies of its batch.
//
// A benchmark that does not fetch is fast. Each mistake that makes one so gets a message that names
// the fix: too few bodies, promises that were not awaited, responses that were not read.

import { isError } from './own_errors.mjs';

/** Checks the returned value as a whole; null for an array of the right length. */
export function checkResult(returned, expected) {
  if (!Array.isArray(returned)) {
    const kind = isIterator(returned) || howToRead(returned) !== null ? 'unread' : 'code';
    return { kind, message: describeWrongResult(returned) };
  }
  if (returned.length === expected) return null;
  const bodies = returned.length === 1 ? '1 body' : `${returned.length} bodies`;
  const urls = expected === 1 ? '1 URL' : `${expected} URLs`;
  const message = `it returned ${bodies} for ${urls}: return one body for each URL, in the same order`;
  return { kind: 'code', message };
}

/** Checks that an element of the returned array is a body. */
export function checkElement(place, element) {
  if (isBody(element)) return null;
  const isUnread = isPromise(element) || howToRead(element) !== null;
  return {
    kind: isUnread ? 'unread' : 'code',
    message: `element ${place} is ${describeWrongElement(element)}`,
  };
}

export const isBody = (value) =>
  typeof value === 'string' || ArrayBuffer.isView(value) || isOfClass(value, 'ArrayBuffer');

/** A body's length in bytes; of a string, that of its UTF-8 encoding. */
export const bodyLength = (body) =>
  typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;

/** Keeps a promise that was reported from ending the process when it is rejected. */
export function ignorePromises(returned) {
  if (!Array.isArray(returned)) return;
  for (const each of returned.filter(isPromise)) Promise.resolve(each).catch(() => {});
}

function describeWrongResult(returned) {
  if (returned === undefined || returned === null) {
    return `it returned ${returned}: return the array of the bodies`;
  }
  if (isBody(returned)) {
    return `it returned one ${nameOf(returned)}: return an array with one body for each URL`;
  }
  const name = withArticle(nameOf(returned));
  if (isIterator(returned)) {
    return `it returned ${name}, which was not consumed, so its work was not done: return [...iterator]`;
  }
  const remedy = howToRead(returned);
  if (remedy !== null) return `it returned ${name}, which was not read: ${remedy}, for each URL`;
  return `it returned ${name}: return an array of the bodies, in the order of the URLs`;
}

function describeWrongElement(element) {
  if (isPromise(element)) {
    return 'a promise, which was not awaited: return await Promise.all(promises)';
  }
  if (element === undefined || element === null) {
    return `${element}, not a body: return each body as a string or bytes`;
  }
  if (isError(element)) return `an error, not a body: ${element.name}: ${element.message}`;
  if (['fulfilled', 'rejected'].includes(element.status)) {
    return 'a result of Promise.allSettled, not a body: use Promise.all, or return its value';
  }
  const name = withArticle(nameOf(element));
  const remedy = howToRead(element);
  if (remedy !== null) return `${name}, which was not read: ${remedy}`;
  const advice =
    typeof element === 'object'
      ? 'return each body as a string or bytes, such as response.text()'
      : 'return each body as a string or bytes';
  return `${name}, not a body: ${advice}`;
}

/** How to get the body out of something that looks like a response; null for anything else. */
function howToRead(value) {
  if (typeof value !== 'object' || value === null) return null;
  if (isOfClass(value, 'Blob')) return 'return await blob.arrayBuffer()';
  if (typeof value.text === 'function') return 'return await response.text()';
  if (typeof value.body?.text === 'function') return 'return await response.body.text()';
  const hasStatus = typeof (value.status ?? value.statusCode) === 'number';
  if (hasStatus && isBody(value.data)) return 'return response.data';
  if (hasStatus && isBody(value.body)) return 'return response.body';
  const isStream = typeof value.pipe === 'function' || value[Symbol.asyncIterator] !== undefined;
  return isStream ? 'read it to its end and return Buffer.concat(chunks)' : null;
}

const isPromise = (value) => typeof value?.then === 'function';

const isIterator = (value) =>
  typeof value?.next === 'function' &&
  (Symbol.iterator in Object(value) || Symbol.asyncIterator in Object(value));

const isOfClass = (value, name) => Object.prototype.toString.call(value) === `[object ${name}]`;

/** A value's type as users know it. */
function nameOf(value) {
  if (typeof value !== 'object') return typeof value;
  const name = value.constructor?.name;
  return name === 'Object' || !name ? 'object' : name;
}

const withArticle = (name) => `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
