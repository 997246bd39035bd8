// The driver protocol: carries out one command after another and writes the replies.
//
// No command is looked at and nothing is written while a batch runs.

import { BatchRunner } from './batch.mjs';
import { now } from './clock.mjs';
import { readCommand } from './commands.mjs';
import { ownSpec } from './own_file.mjs';
import { OwnRunner } from './own_runner.mjs';
import { prepare } from './prepare.mjs';
import { Refusal } from './refusal.mjs';
import {
  availableStrategies,
  missingStrategies,
  packageVersions,
  strategySpec,
} from './strategies.mjs';
import { installTrace, removeTrace } from './trace.mjs';
import { addedCertificates, handOver } from './trust.mjs';
import { moduleVersions } from './versions.mjs';

const PROTOCOL = 1;

export class Driver {
  /** A driver of the user's own functions, or of the strategies of fetch where there are none. */
  constructor(ownFunctions = []) {
    this.ownFunctions = ownFunctions;
    this.lines = [];
    this.partialLine = '';
    this.isBusy = false;
    this.runner = null;
  }

  listen() {
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (text) => this.read(text));
    process.stdin.on('end', () => process.exit(0));
  }

  /** Takes input, and carries out the commands that it completes. */
  read(text) {
    const lines = (this.partialLine + text).split('\n');
    this.partialLine = lines.pop();
    this.lines.push(...lines);
    if (!this.isBusy) this.work();
  }

  async work() {
    this.isBusy = true;
    while (this.lines.length > 0) await this.answer(this.lines.shift());
    this.isBusy = false;
  }

  async answer(line) {
    try {
      await this.obey(readCommand(line), line);
    } catch (error) {
      if (!(error instanceof Refusal)) process.stderr.write(`${error.stack}\n`);
      this.reply({ op: 'error', kind: error.kind ?? 'internal', message: error.message });
    }
  }

  reply(message) {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  }

  async obey(command, line) {
    switch (command.op) {
      case 'hello':
        return this.hello(command);
      case 'prepare':
        return this.prepare(command, line);
      case 'trial':
        return this.trial(command);
      default:
        return process.exit(0); // quit
    }
  }

  hello({ protocol }) {
    if (protocol !== PROTOCOL) {
      const message = `this driver speaks version ${PROTOCOL} of the protocol, not ${protocol}`;
      throw new Refusal('unsupported_version', message);
    }
    const hasOwn = this.ownFunctions.length > 0;
    const offered = hasOwn ? this.ownFunctions.map(ownSpec) : availableStrategies().map(strategySpec);
    this.reply({
      op: 'hello',
      protocol: PROTOCOL,
      driver: 'node',
      versions: [...moduleVersions(), ...(hasOwn ? [] : packageVersions())],
      strategies: offered,
      missing: hasOwn ? [] : missingStrategies(),
      profiles: true,
      now: String(now()),
    });
  }

  async prepare(command, line) {
    if (this.ownFunctions.length > 0) return this.prepareOwn(command);
    const preparation = await prepare(command);
    if (preparation.isSecure && preparation.trust.needs !== addedCertificates) {
      return this.leave(preparation.trust.needs, line);
    }
    this.runner?.close();
    this.runner = new BatchRunner(preparation);
    if (preparation.isTraced) installTrace();
    else removeTrace();
    return this.reply({ op: 'ready', facts: preparation.facts });
  }

  async prepareOwn(command) {
    const runner = await OwnRunner.prepare(this.ownFunctions, command);
    this.runner?.close();
    this.runner = runner;
    this.reply({ op: 'ready', facts: runner.preparation.facts });
  }

  /** Leaves this command and all later ones to another process. */
  async leave(certificates, line) {
    process.stdin.removeAllListeners('data').removeAllListeners('end').pause();
    const text = [line, ...this.lines, this.partialLine].join('\n');
    this.lines = [];
    await handOver(certificates, text);
  }

  async trial({ id, requests, profile: isProfiled }) {
    if (this.runner === null) {
      throw new Refusal('bad_command', 'a trial needs a prepared strategy: send prepare first');
    }
    const { preparation } = this.runner;
    const offered = preparation.requests.length;
    if (requests < 1 || requests > offered) {
      const message = `a batch of ${requests} is not possible: the target has ${offered} requests`;
      throw new Refusal('bad_command', message);
    }
    const batch =
      isProfiled === true ? this.runner.profile(requests) : this.runner.measure(requests);
    const { columns, started, finished, usage, ends, profile } = await batch;
    this.reply({ op: 'columns', id, columns });
    const times = { started: String(started), finished: String(finished) };
    this.reply({ op: 'done', id, ...times, usage, ends, profile });
    if (ends) process.exit(0);
  }
}
