// What another program may use of this driver: the driver itself, and the tables behind it.
//
// `driver.mjs` is the driver as a command; importing this module starts nothing.

export { readConditions } from './conditions.mjs';
export { findFunctions } from './own_file.mjs';
export { Driver } from './protocol.mjs';
export { Refusal } from './refusal.mjs';
export { availableStrategies, missingStrategies, strategySpec } from './strategies.mjs';
