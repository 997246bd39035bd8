// How a request fails: a kind of the protocol, and a sentence for the user.

const TLS_CODES = new RegExp(
  '^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|INVALID_CA|' +
    'INVALID_PURPOSE|PATH_LENGTH_)',
);
const CERTIFICATE_KINDS = {
  CERT_HAS_EXPIRED: 'certificate_dates',
  CERT_NOT_YET_VALID: 'certificate_dates',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_name',
  HOSTNAME_MISMATCH: 'certificate_name',
  CERT_UNTRUSTED: 'certificate_untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate_untrusted',
  CERT_REJECTED: 'certificate_unfit',
  INVALID_CA: 'certificate_unfit',
  INVALID_PURPOSE: 'certificate_unfit',
};
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
  'ERR_BAD_RESPONSE', // axios: the body was cut off
]);

const HTTP2_ONLY = 'the server offers only HTTP/2, and this client speaks HTTP/1.1';

const REFUSED_CONTINUE =
  'fetch ends the connection at an interim response 100 that it did not ask for';

/** The first frame of an HTTP/2 server: settings, or a farewell, of no stream. */
const HTTP2_FRAME = /^\0\0.[\x04\x07]\0\0{4}/s;

/** The failure behind an error of fetch, which itself only says "fetch failed" or "terminated". */
export function failureFrom(error) {
  const cause = error.cause instanceof Error ? error.cause : error;
  const kind = kindOf(cause);
  if (kind === 'http2_only') return { kind, message: HTTP2_ONLY };
  if (kind === 'interim_status') return { kind, message: REFUSED_CONTINUE };
  const reason = cause.errors?.map((each) => each.message).join('; ') || cause.message;
  const message = cause === error ? reason : `${error.message}: ${reason}`;
  return { kind, message };
}

/**
 * The kind of a failure that lies between this client and this server, also below the user's code:
 * a refused certificate, or a server that offers only HTTP/2. Null for any other failure.
 */
export function kindOfRefusal(error) {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth += 1) {
    const kind = kindOf(each);
    if (kind.startsWith('certificate_') || kind === 'http2_only') return kind;
  }
  return null;
}

function kindOf({ code = '', syscall, message, data = '' }) {
  if (syscall === 'getaddrinfo') return 'dns';
  if (code.endsWith('NO_APPLICATION_PROTOCOL') || HTTP2_FRAME.test(data)) return 'http2_only';
  // undici says this of a 100, and of nothing else.
  if (code === 'UND_ERR_SOCKET' && message === 'bad response') return 'interim_status';
  if (Object.hasOwn(CERTIFICATE_KINDS, code)) return CERTIFICATE_KINDS[code];
  if (TLS_CODES.test(code) || message.includes('before secure TLS connection')) return 'tls';
  if (REFUSED_CODES.has(code)) return 'refused';
  return RESET_CODES.has(code) ? 'reset' : 'protocol';
}

/** Whether a final response follows one with this status; a 101 is final. */
export const isInterim = (status) => status >= 100 && status < 200 && status !== 101;

/** Checks an answer; null where it passes. */
export function checkAnswer(checks, status, bytes) {
  if (!checks.statuses.includes(status)) {
    if (isInterim(status)) {
      const message = `the client takes the interim response ${status} for the final one`;
      return { kind: 'interim_status', message };
    }
    const message = `status ${status}, expected ${checks.statuses.join(' or ')}`;
    return { kind: 'status', message };
  }
  return checkLength(checks, bytes);
}

/** Checks the length of a body; null where it passes. */
export function checkLength(checks, bytes) {
  if (bytes >= checks.min_bytes) return null;
  const message = `body of ${bytes} bytes, expected at least ${checks.min_bytes}`;
  return { kind: 'check', message };
}
