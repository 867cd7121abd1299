import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Logger } from 'pino';
import { isUnreachable, sqlState } from '../database/database-error.js';
import { Problem } from './problem.js';

interface Reply {
  sent: boolean;
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
}

interface Asked {
  id: string;
  url: string;
  method: string;
}

const TITLES: Record<number, [code: string, title: string]> = {
  400: ['VIT_REQUEST_INVALID', 'The request is not valid'],
  404: ['VIT_ROUTE_UNKNOWN', 'Not found'],
  405: ['VIT_ROUTE_METHOD', 'Method not allowed'],
  408: ['VIT_REQUEST_SLOW', 'The request came in too slowly'],
  413: ['VIT_REQUEST_TOO_LARGE', 'The body is too large'],
  414: ['VIT_REQUEST_URI_TOO_LONG', 'The address is too long'],
  415: ['VIT_REQUEST_MEDIA_TYPE', 'This media type is not understood here'],
  429: ['VIT_ACCESS_TOO_MANY', 'Too many requests'],
  503: ['VIT_SERVICE_UNAVAILABLE', 'Not available now'],
};

/** The problem that any error is to the outside: its own, the framework's, or "an error of ours" without a word of its inside. */
export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (isUnreachable(error))
    return new Problem({ code: 'VIT_DATABASE_UNREACHABLE', status: 503, fault: 'shop', title: 'The database is away', detail: 'The database cannot be reached now; nothing of this call was kept. Try again.', retryAfterSeconds: 2, cause: error });
  // Serialisation failures and deadlocks: the same call again succeeds.
  if (['40001', '40P01', '55P03', '57014'].includes(sqlState(error) ?? ''))
    return new Problem({ code: 'VIT_DATABASE_BUSY', status: 503, title: 'Busy', detail: 'The database could not do this now; try again.', retryAfterSeconds: 1, cause: error });
  // A Unicode NUL, or half a surrogate pair, that no text column can hold.
  if (['22021', '22P05'].includes(sqlState(error) ?? ''))
    return new Problem({ code: 'VIT_REQUEST_INVALID', status: 400, title: 'The request is not valid', detail: 'A text holds a character that cannot be stored.', cause: error });
  const status = error instanceof HttpException ? error.getStatus() : Number((error as { statusCode?: unknown }).statusCode);
  if (status >= 400 && status < 600 && status !== 500) {
    const [code, title] = TITLES[status] ?? ['VIT_REQUEST_REFUSED', 'Refused'];
    return new Problem({ code, status, title, detail: (error as Error).message || title, ...(status === 429 || status === 503 ? { retryAfterSeconds: 1 } : {}) });
  }
  return new Problem({ code: 'VIT_INTERNAL', status: 500, title: 'An error of ours', detail: 'Something went wrong inside; it was logged under the request id.', cause: error });
};

/** Every error leaves as RFC 9457 problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<Reply>();
    const request = host.switchToHttp().getRequest<Asked>();
    const problem = problemOf(error);
    if (problem.status >= 500) this.logger.error({ err: problem.cause ?? problem, requestId: request.id, url: request.url.split('?')[0] }, problem.title);
    if (reply.sent) return;
    const body = {
      type: `https://vitrine.dev/problems/${problem.code.toLowerCase().replaceAll('_', '-')}`,
      title: problem.title,
      status: problem.status,
      detail: problem.detail,
      instance: request.url.split('?')[0],
      requestId: request.id,
      code: problem.code,
      ...(problem.errors ? { errors: problem.errors } : {}),
    };
    if (problem.retryAfterSeconds !== undefined || problem.status === 429 || problem.status === 503) reply.header('retry-after', String(problem.retryAfterSeconds ?? 1));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="vitrine"');
    reply.status(problem.status).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(body));
  }
}
