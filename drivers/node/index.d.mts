// The types of this package: those of a function to measure, and those of the driver protocol, version 1
// (docs/driver-protocol.md).

/** A body: what a measured function returns for each URL. */
export type Body = string | ArrayBufferView | ArrayBuffer;

/**
 * A function that `batchmark --own FILE:FUNCTION` measures. It returns the bodies in the order of the URLs, or
 * yields them. It gets the headers if its second parameter is named `headers`.
 */
export type BatchFunction = (
  urls: string[],
  headers: Record<string, string>,
) => Body[] | Promise<Body[]> | Generator<Body> | AsyncGenerator<Body>;

/** What a file of functions exports as `batchmark`: the names of those to measure. */
export type BatchFunctionNames = readonly string[];

/** The values that a condition takes: any of the words, a whole number, or a time after a prefix. */
export interface ConditionValues {
  words?: string[];
  count_from?: number;
  time_after?: string;
}

/** A setting of a strategy. */
export interface ConditionSpec {
  name: string;
  summary: string;
  default: string;
  values: ConditionValues;
}

/** A strategy, as `hello` describes it. */
export interface StrategySpec {
  name: string;
  alias?: string;
  summary: string;
  conditions: ConditionSpec[];
  columns: string[];
}

/** A strategy that would be offered if something else were installed. */
export interface MissingStrategy {
  name: string;
  reason: string;
  remedy: string;
}

/** A strategy of this driver. */
export interface Strategy {
  name: string;
  alias?: string;
  summary: string;
  /** The package that must be installed; Node's own clients have none. */
  package?: string;
  /** The names of its conditions. */
  conditions: string[];
}

/** The values of a strategy's conditions. */
export interface Settings {
  isWarm: boolean;
  isResuming: boolean;
  concurrency: number;
  /** The maximum open connections; null where the client decides. */
  connections: number | null;
  /** How long a request sleeps instead of fetching, in milliseconds; null if it fetches. */
  sleepMs: number | null;
}

/** A function that a file of the user offers. */
export interface OwnFunction {
  /** The name of the strategy: `own/NAME`. */
  name: string;
  /** The file, as an absolute path. */
  file: string;
  /** The path in the exports of the file: `default`, or names with dots between them. */
  path: string;
}

export interface Hello {
  op: 'hello';
  protocol: number;
}

export interface Prepare {
  op: 'prepare';
  strategy: string;
  conditions: Record<string, string>;
  target: {
    requests: { method: string; url: string; body?: string }[];
    headers?: { name: string; value: string }[];
    trust: { roots: 'default' | 'file' | 'added' | 'anyone'; path?: string };
    checks: { statuses: number[]; min_bytes: number };
    /** In nanoseconds. */
    time_limit: number;
    userinfo?: string;
  };
  trace: boolean;
}

export interface TrialOrder {
  op: 'trial';
  id: number;
  requests: number;
  warm_up?: boolean;
  profile?: boolean;
}

export interface Quit {
  op: 'quit';
}

/** A command of the runner: one line of JSON on the driver's stdin. */
export type Command = Hello | Prepare | TrialOrder | Quit;

export type DriverErrorKind =
  | 'bad_command'
  | 'unsupported_version'
  | 'unknown_strategy'
  | 'bad_condition'
  | 'bad_target'
  | 'unsupported'
  | 'internal';

/** A driver: reads commands line by line, and writes its replies to stdout. */
export class Driver {
  /** A driver of these functions of the user, or of Node's clients where there are none. */
  constructor(ownFunctions?: OwnFunction[]);
  /** Reads commands from stdin until it ends; then the process exits. */
  listen(): void;
  /** Carries out the commands that a piece of input completes, one after another. */
  read(text: string): void;
}

/** A command that cannot be carried out: what the protocol calls an `error`. */
export class Refusal extends Error {
  constructor(kind: DriverErrorKind, message: string);
  readonly kind: DriverErrorKind;
}

/** Finds what `FILE` or `FILE:FUNCTION` offers, without running the file. */
export function findFunctions(argument: string): OwnFunction[];

/** The strategies whose packages are installed, from the working directory. */
export function availableStrategies(): Strategy[];

/** The others. */
export function missingStrategies(): MissingStrategy[];

/** Describes a strategy as `hello` does. */
export function strategySpec(strategy: Strategy): StrategySpec;

/** Reads the value of every condition of a strategy: the given one, or else the default. */
export function readConditions(strategy: Strategy, given: Record<string, string>): Settings;
