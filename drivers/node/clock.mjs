// The clock of all timestamps: CLOCK_MONOTONIC in nanoseconds, which the runner reads too.

/** The longest delay that a Node timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const now = () => process.hrtime.bigint();

/** Nanoseconds in milliseconds, as far as a timer can wait for them. */
export const timerMilliseconds = (nanoseconds) => Math.min(nanoseconds / 1e6, LONGEST_TIMER_MS);
