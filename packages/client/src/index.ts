import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema.js';

/** The API's shapes by name: `Schemas['RecommendationAnswer']`. */
export type Schemas = components['schemas'];
/** Every route with its parameters, bodies and answers. */
export type { components, operations, paths } from './schema.js';

/** Where a Vitrine is and who calls it. */
export interface ClientOptions {
  /** Scheme and host, such as `https://recommend.example`. */
  url: string;
  /** A server key (back end), a publishable key (pages) or an admin key. */
  key: string;
  /** With a publishable key: the token of the visitor that is acted for (`POST /v1/visitors` gives one). */
  visitorToken?: string;
  /** Another `fetch` than the global one: for tests, proxies, retries. */
  fetch?: (request: Request) => Promise<Response>;
}

/** What an API call that was refused throws under `unwrap`. */
export class VitrineProblem extends Error {
  /** @param problem the RFC 9457 document as it was answered */
  constructor(
    readonly status: number,
    readonly problem: Partial<Schemas['Problem']>,
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = 'VitrineProblem';
  }

  /** `VIT_AREA_WHAT`, for programs to decide by. */
  get code(): string | undefined {
    return this.problem.code;
  }

  /** Seconds to wait before another try; for 429 and 503 answers that say so. */
  retryAfterSeconds: number | null = null;
}

export type VitrineClient = Client<paths>;

/**
 * A client whose paths, parameters, bodies and answers are typed by Vitrine's OpenAPI document. Nothing is thrown for a refused call: look at
 * `error`, or put the call into `unwrap`.
 *
 * @example
 * const vitrine = createVitrineClient({ url: 'http://127.0.0.1:3000', key: 'sk_…' });
 * const { items } = await unwrap(vitrine.POST('/v1/recommendations', { body: { placement: 'home', userId: 'u1' } }));
 */
export const createVitrineClient = ({ url, key, visitorToken, fetch }: ClientOptions): VitrineClient => {
  const client = createClient<paths>({ baseUrl: url.replace(/\/+$/, ''), ...(fetch ? { fetch } : {}) });
  const signed: Middleware = {
    onRequest({ request }) {
      request.headers.set('authorization', `Bearer ${key}`);
      if (visitorToken !== undefined) request.headers.set('vitrine-visitor', visitorToken);
      return request;
    },
  };
  client.use(signed);
  return client;
};

/** The data of a call. @throws VitrineProblem when it was refused. */
export const unwrap = async <T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<Exclude<T, undefined>> => {
  const { data, error, response } = await call;
  if (response.ok) return data as Exclude<T, undefined>;
  const problem = new VitrineProblem(response.status, typeof error === 'object' && error !== null ? error : {});
  const wait = Number(response.headers.get('retry-after'));
  problem.retryAfterSeconds = Number.isFinite(wait) && wait > 0 ? wait : null;
  throw problem;
};

/** Rows as the body of a batch route: one JSON value a line. */
export const ndjson = (rows: Iterable<unknown>): string =>
  `${Array.from(rows, (row) => JSON.stringify(row)).join('\n')}\n`;
