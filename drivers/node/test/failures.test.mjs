import assert from 'node:assert/strict';
import test from 'node:test';

import { checkAnswer, failureFrom } from '../failures.mjs';

const kind = (properties, message = 'it failed') =>
  failureFrom(new TypeError('fetch failed', { cause: Object.assign(new Error(message), properties) }))
    .kind;

test('gives each cause of fetch its kind', () => {
  const kinds = [
    [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'dns'],
    [{ code: 'ECONNREFUSED', syscall: 'connect' }, 'refused'],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'refused'],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'certificate_name'],
    [{ code: 'CERT_HAS_EXPIRED' }, 'certificate_dates'],
    [{ code: 'INVALID_PURPOSE' }, 'certificate_unfit'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'certificate_untrusted'],
    [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'certificate_untrusted'],
    [{ code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' }, 'http2_only'],
    [{ code: 'HPE_INVALID_CONSTANT', data: '\0\0\x06\x04\0\0\0\0\0' }, 'http2_only'],
    [{ code: 'HPE_INVALID_CONSTANT', data: 'SSH-2.0' }, 'protocol'],
    [{ code: 'ECONNRESET' }, 'reset'],
    [{ code: 'UND_ERR_SOCKET' }, 'reset'],
    [{ code: 'HPE_INVALID_CONSTANT' }, 'protocol'],
    [{}, 'protocol'],
  ];
  for (const [properties, expected] of kinds) {
    assert.equal(kind(properties), expected, JSON.stringify(properties));
  }
});

test('counts a connection that ends during the handshake as a failure of TLS', () => {
  const message = 'Client network socket disconnected before secure TLS connection was established';
  assert.equal(kind({ code: 'ECONNRESET' }, message), 'tls');
});

test('gives an interim response that a client cannot pass over a kind of its own', () => {
  assert.equal(kind({ code: 'UND_ERR_SOCKET' }, 'bad response'), 'interim_status');
  const checks = { statuses: [200], min_bytes: 0 };
  assert.equal(checkAnswer(checks, 103, 0).kind, 'interim_status');
  assert.equal(checkAnswer(checks, 101, 0).kind, 'status');
});

test('puts the reason behind the words of fetch', () => {
  const cause = new Error('other side closed');
  assert.equal(
    failureFrom(new TypeError('terminated', { cause })).message,
    'terminated: other side closed',
  );
  assert.equal(failureFrom(new Error('alone')).message, 'alone');
});

test('lists the reason of every address that was tried', () => {
  const errors = [new Error('refused by ::1'), new Error('refused by 127.0.0.1')];
  const cause = new AggregateError(errors, '');
  assert.equal(
    failureFrom(new TypeError('fetch failed', { cause })).message,
    'fetch failed: refused by ::1; refused by 127.0.0.1',
  );
});

test('checks the status, then the length of the body', () => {
  const checks = { statuses: [200, 204], min_bytes: 3 };
  assert.equal(checkAnswer(checks, 204, 3), null);
  assert.deepEqual(checkAnswer(checks, 404, 3), {
    kind: 'status',
    message: 'status 404, expected 200 or 204',
  });
  assert.deepEqual(checkAnswer(checks, 200, 2), {
    kind: 'check',
    message: 'body of 2 bytes, expected at least 3',
  });
});
