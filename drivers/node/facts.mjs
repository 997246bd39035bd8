// What is true of a prepared strategy, so that the user can see what it does not share with others.

import { isAtLeast } from './versions.mjs';

/** The facts of fetch, whose requests carry these headers. */
export function fetchFacts(headers) {
  return {
    // From version 8 on, undici may use another version of HTTP.
    ...(isAtLeast(process.versions.undici, 8) ? {} : { http: '1.1' }),
    compression: headers.get('accept-encoding') ?? 'none asked for',
    redirects: 'followed',
  };
}

/** The facts of a strategy, with those of its client. */
export function factsOf({ settings, isSecure, trust }, ofClient) {
  const platform = {
    runtime: `Node ${process.versions.node}`,
    event_loop: `libuv ${process.versions.uv}`,
  };
  if (settings.sleepMs !== null) return platform;
  const tls = {
    verification: trust.connect.rejectUnauthorized === false ? 'off' : 'on',
    trust: trust.description,
    tls_library: `OpenSSL ${process.versions.openssl}`,
    resumption: settings.isResuming ? 'offered' : 'never',
  };
  return {
    ...platform,
    ...ofClient,
    ...(isSecure ? tls : {}),
    dns: 'looked up for each connection',
    bodies: 'read to the end',
  };
}
