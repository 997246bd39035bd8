// The agents that Node's clients share: those of fetch, http and https. They keep connections after a
// batch, so the next one would start warm. Agents of the user's own are left alone.

import http from 'node:http';
import https from 'node:https';

/** Where fetch and undici keep their shared agent. */
const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

export class GlobalAgents {
  /** Takes the agents that Node made itself. Call this before the user's code runs. */
  static async take() {
    await fetch('data:,'); // Node loads undici when fetch is first called.
    const agents = new GlobalAgents();
    agents.dispatcher = globalThis[DISPATCHER];
    agents.http = http.globalAgent;
    agents.https = https.globalAgent;
    return agents;
  }

  /** Replaces the agents, and closes the connections that nothing uses. */
  renew() {
    if (this.dispatcher !== undefined && globalThis[DISPATCHER] === this.dispatcher) {
      // It closes at once what is idle, and the rest when it has been answered.
      this.dispatcher.close().catch(() => {});
      this.dispatcher = globalThis[DISPATCHER] = new this.dispatcher.constructor();
    }
    for (const [name, module] of Object.entries({ http, https })) {
      const agent = this[name];
      if (module.globalAgent !== agent) continue;
      const idle = Object.values(agent.freeSockets).flat();
      this[name] = module.globalAgent = new agent.constructor(agent.options);
      for (const socket of idle) socket.destroy();
    }
  }
}
