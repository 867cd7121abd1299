import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { type OpenApi, type Operation, readOpenApi, type Schema } from '../support/openapi.js';
import { testKeys } from '../support/running-vitrine.js';
import { brokenValuesOf, misfits, valuesOf } from '../support/schema-values.js';
import { noteTrust } from '../support/trust-table.js';

/** Requests of each kind to each call. */
const EACH = process.env.VITRINE_TEST_SUITE === 'trust' ? 150 : 8;
/** However slow the machine is. */
const MOST_MS = EACH > 8 ? 3_600_000 : 900_000;
/** Calls that start long work are tried less often. */
const HEAVY = /\/admin\/(training|map|indexes\/build|indexes\/verify|quality)$|\/embeddings$|\/classify$/;

/** What an answer must never give away: stacks, queries, the names of our files. */
const INSIDES =
  /\n\s+at |node_modules|\.(js|ts):\d+:\d+|\bselect .+ from \w|insert into|syntax error at|violates |SQLSTATE|relation "|column "|pg_catalog|kysely|ECONN/i;

/** Half a surrogate pair can not be sent in an address. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

interface Sent {
  query: Record<string, unknown>;
  path: Record<string, unknown>;
  body: unknown;
}

describe.each(testDatabases())('whatever is asked of it, on the $name', (database) => {
  let shop: OpenShop;
  let api: OpenApi;
  const count = { requests: 0, accepted: 0, refused: 0, bad: 0 };
  beforeAll(async () => {
    shop = await openShop(database, { LOG_LEVEL: 'fatal', VITRINE_CONSENT: 'implied' });
    api = await readOpenApi(shop.running.url!);
  });
  afterAll(() => shop?.close());

  const send = async (operation: Operation, { path, query, body }: Sent) => {
    const address = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
      const value = String(path[name]);
      // A dot segment, or an empty one, would be another address; that is the client's own doing.
      return /^\.{0,2}$/.test(value) ? 'dot' : encodeURIComponent(wellFormed(value));
    });
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      search.set(name, wellFormed(typeof value === 'object' ? JSON.stringify(value) : String(value)));
    const type = Object.keys(operation.bodies)[0];
    const lines = type?.includes('ndjson') ?? false;
    const response = await fetch(`${shop.running.url}${address}?${search}`, {
      method: operation.method,
      headers: {
        authorization: `Bearer ${testKeys.admin}`,
        ...(type === undefined || type === 'multipart/form-data' ? {} : { 'content-type': type }),
        ...(type === 'multipart/form-data' ? { 'content-type': 'image/png' } : {}),
      },
      body:
        type === undefined
          ? undefined
          : lines
            ? (body as unknown[]).map((line) => JSON.stringify(line)).join('\n')
            : type === 'multipart/form-data'
              ? Buffer.from(String(body))
              : JSON.stringify(body),
    });
    return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
  };

  const check = async (operation: Operation, sent: Sent, mustRefuse: boolean): Promise<void> => {
    const { status, type, text } = await send(operation, sent);
    const what = `${operation.method} ${operation.path} → ${status} ${text.slice(0, 600)}`;
    count.requests++;
    if (status === 503 && operation.path === '/health/ready') return;
    expect(status, what).toBeLessThan(500);
    expect(text, what).not.toMatch(INSIDES);
    if (status >= 400) {
      count.refused++;
      expect(type, what).toMatch(/^application\/problem\+json/);
      const problem = JSON.parse(text) as Record<string, unknown>;
      expect(misfits(problem, { $ref: '#/components/schemas/Problem' }, api), what).toEqual([]);
      expect(problem, what).toMatchObject({ status, code: expect.stringMatching(/^VIT_[A-Z_]+$/) });
      if (status === 400) expect(Array.isArray(problem.errors), what).toBe(true);
      return;
    }
    expect(mustRefuse, `not refused: ${what} ${JSON.stringify(sent).slice(0, 600)}`).toBe(false);
    count.accepted++;
    expect(Object.keys(operation.answers), what).toContain(String(status));
    const schema = operation.answers[String(status)];
    if (schema && type.startsWith('application/json')) expect(misfits(JSON.parse(text), schema, api), what).toEqual([]);
  };

  const parametersOf = (operation: Operation, place: 'path' | 'query') =>
    fc.record(
      Object.fromEntries(
        operation.parameters
          .filter((parameter) => parameter.in === place)
          .map(({ name, schema }) => [name, valuesOf(schema, api, name)]),
      ),
      place === 'path' ? {} : { requiredKeys: [] },
    );
  const requestsOf = (operation: Operation, body: (schema: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<Sent> => {
    const [type, schema] = Object.entries(operation.bodies)[0] ?? [];
    return fc.record({
      path: parametersOf(operation, 'path'),
      query: parametersOf(operation, 'query'),
      body:
        schema === undefined
          ? fc.constant(undefined)
          : type!.includes('ndjson')
            ? fc.array(body(schema), { minLength: 1, maxLength: 5 })
            : type === 'multipart/form-data'
              ? fc.string({ maxLength: 200 })
              : body(schema),
    }) as fc.Arbitrary<Sent>;
  };
  const runs = (operation: Operation) => ({
    numRuns: HEAVY.test(operation.path) ? Math.ceil(EACH / 6) : EACH,
    seed: 20_26,
    endOnFailure: process.env.VITRINE_TEST_SHRINK !== 'on',
  });
  /** Everything that is wrong, not just the first of it. */
  const gather = async (attempts: readonly (() => Promise<void>)[]): Promise<string[]> => {
    const wrong: string[] = [];
    for (const attempt of attempts)
      await attempt().catch((error: Error) => {
        wrong.push(`${(error.cause as Error | undefined)?.message ?? ''} ${error.message}`.slice(0, 1_500));
      });
    return wrong;
  };
  // Signing out, and revoking keys of this suite, would end it.
  const tried = () => api.operations.filter(({ path }) => !path.startsWith('/v1/admin/session'));

  it(
    'answers requests that fit the document as the document says',
    async () => {
      const attempts = tried().map(
        (operation) => () =>
          fc.assert(
            fc.asyncProperty(
              requestsOf(operation, (schema) => valuesOf(schema, api)),
              (sent) => check(operation, sent, false),
            ),
            runs(operation),
          ),
      );
      expect(await gather(attempts)).toEqual([]);
      // Most of what was made up must be real work, or the walk proves little.
      expect(count.accepted / count.requests).toBeGreaterThan(0.4);
    },
    MOST_MS,
  );

  it(
    'refuses bodies that do not fit it, and says why',
    async () => {
      const attempts = tried().flatMap((operation) => {
        const [type, schema] = Object.entries(operation.bodies)[0] ?? [];
        if (schema === undefined || type === 'multipart/form-data') return [];
        // A batch answers 200 and names its bad lines.
        const mustRefuse = !type!.includes('ndjson');
        const broken = requestsOf(operation, (body) => brokenValuesOf(body, api));
        return () => {
          count.bad += runs(operation).numRuns;
          return fc.assert(
            fc.asyncProperty(broken, (sent) => check(operation, sent, mustRefuse)),
            runs(operation),
          );
        };
      });
      expect(await gather(attempts)).toEqual([]);
    },
    MOST_MS,
  );

  it(
    'refuses parameters that do not fit',
    async () => {
      const wrong = fc.constantFrom<unknown>(
        ...['', ' ', 'x', '-1', '0', '1e9', 'NaN', '[]', '{"a":{}}', '\u0000', '%', 'ü'.repeat(300), '../..'],
      );
      const attempts = tried().flatMap((operation) => {
        const parameters = operation.parameters.filter((parameter) => parameter.in !== 'header');
        if (parameters.length === 0 || Object.keys(operation.bodies).length > 0) return [];
        const of = (place: 'path' | 'query') =>
          fc.record(
            Object.fromEntries(parameters.filter((each) => each.in === place).map(({ name }) => [name, wrong])),
          );
        const twisted = fc.record({ path: of('path'), query: of('query'), body: fc.constant(undefined) });
        const unknown = parametersOf(operation, 'path').map((path) => ({
          path,
          query: { nonsense: 1 },
          body: undefined,
        }));
        const takesQuery = parameters.some((each) => each.in === 'query');
        count.bad += runs(operation).numRuns + 2;
        return [
          () =>
            fc.assert(
              fc.asyncProperty(twisted, (sent) => check(operation, sent as Sent, false)),
              runs(operation),
            ),
          () =>
            fc.assert(
              fc.asyncProperty(unknown, (sent) => check(operation, sent, takesQuery)),
              { ...runs(operation), numRuns: 2 },
            ),
        ];
      });
      expect(await gather(attempts)).toEqual([]);
    },
    MOST_MS,
  );

  it('refuses as a problem what never becomes a request', async () => {
    const raw = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const { hostname, port } = new URL(shop.running.url!);
        const socket = connect(Number(port), hostname, () => socket.write(text));
        let heard = '';
        socket.on('data', (chunk) => (heard += chunk));
        socket.on('close', () => resolve(heard));
        socket.on('error', reject);
      });
    for (const [text, status] of [
      [`GET /v1/popular?filter=${'0'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431],
      ['NONSENSE\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ] as const) {
      const [head, body] = (await raw(text)).split('\r\n\r\n') as [string, string];
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toContain('application/problem+json');
      expect(misfits(JSON.parse(body), { $ref: '#/components/schemas/Problem' }, api)).toEqual([]);
    }
  });

  it('keeps serving afterwards', async () => {
    noteTrust({
      what: `made-up requests on the ${database.name}`,
      requests: count.requests,
      badInputs: count.bad,
    });
    expect((await shop.call('GET', '/v1/items')).status).toBe(200);
    expect((await shop.recommend({ placement: 'home' })).items).toBeDefined();
  });
});
