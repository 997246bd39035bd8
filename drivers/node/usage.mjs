// What this process, and the processes that it started, have used.

import { readFileSync, readdirSync } from 'node:fs';

/** How many units of `/proc/PID/stat` a second has, on every Linux. */
const TICKS_PER_SECOND = 100;

/** Which words behind the name in `/proc/PID/stat` are CPU times: two own, then two of children. */
const [FIRST_OWN, FIRST_OF_CHILDREN, END] = [11, 13, 15];

/** Reads the counters before a batch, those of this process last. */
export function readBefore() {
  const children = childrenSeconds();
  return { own: process.resourceUsage(), children };
}

/** Reads the counters after a batch, those of this process first. */
export function readAfter() {
  const own = process.resourceUsage();
  return { own, children: childrenSeconds() };
}

/** What was used between two readings: times in nanoseconds, memory in bytes. */
export function difference(before, after) {
  const used = (field) => after.own[field] - before.own[field];
  return {
    user: used('userCPUTime') * 1000,
    system: used('systemCPUTime') * 1000,
    ...childrenDifference(before.children, after.children),
    voluntary_switches: used('voluntaryContextSwitches'),
    involuntary_switches: used('involuntaryContextSwitches'),
    peak_memory: after.own.maxRSS * 1024,
  };
}

function childrenDifference(before, after) {
  if (before === null || after === null) return {};
  // The time of a process that is not waited for is lost.
  return { children: Math.max(0, Math.round((after - before) * 1e9)) };
}

/** CPU time of children that have ended, and of descendants; null where the system has no /proc. */
function childrenSeconds() {
  const ended = cpuSeconds('self', FIRST_OF_CHILDREN);
  if (ended === null) return null;
  return descendants(process.pid).reduce((sum, id) => sum + (cpuSeconds(id, FIRST_OWN) ?? 0), ended);
}

function descendants(id) {
  const children = list(`/proc/${id}/task`).flatMap((thread) =>
    read(`/proc/${id}/task/${thread}/children`).split(' ').filter(Boolean),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function cpuSeconds(id, firstWord) {
  const text = read(`/proc/${id}/stat`);
  if (text === '') return null;
  const words = text.slice(text.lastIndexOf(')') + 1).trim().split(' ');
  const ticks = words.slice(firstWord, END).reduce((sum, word) => sum + Number(word), 0);
  return ticks / TICKS_PER_SECOND;
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the process has ended
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
