import { request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../metrics.js';
import { shedLoad } from './load-shedding.js';

describe('more than can be answered in good time', () => {
  const fastify = Fastify({ forceCloseConnections: true });
  const metrics = new Metrics();
  const doors: (() => void)[] = [];
  let url: string;
  beforeAll(async () => {
    shedLoad(fastify, metrics, { requests: 2, bytes: 1_000_000 });
    fastify.post('/work', () => new Promise((resolve) => doors.push(() => resolve('done'))));
    fastify.get('/health/live', async () => 'alive');
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    url = `http://127.0.0.1:${(fastify.server.address() as AddressInfo).port}`;
  });
  afterAll(() => fastify.close());
  const work = (signal?: AbortSignal) =>
    fetch(`${url}/work`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' }, signal });
  const atWork = async (count: number) => {
    while (doors.length < count) await new Promise((wake) => setTimeout(wake, 5));
  };

  it('is refused at once with a time to wait, and taken on again when there is room', async () => {
    const first = [work(), work()];
    await atWork(2);
    const refused = await work();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      code: 'VIT_OVERLOADED',
      requestId: refused.headers.get('x-request-id'),
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    for (const open of doors.splice(0)) open();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    const later = work();
    await atWork(1);
    for (const open of doors.splice(0)) open();
    expect((await later).status).toBe(200);
    expect(await metrics.registry.metrics()).toMatch(/^vitrine_http_shed_total 1$/m);
  });

  it('does not give a place to who sends slowly, and counts the work of callers who left', async () => {
    const slow = Array.from({ length: 5 }, () => {
      const sent = ask(`${url}/work`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': 50 },
      });
      sent.on('error', () => undefined);
      sent.write('{');
      return sent;
    });
    await new Promise((wake) => setTimeout(wake, 50));
    const leaving = new AbortController();
    const gone = [work(leaving.signal), work(leaving.signal)].map((call) => call.catch(() => 'gone'));
    await atWork(2);
    leaving.abort();
    expect(await Promise.all(gone)).toEqual(['gone', 'gone']);
    expect((await work()).status).toBe(503);
    for (const open of doors.splice(0)) open();
    const later = work();
    await atWork(1);
    for (const open of doors.splice(0)) open();
    expect((await later).status).toBe(200);
    for (const each of slow) each.destroy();
  });
});
