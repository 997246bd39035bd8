// How a request fails: a kind of the protocol, and a sentence for the user.

const TLS_CODES = new RegExp(
  '^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|INVALID_CA|' +
    'INVALID_PURPOSE|PATH_LENGTH_)',
);
const REFUSED_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const RESET_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** The failure behind an error of fetch, which itself only says "fetch failed" or "terminated". */
export function failureFrom(error) {
  const cause = error.cause ?? error;
  const reason = cause.errors?.map((each) => each.message).join('; ') || cause.message;
  const message = cause === error ? reason : `${error.message}: ${reason}`;
  return { kind: kindOf(cause), message };
}

function kindOf({ code = '', syscall, message }) {
  if (syscall === 'getaddrinfo') return 'dns';
  if (TLS_CODES.test(code) || message.includes('before secure TLS connection')) return 'tls';
  if (REFUSED_CODES.has(code)) return 'refused';
  return RESET_CODES.has(code) ? 'reset' : 'protocol';
}

/** Checks an answer; null where it passes. */
export function checkAnswer(checks, status, bytes) {
  if (!checks.statuses.includes(status)) {
    const message = `status ${status}, expected ${checks.statuses.join(' or ')}`;
    return { kind: 'status', message };
  }
  if (bytes < checks.min_bytes) {
    const message = `body of ${bytes} bytes, expected at least ${checks.min_bytes}`;
    return { kind: 'check', message };
  }
  return null;
}
