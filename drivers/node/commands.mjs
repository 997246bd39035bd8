// Reads commands of the driver protocol and checks that they are complete.

import { Refusal } from './refusal.mjs';

const isObject = (value) => typeof value === 'object' && value !== null;

/** What every command must contain, with the check of each part. */
const PARTS = {
  hello: { protocol: Number.isInteger },
  prepare: {
    strategy: (value) => typeof value === 'string',
    conditions: isObject,
    target: (value) =>
      isObject(value) &&
      Array.isArray(value.requests) &&
      isObject(value.trust) &&
      isObject(value.checks) &&
      Number.isInteger(value.time_limit),
    trace: (value) => typeof value === 'boolean',
  },
  trial: { id: Number.isInteger, requests: Number.isInteger },
  quit: {},
};

export function readCommand(line) {
  const bad = (why) => new Refusal('bad_command', `this is not a command: ${why}`);
  let command;
  try {
    command = JSON.parse(line);
  } catch (error) {
    throw bad(error.message);
  }
  const isKnown = Object.prototype.hasOwnProperty.call(PARTS, command?.op);
  if (!isKnown) throw bad(`unknown operation ${JSON.stringify(command?.op)}`);
  for (const [name, isValid] of Object.entries(PARTS[command.op])) {
    if (!isValid(command[name])) throw bad(`"${name}" is missing or invalid`);
  }
  return command;
}
