import type { Server as HttpServer } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a kept connection may stay silent before it is closed: whoever is in the midst of a conversation says something sooner. */
const SILENCE_MS = 1_000;
const LOOK_MS = 50;
/** New callers are taken on for so long at most, once told to stop. */
const TAKING_ON_MS = 1_000;

/**
 * Stops a server without cutting anybody off. Node's own `close` ends idle connections at once, also one on which the next request is already under way;
 * this shuts the door, answers whatever still arrives on kept connections with `Connection: close`, and ends those on which nothing does.
 */
export class Drain {
  private draining = false;
  private readonly sockets = new Set<Socket>();

  constructor(fastify: FastifyInstance) {
    fastify.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    // When the answer leaves, not when the request came: those under way at the signal end their connections too.
    fastify.addHook('onSend', (_request, reply, payload, done) => {
      if (this.draining) void reply.header('connection', 'close');
      done(null, payload);
    });
  }

  /** Resolves when every connection has ended, at the latest after `mostMs`. New ones are refused from now on. */
  async run(server: HttpServer, mostMs: number): Promise<void> {
    if (!server.listening) {
      this.draining = true;
      return;
    }
    await takeOnWhoeverWaits(server);
    const silentAt = performance.now() + SILENCE_MS;
    const look = setInterval(() => {
      if (performance.now() < silentAt) return;
      server.closeIdleConnections();
      // Browsers open connections ahead of need; to Node those look as if a request were about to come.
      for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
    }, LOOK_MS);
    const closed = new Promise<void>((done) => {
      NetServer.prototype.close.call(server, () => done());
    });
    // Not before the door is shut: whoever is told to close would come anew, and be cut off in the queue at the door.
    this.draining = true;
    await Promise.race([closed, new Promise((late) => setTimeout(late, mostMs).unref())]);
    clearInterval(look);
  }
}

/** Waits until the system has nobody left whom it has let in already: a round of the loop accepts one of them, and closing would cut off the rest. */
const takeOnWhoeverWaits = async (server: HttpServer): Promise<void> => {
  const until = performance.now() + TAKING_ON_MS;
  let quiet = 0;
  const heard = (): void => {
    quiet = 0;
  };
  server.on('connection', heard);
  // The first round may have looked at the door before the signal came.
  for (; quiet < 2 && performance.now() < until; quiet++) await new Promise((round) => setImmediate(round));
  server.off('connection', heard);
};
