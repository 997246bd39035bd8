import assert from 'node:assert/strict';
import test from 'node:test';

import { readCommand } from '../commands.mjs';

test('reads a complete command', () => {
  const command = { op: 'trial', id: 1, requests: 4, warm_up: false };
  assert.deepEqual(readCommand(JSON.stringify(command)), command);
  assert.deepEqual(readCommand('{"op":"quit"}'), { op: 'quit' });
});

test('refuses a line that is not a command', () => {
  const lines = [
    '',
    'nonsense',
    'null',
    '{}',
    '{"op":"dance"}',
    '{"op":"constructor"}',
    '{"op":"trial","id":"1","requests":1}',
    '{"op":"prepare","strategy":"fetch/sequential"}',
  ];
  for (const line of lines) {
    assert.throws(() => readCommand(line), { kind: 'bad_command' }, line);
  }
});

test('names the part that is missing or invalid', () => {
  assert.throws(() => readCommand('{"op":"trial","id":1}'), {
    message: 'this is not a command: "requests" is missing or invalid',
  });
});
