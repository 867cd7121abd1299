import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isUnreachable, sqlState, unreachable } from '../database/database-error.js';
import { pseudonym } from '../logging/pseudonym.js';
import { diskFull, Problem } from './problem.js';
import type { RouteTable } from './route-table.js';

const known: Record<number, [code: string, title: string]> = {
  400: ['VIT_REQUEST_INVALID', 'The request is not valid'],
  401: ['VIT_ACCESS_KEY', 'A key is needed'],
  403: ['VIT_ACCESS_ROLE', 'Not allowed'],
  404: ['VIT_ROUTE_UNKNOWN', 'Not found'],
  405: ['VIT_ROUTE_METHOD', 'Not this way'],
  408: ['VIT_REQUEST_TIMEOUT', 'The request took too long to arrive'],
  413: ['VIT_REQUEST_TOO_LARGE', 'The request is too large'],
  414: ['VIT_REQUEST_PATH_TOO_LONG', 'The address is too long'],
  415: ['VIT_REQUEST_MEDIA_TYPE', 'Not a media type of this call'],
  429: ['VIT_ACCESS_TOO_MANY', 'Too many requests'],
  503: ['VIT_SERVICE_UNAVAILABLE', 'Not now'],
};

const fromStatus = (status: number, detail: string, cause: unknown): Problem => {
  const [code, title] = known[status] ?? ['VIT_REQUEST_REFUSED', 'The request was refused'];
  return new Problem({ code, status, title, detail, cause, ...(status === 503 ? { retryAfterSeconds: 2 } : {}) });
};

const internal = (cause: unknown): Problem =>
  new Problem({
    code: 'VIT_INTERNAL',
    status: 500,
    title: 'Something went wrong inside',
    detail: 'This is a mistake of Vitrine, not of the call; the log tells more under this requestId.',
    cause,
  });

const details: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this call takes: 32 MB for JSON, 15 MB for a picture.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The Content-Type of this body is not one that this call reads.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The Content-Length does not fit the body.',
  FST_ERR_BAD_URL: 'The address is not valid percent-encoded UTF-8.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the address is longer than 1,600 characters.',
  FST_REQ_FILE_TOO_LARGE: 'The file is larger than 15 MB.',
};

/** By the system's word, by PostgreSQL's (53100, or an I/O error that quotes the system), or by that of the embedded one. */
const isDiskFull = (error: unknown, state: string | undefined): boolean => {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  return (
    code === 'ENOSPC' || code === 'EDQUOT' || state === '53100' || /no space left on device|\bENOSPC\b/i.test(message)
  );
};

/** What any error is to the caller: never a stack, never SQL. */
export const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (isUnreachable(error)) return unreachable(error);
  const state = sqlState(error);
  if (isDiskFull(error, state)) return diskFull(error);
  if (state === '22021' || state === '22P05')
    return new Problem({
      code: 'VIT_REQUEST_TEXT',
      status: 400,
      title: 'The request is not valid',
      detail: 'A text holds a character that can not be stored (NUL).',
      cause: error,
    });
  // Data exceptions (a number too large for its column, half a surrogate pair in JSON, a time beyond the calendar): the value's fault, not ours.
  if (state === '22003' || state === '22P02' || state === '22008')
    return new Problem({
      code: 'VIT_REQUEST_VALUE',
      status: 400,
      title: 'The request is not valid',
      detail: 'A value is too large, or not of a form that can be stored.',
      cause: error,
    });
  // Serialisation failures, deadlocks, locks that were not had: the same call again succeeds.
  if (state !== undefined && ['40001', '40P01', '55P03', '57014'].includes(state))
    return new Problem({
      code: 'VIT_DATABASE_BUSY',
      status: 503,
      title: 'Busy',
      detail: 'The database could not do this now; try again.',
      retryAfterSeconds: 1,
      cause: error,
    });
  if (state !== undefined) return internal(error);
  const { code = '', statusCode } = (error ?? {}) as { code?: string; statusCode?: number };
  if (details[code] !== undefined) return fromStatus(statusCode ?? 400, details[code], error);
  if (error instanceof HttpException) {
    const inner = (error.cause ?? {}) as { code?: string };
    return fromStatus(error.getStatus(), details[inner.code ?? ''] ?? error.message, error);
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return fromStatus(statusCode, (error as Error).message, error);
  return internal(error);
};

/** Sends a problem as `application/problem+json`. */
export const sendProblem = (problem: Problem, request: FastifyRequest, reply: FastifyReply): void => {
  const { status, title, detail, code, errors, retryAfterSeconds } = problem;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
  else if (status === 503 || status === 429) void reply.header('retry-after', '2');
  // Fastify would close after a 413 while the body still comes, which resets the connection before the client has read why:
  // kept open, what still comes is read away unseen.
  if (status === 413) void reply.removeHeader('connection');
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  void reply
    .status(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(
      JSON.stringify({
        type: `urn:vitrine:problem:${code}`,
        title,
        status,
        detail,
        instance: request.url.slice(0, 2_000),
        requestId: request.id,
        code,
        ...(errors === undefined ? (status === 400 ? { errors: [{ path: '', message: detail }] } : {}) : { errors }),
      }),
    );
};

/** Where it happened: the route, and whom of people it was about by pseudonym. */
const placeOf = (request: FastifyRequest): { route: string; person?: string } => {
  const route = request.routeOptions.url ?? 'unknown';
  const { id } = (request.params ?? {}) as { id?: string };
  return /\/(users|visitors)\/:id/.test(route) && id !== undefined ? { route, person: pseudonym(id) } : { route };
};

/** The one way out for errors of every kind, the framework's own included. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: () => RouteTable | undefined,
    private readonly logger: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    let problem = toProblem(error);
    if (problem.code === 'VIT_ROUTE_UNKNOWN') {
      const pathname = request.url.split('?')[0] ?? '';
      const methods = this.routes()?.methodsAt(pathname) ?? [];
      if (methods.length > 0) {
        void reply.header('allow', methods.join(', '));
        problem = fromStatus(
          405,
          `${request.method} is not answered at ${pathname.slice(0, 200)}; ${methods.join(', ')} ${methods.length === 1 ? 'is' : 'are'}.`,
          error,
        );
      } else
        problem = fromStatus(
          404,
          `There is nothing at ${request.method} ${pathname.slice(0, 200)}; /openapi.json lists all calls.`,
          error,
        );
    }
    // An overload is told by its metric: a line for each refusal would be a load of its own.
    if (problem.status >= 500 && problem.code !== 'VIT_OVERLOADED')
      this.logger.error(
        {
          err: problem.cause ?? problem,
          code: problem.code,
          requestId: request.id,
          method: request.method,
          ...placeOf(request),
        },
        problem.detail,
      );
    if (reply.sent) return;
    sendProblem(problem, request, reply);
  }
}
