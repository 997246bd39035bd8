// The trace: hooks that fire exactly where a milestone is. They are installed only while milestones
// are taken, so that an untraced trial runs without them.

import diagnostics from 'node:diagnostics_channel';
import dns from 'node:dns';
import net from 'node:net';

import { now } from './clock.mjs';
import { isInterim } from './failures.mjs';
import { EXCHANGE, OPENING } from './trial.mjs';

const SEND_HEADERS = diagnostics.channel('undici:client:sendHeaders');

const { connect } = net.Socket.prototype;
const { lookup } = dns;

/** The opening of every traced socket: its milestones, and whether a request has used it. */
const openings = new WeakMap();
let openedConnections = 0;
let isInstalled = false;

/** The opening of the connection that the present call of `connect` opens. */
let currentOpening;

/** The exchange whose head undici writes next. */
let nextExchange;

export function installTrace() {
  if (isInstalled) return;
  isInstalled = true;
  net.Socket.prototype.connect = connectTraced;
  dns.lookup = lookupTraced;
  SEND_HEADERS.subscribe(markSent);
}

export function removeTrace() {
  if (!isInstalled) return;
  isInstalled = false;
  net.Socket.prototype.connect = connect;
  dns.lookup = lookup;
  SEND_HEADERS.unsubscribe(markSent);
}

/** A dispatcher for one request, which links undici's exchange to that request. */
export function tracedDispatcher(agent, trial, index) {
  const exchange = new Exchange(trial, index);
  return {
    dispatch(options, handler) {
      exchange.begin();
      const { onConnect, onHeaders, onResponseStarted } = handler;
      handler.onConnect = function (...given) {
        nextExchange = exchange;
        return onConnect.apply(this, given);
      };
      handler.onResponseStarted = function (...given) {
        exchange.keep('first_byte', now());
        return onResponseStarted?.apply(this, given);
      };
      handler.onHeaders = function (status, ...given) {
        if (isInterim(status)) exchange.forget('first_byte');
        return onHeaders.call(this, status, ...given);
      };
      return agent.dispatch(options, handler);
    },
  };
}

/** The opening of a traced socket; undefined for one that was opened without a trace. */
export const openingOf = (socket) => openings.get(socket);

/** One request of a trial while a client makes it. */
export class Exchange {
  constructor(trial, index) {
    this.trial = trial;
    this.index = index;
    this.dispatches = 0;
  }

  /** A redirected request is two exchanges, so its milestones would be ambiguous. */
  begin() {
    this.dispatches += 1;
    if (this.dispatches === 2) {
      for (const name of [...OPENING, ...EXCHANGE, 'connection']) this.forget(name);
    }
  }

  forget(column) {
    this.trial.forget(column, this.index);
  }

  keep(column, value) {
    if (this.dispatches === 1 && this.trial.columns[column]) {
      this.trial.keep(column, this.index, value);
    }
  }

  /** undici writes the head next. */
  send(opening) {
    this.sentOver(opening, now());
  }

  /** Keeps when the head was written, and with it the whole of a request without a body. */
  sentOver(opening, written) {
    if (this.trial.requests[this.index].init.body === undefined && written !== undefined) {
      this.keep('writing', written);
      this.keep('sent', written);
    }
    if (opening === undefined) return;
    this.keep('connection', opening.ordinal);
    if (opening.isUsed) return;
    opening.isUsed = true;
    const started = this.trial.columns.started[this.index];
    for (const name of OPENING) {
      if (opening[name] >= started) this.keep(name, opening[name]);
    }
  }
}

// Neither undici nor Node publishes a socket before it is connected, but every socket calls this.
function connectTraced(...given) {
  const opening = { ordinal: openedConnections, isUsed: false };
  openedConnections += 1;
  openings.set(this, opening);
  const mark = (name) => () => {
    opening[name] = now();
  };
  this.once('connectionAttempt', mark('connecting'));
  this.once('connect', mark('connected'));
  this.once('secureConnect', mark('secured'));
  currentOpening = opening;
  try {
    return connect.apply(this, given);
  } finally {
    currentOpening = undefined;
  }
}

// `connect` calls this at once, or never where the host is an address.
function lookupTraced(host, options, callback) {
  const opening = currentOpening;
  if (opening === undefined) return lookup(host, options, callback);
  opening.resolving = now();
  return lookup(host, options, (...found) => {
    opening.resolved = now();
    callback(...found);
  });
}

// undici publishes this right before it writes the head, right after the handler's `onConnect`.
function markSent({ socket }) {
  nextExchange?.send(openings.get(socket));
}
