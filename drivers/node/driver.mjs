#!/usr/bin/env node
// The Node driver of batchmark: Node's built-in fetch and the user's own functions, without
// dependencies.
//
// docs/driver-protocol.md defines what a driver does. README.md describes what this one measures
// and what it cannot see. It must never add a timer, a signal or a listener to a request that a
// user's fetch would not have: the time limit closes the whole session instead.

import { isAtLeast } from './versions.mjs';

const OLDEST_NODE = 18;

if (isAtLeast(process.versions.node, OLDEST_NODE) && typeof fetch === 'function') {
  // Imported only now, because an older Node may lack what these modules import.
  const { OWN, options } = await import('./options.mjs');
  const { findFunctions } = await import('./own_file.mjs');
  const { Driver } = await import('./protocol.mjs');
  const { inheritedLines } = await import('./trust.mjs');
  const driver = new Driver(options(OWN).flatMap(findFunctions));
  driver.listen();
  driver.read(inheritedLines());
} else {
  const found = `this is Node ${process.versions.node}`;
  const needed = `The driver needs Node ${OLDEST_NODE} or newer with its built-in fetch`;
  process.stderr.write(`${needed}; ${found}. Install a newer Node.\n`);
  process.exitCode = 1;
}
