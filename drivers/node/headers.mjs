// The headers that fetch drops although they were asked for, such as `Host`.

import net from 'node:net';
import tls from 'node:tls';

/** Those of the requested headers, as pairs, that fetch does not send. */
export function droppedHeaders(requested, sent) {
  return requested.filter(([name]) => !sent.has(name));
}

/**
 * A dispatcher that also sends the headers that fetch drops from a request. It sends them to the
 * origin of its URL only: a redirect to another one leaves them behind.
 */
export function withDropped({ url, dropped }, dispatcher) {
  if (dropped.length === 0) return dispatcher;
  const { origin, hostname } = new URL(url);
  const added = Object.fromEntries(dropped);
  // undici would take the server's name in TLS from the Host header; no other client does.
  const name = net.isIP(bare(hostname)) ? {} : { servername: hostname };
  return {
    dispatch(options, handler) {
      if (new URL(options.origin).origin !== origin) return dispatcher.dispatch(options, handler);
      const headers = { ...options.headers, ...added };
      return dispatcher.dispatch({ ...options, ...name, headers }, handler);
    },
  };
}

/**
 * The options of a connection that check a certificate for the address in the URL where the Host
 * header has another name. An address cannot be the server's name in TLS.
 */
export function checkingAddress(requests) {
  const hosts = new Set(
    requests.filter(({ dropped }) => dropped.length > 0).map(({ url }) => bare(new URL(url).hostname)),
  );
  const [address] = hosts;
  if (hosts.size !== 1 || !net.isIP(address)) return {};
  return {
    checkServerIdentity: (_, certificate) => tls.checkServerIdentity(address, certificate),
  };
}

function bare(hostname) {
  return hostname.replace(/^\[|\]$/g, '');
}
