// Profiles a batch with V8's sampling profiler.
//
// The first profiled trial imports it, so that no other trial runs with it.

import { readFileSync, readdirSync } from 'node:fs';
import { Session } from 'node:inspector';

import { PlaceFinder } from './code_places.mjs';

const INTERVAL_US = 1000;

/** How V8 names the thread that takes samples. */
const SAMPLER = 'v8:ProfEvntProc';

/** The title of the profile that is never read. */
const KEPT = 'batchmark';

let session;

/** Runs a batch and adds its `profile`. The batch gives when it `started` and `finished`. */
export async function profiled(run) {
  session ??= await openSession();
  await post('Profiler.start');
  const sampler = findSampler();
  const batch = await run();
  const { profile } = await post('Profiler.stop');
  const [started, finished] = [batch.started, batch.finished].map((moment) => BigInt(moment));
  return { ...batch, profile: { sampler, ...reduce(profile, started, finished) } };
}

/**
 * Opens the profiler with a profile that never ends. As long as one runs, V8 keeps record of the code that
 * it compiles. It could not name a loop that it had compiled between two profiles.
 */
async function openSession() {
  session = new Session();
  session.connect();
  await post('Profiler.enable');
  await post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  console.profile(KEPT);
  return session;
}

function post(method, parameters) {
  return new Promise((resolve, reject) => {
    session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** The profile as the protocol has it. V8 counts microseconds of the same clock. */
export function reduce({ startTime, timeDeltas, samples, nodes }, started, finished) {
  const finder = new PlaceFinder(nodes);
  const [times, columns] = [[], { time: [], thread: [], state: [], place: [] }];
  const length = Number(finished - started);
  let micros = startTime - Number(started / 1000n);
  samples.forEach((node, index) => {
    micros += timeDeltas[index];
    const at = Math.round(micros * 1000 - Number(started % 1000n));
    if (at < 0 || at > length) return;
    times.push(Math.max(at, times.at(-1) ?? 0));
    const place = finder.next(node);
    if (place === undefined) return;
    columns.time.push(times.length - 1);
    columns.thread.push(process.pid); // JavaScript runs on the first thread
    columns.state.push('inside');
    columns.place.push(place);
  });
  return { times, places: finder.places, samples: columns };
}

/** The system's number of the thread that takes samples; undefined where the system has no /proc. */
function findSampler() {
  try {
    const threads = readdirSync('/proc/self/task');
    const name = (thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
    const sampler = threads.find((thread) => name(thread) === SAMPLER);
    return sampler === undefined ? undefined : Number(sampler);
  } catch {
    return undefined; // a thread has ended meanwhile
  }
}
