import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';

/** What the work of this process is made of. */
export type Stage =
  | 'recommend.question'
  | 'recommend.candidates'
  | 'recommend.ranking'
  | 'encode.picture'
  | 'encode.text'
  | 'embed.item'
  | 'fuse'
  | 'events.commit'
  | 'outbox.deliver'
  | 'impressions.write'
  | 'index.build';

/** The name under which spans are made; whose they are is up to the SDK that the shop registers, and without one they cost next to nothing. */
const tracer = () => trace.getTracer('vitrine');

/** Of the whole process, as its threads and its processor are; every registry of it shows them. */
export const stageSeconds = new Histogram({
  name: 'vitrine_stage_seconds',
  help: 'Time of a stage of the work',
  labelNames: ['stage'],
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
  registers: [],
});
export const jobSeconds = new Histogram({
  name: 'vitrine_job_seconds',
  help: 'Time of a batch of jobs, by name and outcome of its worst',
  labelNames: ['job', 'outcome'],
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800],
  registers: [],
});

const inSpan = <T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> =>
  tracer().startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      // The kind of the error, never its words: these may name a person.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
      throw error;
    } finally {
      span.end();
    }
  });

/** Measures a stage, as a histogram and as a span. Attributes are of things and counts, never of people. */
export const stage = async <T>(name: Stage, work: () => Promise<T>, attributes: Attributes = {}): Promise<T> => {
  const end = stageSeconds.startTimer({ stage: name });
  try {
    return await inSpan(name, attributes, work);
  } finally {
    end();
  }
};

/** The same for a stage that ends where it began. */
export const stageNow = <T>(name: Stage, work: () => T): T => {
  const end = stageSeconds.startTimer({ stage: name });
  const span = tracer().startSpan(name);
  try {
    return context.with(trace.setSpan(context.active(), span), work);
  } finally {
    span.end();
    end();
  }
};

/** Measures a batch of jobs; `work` says whether any of them failed. */
export const jobBatch = (name: string, jobs: number, work: () => Promise<'done' | 'failed'>): Promise<void> => {
  const end = jobSeconds.startTimer({ job: name });
  return inSpan(`job ${name}`, { 'vitrine.jobs': jobs }, async (span) => {
    const outcome = await work();
    if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
    end({ outcome });
  });
};

/** A span for each request, named after its route; its work, also behind a body that arrived later, makes spans below it. */
export const traceRequests = (fastify: FastifyInstance): void => {
  const spans = new WeakMap<FastifyRequest, Span>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const span = tracer().startSpan(`${request.method} ${route}`, {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'url.scheme': request.protocol,
        'vitrine.request_id': request.id,
      },
    });
    spans.set(request, span);
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    done();
  });
  fastify.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) return done();
    context.with(trace.setSpan(context.active(), span), done);
  });
};
