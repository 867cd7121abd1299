import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccessGate, KeyRing, type MadeKey } from './access/access.api.js';
import { AppModule } from './app.module.js';
import type { Caller } from './platform/http/access.js';
import { addBodyParsers } from './platform/http/body-parsers.js';
import { Drain } from './platform/http/drain.js';
import { listeningProblem } from './platform/http/listening-problem.js';
import { shedLoad } from './platform/http/load-shedding.js';
import { openApiDocument } from './platform/http/openapi.js';
import { ProblemFilter, sendProblem, toProblem } from './platform/http/problem-filter.js';
import { RouteTable } from './platform/http/route-table.js';
import { takesMediaType } from './platform/http/zod-decorators.js';
import { PgBossJobQueue } from './platform/jobs/pg-boss-job-queue.js';
import { FolderLock } from './platform/lifecycle/folder-lock.js';
import { createLogger, PinoLoggerService } from './platform/logging/logger.js';
import { DatabaseOutbox } from './platform/outbox/database-outbox.js';
import {
  MEMORY,
  Metrics,
  migrate,
  openDatabase,
  Problem,
  type ProcessRole,
  packageVersion,
  Readiness,
  runsJobs,
  type Settings,
  SystemClock,
} from './platform/platform.api.js';
import { traceRequests } from './platform/telemetry.js';
import { withExamples } from './storefront/api-examples.js';
import { docsOptions } from './storefront/docs-page.js';

/** A running Vitrine. */
export interface RunningApp {
  app: NestFastifyApplication;
  /** Where HTTP listens; null for a worker. */
  url: string | null;
  /** Keys that were made because there were none: to be shown once. */
  madeKeys: MadeKey[];
  /** Acts as admin on this process, from this machine. */
  localToken: string;
  /** Ends requests and jobs that run, then everything else. `inPeace` cuts no kept connection off on which a request may be under way: up to a second longer. */
  close(how?: { inPeace?: boolean }): Promise<void>;
}

/** How an app is made for other purposes than to stay. */
export interface CreateOptions {
  /** False leaves the keys of a first start to be made by a start that shows them. */
  makeKeys?: boolean;
}

/** The longest path parameter in characters: 128 of any Unicode, percent-encoded. */
const LONGEST_PARAMETER = 1_600;
/** Connections that the system holds until they are taken on; beyond, it cuts them off without a word. */
const BACKLOG = 4_096;
/** How long a stop waits for requests and then for jobs; both are idempotent, and a stop may take 10 s in all. */
const REQUESTS_DRAIN_MS = 5_000;
const JOBS_DRAIN_MS = 3_000;

const within = (ms: number, work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms).unref())]);

