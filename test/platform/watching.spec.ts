import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/platform.api.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

interface Seen {
  name: string;
  parent: string | null;
  attributes: Attributes;
  ended: boolean;
}
const seen: Seen[] = [];

/** What an SDK is to us: it keeps the spans that it is given, and carries the context along. */
class Recorder {
  private readonly names = new WeakMap<Span, string>();

  getTracer(): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}, within: Context = context.active()): Span => {
      const parent = trace.getSpan(within);
      const entry: Seen = {
        name,
        parent: (parent && this.names.get(parent)) ?? null,
        attributes: { ...options.attributes },
        ended: false,
      };
      const span = Object.assign(Object.create(trace.wrapSpanContext(INVALID_SPAN_CONTEXT)) as Span, {
        setAttribute: (key: string, value: string | number) => {
          entry.attributes[key] = value;
          return span;
        },
        setStatus: () => span,
        end: () => {
          entry.ended = true;
        },
      });
      this.names.set(span, name);
      seen.push(entry);
      return span;
    };
    return {
      startSpan,
      startActiveSpan: (name: string, options: SpanOptions, work: (span: Span) => unknown) => {
        const span = startSpan(name, options);
        return context.with(trace.setSpan(context.active(), span), () => work(span));
      },
    } as Tracer;
  }
}
class Contexts implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();
  active = () => this.storage.getStore() ?? ROOT_CONTEXT;
  with = ((given: Context, work: (...args: unknown[]) => unknown, self: unknown, ...args: unknown[]) =>
    this.storage.run(given, () => work.apply(self, args))) as ContextManager['with'];
  bind: ContextManager['bind'] = (_given, target) => target;
  enable = () => this;
  disable = () => this;
}

describe('whoever watches over it', () => {
  let shop: OpenShop;
  beforeAll(async () => {
    trace.setGlobalTracerProvider(new Recorder());
    context.setGlobalContextManager(new Contexts());
    shop = await openShop(testDatabases()[0]!, { LOG_LEVEL: 'fatal', VITRINE_CONSENT: 'implied' });
    await shop.fill([
      { id: 'a', title: 'Lamp' },
      { id: 'b', title: 'Chair' },
    ]);
  });
  afterAll(async () => {
    await shop?.close();
    trace.disable();
    context.disable();
  });
  const metrics = async () =>
    (await fetch(`${shop.running.url}/metrics`, { headers: { authorization: `Bearer ${testKeys.admin}` } })).text();

  it('finds every number of the dashboard among the metrics', async () => {
    const dashboard = JSON.parse(readFileSync(join(packageRoot, 'deploy', 'grafana', 'vitrine.json'), 'utf8')) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    const known = new Map(
      [...(await metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]),
    );
    const series = new Set(
      [...known].flatMap(([name, type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
    const asked = dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr }) => [...expr.matchAll(/\bvitrine_\w+/g)].map(([name]) => ({ title, name }))),
    );
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter(({ name }) => !series.has(name))).toEqual([]);
  });

  it('measures every stage', async () => {
    await shop.call('POST', '/v1/events', { type: 'view', userId: 'u1', itemId: 'a' });
    await shop.recommend({ placement: 'home', userId: 'u1', context: { text: 'something bright' } });
    const deadline = Date.now() + 20_000;
    const stages = [
      'recommend.question',
      'recommend.candidates',
      'recommend.ranking',
      'encode.text',
      'embed.item',
      'fuse',
    ];
    const wanted = [...stages, 'events.commit', 'outbox.deliver', 'impressions.write'];
    let missing = wanted;
    while (missing.length > 0 && Date.now() < deadline) {
      const text = await metrics();
      missing = wanted.filter((name) => !text.includes(`vitrine_stage_seconds_count{stage="${name}"}`));
    }
    expect(missing).toEqual([]);
    expect(await metrics()).toMatch(/vitrine_job_seconds_count\{job="embedding.item",outcome="done"\} \d/);
    expect(await metrics()).toMatch(/vitrine_jobs\{job="embedding.item",state="waiting"\} \d/);
  });

  it('sees a span for each request and its stages below it, and nobody by name', async () => {
    seen.length = 0;
    await shop.call('POST', '/v1/events', { type: 'view', userId: 'anna@example.com', itemId: 'a' });
    await shop.recommend({ placement: 'home', userId: 'anna@example.com' });
    await shop.call('GET', '/v1/users/anna%40example.com/consent');
    const of = (name: string) => seen.filter((span) => span.name === name);
    expect(of('recommend.candidates')[0]).toMatchObject({ parent: 'POST /v1/recommendations', ended: true });
    expect(of('recommend.question')[0]!.parent).toBe('POST /v1/recommendations');
    expect(of('POST /v1/recommendations')[0]).toMatchObject({
      parent: null,
      attributes: { 'http.request.method': 'POST', 'http.route': '/v1/recommendations' },
    });
    expect(of('GET /v1/users/:id/consent')).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain('anna');
  });
});
