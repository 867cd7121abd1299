import type { Server as HttpServer } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a kept connection may stay silent before it is closed: whoever is in the midst of a conversation says something sooner. */
const SILENCE_MS = 1_000;
const LOOK_MS = 50;

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
    this.draining = true;
    if (!server.listening) return;
    // One more turn of the loop takes on whoever the system has let in already.
    await new Promise((turn) => setImmediate(turn));
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
    await Promise.race([closed, new Promise((late) => setTimeout(late, mostMs).unref())]);
    clearInterval(look);
  }
}
