import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.js';
import { Problem } from './problem.js';
import { sendProblem } from './problem-filter.js';

/** Requests at work at once. Lists are made a few hundred a second on two cores: whoever came behind these would wait for seconds. */
const MOST_AT_ONCE = 1_000;
/** Bytes of the bodies that these brought along. */
const MOST_BYTES = 512 * 1024 * 1024;
/** A request whose caller has gone is forgotten after so long, should its handler never end. */
const FORGET_MS = 30_000;
/** What an overloaded server must still answer: its guards, and whoever comes to look after it. */
const ALWAYS = /^\/(health\/|metrics\b|v1\/admin\/)/;

/** Limits of what one process takes on at once. */
export interface LoadLimits {
  requests: number;
  bytes: number;
}

const overloaded = (running: number): Problem =>
  new Problem({
    code: 'VIT_OVERLOADED',
    status: 503,
    fault: 'shop',
    title: 'Too much at once',
    detail: `This process is at work on ${running} requests and takes on no more. Nothing was changed; the same call may be made again in a second.`,
    retryAfterSeconds: 1,
  });

/**
 * Takes on no more than can be answered in good time: what comes beyond is told so at once (503, `Retry-After`), before its body is read, and costs next to
 * nothing. Counted are requests whose body has arrived, so that nobody holds a place by sending slowly.
 */
export const shedLoad = (
  fastify: FastifyInstance,
  metrics: Metrics,
  limits: LoadLimits = { requests: MOST_AT_ONCE, bytes: MOST_BYTES },
): void => {
  let running = 0;
  let bytes = 0;
  const releases = new WeakMap<FastifyRequest, () => void>();
  const shed = metrics.counter('vitrine_http_shed_total', 'Requests refused because too many were at work');
  const atWork = metrics.gauge('vitrine_http_at_work', 'Requests at work');
  const tooMuch = (request: FastifyRequest): boolean =>
    (running >= limits.requests || bytes >= limits.bytes) && !ALWAYS.test(request.url);
  const refuse = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    shed.inc();
    sendProblem(overloaded(running), request, reply.header('x-request-id', request.id));
    return reply;
  };

  fastify.addHook('onRequest', async (request, reply) => {
    if (tooMuch(request)) return refuse(request, reply);
  });
  fastify.addHook('preValidation', async (request, reply) => {
    if (tooMuch(request)) return refuse(request, reply);
    const size = Number(request.headers['content-length'] ?? 0);
    running += 1;
    bytes += size;
    atWork.set(running);
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      running -= 1;
      bytes -= size;
      atWork.set(running);
    };
    releases.set(request, release);
    // A caller who has gone leaves his work behind: it is counted until it is done.
    reply.raw.once('close', () => setTimeout(release, FORGET_MS).unref());
  });
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    releases.get(request)?.();
    done(null, payload);
  });
};