/** What Node's own parser refuses never becomes a request: it is answered on the socket, as a problem like all others. */
const refuseUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, code, title, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'VIT_REQUEST_HEADERS', 'The address or the headers are too long', 'Address and headers have over 16 kB.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'VIT_REQUEST_TIMEOUT', 'The request took too long to arrive', 'The headers did not arrive in time.']
        : [400, 'VIT_REQUEST_INVALID', 'The request is not valid', 'This is no HTTP request.'];
  const requestId = randomUUID();
  const body = JSON.stringify({
    type: `urn:vitrine:problem:${code}`,
    title,
    status,
    detail,
    instance: '/',
    requestId,
    code,
    ...(status === 400 ? { errors: [{ path: '', message: detail }] } : {}),
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[Number(status)]}\r\ncontent-type: application/problem+json; charset=utf-8\r\nx-request-id: ${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};

/** `/v1/items/?limit=2` is `/v1/items?limit=2`: of calls, not of pages, whose relative links go by their address. */
const withoutLastSlash = (url: string): string =>
  /^\/(v1|health|metrics)\//.test(url) ? url.replace(/^([^?]*[^/?])\/+(?=\?|$)/, '$1') : url;

/** Opens the database, composes the modules and, for roles that answer, listens. The same for the product and its tests. */
export const createApp = async (
  settings: Settings,
  role: ProcessRole,
  options: CreateOptions = {},
): Promise<RunningApp> => {
  const logger = createLogger(settings.logLevel);
  const embedded = settings.databaseUrl === undefined;
  if (embedded && role !== 'all')
    throw new Problem({
      code: 'VIT_CONFIG_DATABASE',
      status: 500,
      fault: 'shop',
      title: 'DATABASE_URL is missing',
      detail:
        'serve and work need a PostgreSQL of their own: set DATABASE_URL (the embedded database belongs to one process, `vitrine start`).',
    });
  const lock = embedded && settings.dataDir !== MEMORY ? FolderLock.take(settings.dataDir) : null;
  const undo: (() => Promise<unknown> | unknown)[] = [() => lock?.release()];
  try {
    const database = await openDatabase(settings, (error) => logger.warn({ err: error }, 'database connection'));
    undo.unshift(() => database.close());
    await migrate(database);
    const outbox = new DatabaseOutbox(database, logger);
    await outbox.start();
    undo.unshift(() => outbox.stop());
    const jobs = new PgBossJobQueue(database, logger, runsJobs(role));
    await jobs.start();
    const localToken = lock?.owner.token ?? randomBytes(32).toString('base64url');
    const parts = { settings, database, outbox, jobs, clock: new SystemClock(), logger, role };

    const adapter = new FastifyAdapter({
      rewriteUrl: (request: IncomingMessage) => withoutLastSlash(request.url ?? '/'),
      routerOptions: { maxParamLength: LONGEST_PARAMETER },
      bodyLimit: 33 * 1024 * 1024,
      genReqId: () => randomUUID(),
      forceCloseConnections: 'idle',
      // What arrives on a kept connection while we stop is still answered.
      return503OnClosing: false,
      frameworkErrors: (error: unknown, request: unknown, reply: unknown) =>
        sendProblem(toProblem(error), request as FastifyRequest, reply as FastifyReply),
      clientErrorHandler: (error, socket) => refuseUnreadable(error, socket),
      // Not all of X-Forwarded-For: what stands left of our own proxies' entries is the caller's to invent.
      trustProxy: settings.publicUrl !== undefined && ((_address: string, hop: number) => hop < settings.proxyHops),
    });
    const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts, localToken), adapter, {
      logger: new PinoLoggerService(logger),
      bodyParser: false,
      abortOnError: false,
    });
    undo.unshift(() => app.close());
    const fastify = adapter.getInstance() as unknown as FastifyInstance;
    // Modules are taken down only after the last request and the last job that use them.
    undo.unshift(() => jobs.stop(JOBS_DRAIN_MS));
    undo.unshift(() => within(REQUESTS_DRAIN_MS, fastify.close()));
    const drain = new Drain(fastify);
    addBodyParsers(fastify);
    await fastify.register(
      multipart as never,
      { limits: { fileSize: 16 * 1024 * 1024, files: 1, fields: 10 } } as never,
    );
    await fastify.register(helmet as never, helmetOptions as never);
    const gate = app.get(AccessGate);
    app.enableCors({
      origin: (origin: string | undefined, answer: (error: Error | null, allowed: boolean) => void) =>
        answer(null, origin !== undefined && gate.originAllowed(origin)),
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type', 'vitrine-visitor'],
      exposedHeaders: ['retry-after', 'x-request-id'],
      maxAge: 86_400,
    });
    const routes = new RouteTable(app.get(ModulesContainer));
    if (settings.metricsOpen) routes.open('GET', '/metrics');
    app.useGlobalFilters(new ProblemFilter(() => routes, logger));
    traceRequests(fastify);
    shedLoad(fastify, app.get(Metrics));
    judgeRequests(fastify, gate, routes, settings);
    measureRequests(fastify, app.get(Metrics));
    const document = withExamples(
      openApiDocument(routes, packageVersion, settings.publicUrl),
    ) as unknown as OpenAPIObject;
    SwaggerModule.setup('docs', app, document, docsOptions);
    await app.init();
    await fastify.ready();
    const madeKeys = options.makeKeys === false ? [] : await app.get(KeyRing).makeMissing();
    const readiness = app.get(Readiness);
    let url: string | null = null;
    if (role !== 'worker') {
      await app.listen({ port: settings.port, host: settings.host, backlog: BACKLOG }).catch((error: unknown) => {
        throw listeningProblem(error, settings);
      });
      const { port } = app.getHttpServer().address() as AddressInfo;
      url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`;
      lock?.announce(url);
    }
    jobs.admitSuspects();
    let closing: Promise<void> | undefined;
    return {
      app,
      url,
      madeKeys,
      localToken,
      close: ({ inPeace = false } = {}) => {
        readiness.require('running', () => 'shutting down');
        const drained = inPeace ? drain.run(fastify.server, REQUESTS_DRAIN_MS) : Promise.resolve();
        closing ??= drained.then(() => closeAll(undo));
        return closing;
      },
    };
  } catch (error) {
    await closeAll(undo).catch(() => undefined);
    throw error;
  }
};

/** HTTP first, so that no request meets a closed database; then jobs, outbox, database, lock. */
const closeAll = async (undo: readonly (() => Promise<unknown> | unknown)[]): Promise<void> => {
  let failure: unknown;
  for (const step of undo) {
    try {
      await step();
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure) throw failure;
};

const helmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:', 'https:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      formAction: ["'self'"],
    },
  },
  // Shops on other origins load our pictures and the widget.
  crossOriginResourcePolicy: { policy: 'cross-origin' },
  crossOriginEmbedderPolicy: false,
  // Said by the proxy that speaks TLS; on plain http it would be wrong.
  strictTransportSecurity: false,
};

const header = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

const judgeRequests = (fastify: FastifyInstance, gate: AccessGate, routes: RouteTable, settings: Settings): void => {
  fastify.addHook('onRequest', async (request: FastifyRequest & { caller?: Caller }, reply) => {
    reply.header('x-request-id', request.id);
    if (request.method === 'OPTIONS') return;
    const route = request.routeOptions.url;
    const path = request.url.split('?')[0]!;
    const known = route === undefined ? undefined : routes.find(request.method, route);
    const needed = known?.role ?? routes.roleAt(path);
    request.caller = gate.judge(
      {
        authorization: request.headers.authorization,
        origin: request.headers.origin,
        fetchSite: header(request.headers['sec-fetch-site']),
        visitorToken: header(request.headers['vitrine-visitor']),
        cookie: request.headers.cookie,
        adminPage: header(request.headers['vitrine-admin']),
        address: request.ip,
        self: settings.publicUrl ?? `${request.protocol}://${request.headers.host}`,
      },
      needed,
    );
    const encoding = request.headers['content-encoding'];
    if (known?.contract.body && encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity') {
      reply.header('accept-encoding', 'identity');
      throw new Problem({
        code: 'VIT_REQUEST_ENCODING',
        status: 415,
        title: 'Not an encoding that is read',
        detail: `Content-Encoding "${encoding.slice(0, 100)}" is not read; send the body as it is, without Content-Encoding.`,
      });
    }
    const type = request.headers['content-type'];
    if (known && type !== undefined && !takesMediaType(known.contract, type))
      throw new Problem({
        code: 'VIT_REQUEST_MEDIA_TYPE',
        status: 415,
        title: 'Not a media type of this call',
        detail: `Content-Type "${type.slice(0, 100)}" is not read here; send ${known.contract.body?.mediaTypes.join(' or ')}.`,
      });
  });
};

const measureRequests = (fastify: FastifyInstance, metrics: Metrics): void => {
  const seconds = metrics.histogram('vitrine_http_seconds', 'Time of a request', ['method', 'route', 'status']);
  fastify.addHook('onResponse', async (request, reply) => {
    seconds.observe(
      { method: request.method, route: request.routeOptions.url ?? 'unknown', status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
};
