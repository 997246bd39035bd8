// The trace of requests that go over Node's agents: which connection carries each, and when its head
// is written and its answer arrives.

import { now } from './clock.mjs';
import { Exchange, openingOf } from './trace.mjs';

/** Agents for one request, which link what Node sends over them to that request. */
export function tracedAgents(agents, trial, index) {
  const exchange = new Exchange(trial, index);
  return Object.fromEntries(
    Object.entries(agents).map(([name, agent]) => [name, tracedAgent(agent, exchange)]),
  );
}

function tracedAgent(agent, exchange) {
  const traced = Object.create(agent);
  traced.addRequest = (request, ...given) => {
    exchange.begin();
    request.once('socket', (socket) => observe(request, socket, exchange));
    return agent.addRequest(request, ...given);
  };
  return traced;
}

/** Node emits `socket` right before it writes what the request holds to a kept connection. */
function observe(request, socket, exchange) {
  const opening = openingOf(socket);
  const isNew = opening?.isUsed === false;
  const assigned = now();
  const isComplete = request.writableEnded;
  const takeFirstByte = () => {
    socket.removeListener('data', takeFirstByte);
    exchange.keep('first_byte', now());
  };
  socket.prependListener('data', takeFirstByte);
  request.on('information', () => {
    exchange.forget('first_byte');
    socket.prependListener('data', takeFirstByte);
  });
  request.once('response', () => {
    socket.removeListener('data', takeFirstByte);
    // A new connection holds the head back until it is open.
    const written = isNew ? opening.secured ?? opening.connected : assigned;
    exchange.sentOver(opening, isComplete ? written : undefined);
  });
}
