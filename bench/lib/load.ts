import autocannon from 'autocannon';
import { Pool } from 'undici';

/** What a load came to. */
export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  failed: number;
}

/**
 * Posts the bodies one after another, again and again, or a newly drawn one each time, over `connections`; at `rate` a second if one is given: then evenly,
 * whatever the answers do, and a time counts from the moment a request was due.
 */
export const postLoad = async (
  url: string,
  key: string,
  bodies: readonly string[] | (() => string),
  { seconds, connections = 16, rate }: { seconds: number; connections?: number; rate?: number },
): Promise<Load> => {
  if (rate !== undefined) return paced(url, key, bodies, { seconds, connections, rate });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const times: number[] = [];
  const instance = autocannon({
    url,
    connections,
    duration: seconds,
    requests:
      typeof bodies === 'function'
        ? [{ method: 'POST', headers, setupRequest: (request) => ({ ...request, body: bodies() }) }]
        : bodies.map((body) => ({ method: 'POST' as const, headers, body })),
  });
  (instance as unknown as NodeJS.EventEmitter).on('response', (_client, _status, _bytes, time: number) => {
    times.push(time);
  });
  const result = await instance;
  return load(result['2xx'] / result.duration, times, result.non2xx + result.errors);
};

/** Autocannon sends what is due in a second at its beginning, all at once; shoppers do not. */
const paced = async (
  url: string,
  key: string,
  bodies: readonly string[] | (() => string),
  { seconds, connections, rate }: { seconds: number; connections: number; rate: number },
): Promise<Load> => {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const times: number[] = [];
  const open = new Set<Promise<void>>();
  let failed = 0;
  const began = performance.now();
  const send = async (number: number): Promise<void> => {
    const due = began + (number * 1_000) / rate;
    const body = typeof bodies === 'function' ? bodies() : bodies[number % bodies.length]!;
    try {
      const answer = await pool.request({ method: 'POST', path: pathname, headers, body });
      await answer.body.dump();
      if (answer.statusCode < 300) times.push(performance.now() - due);
      else failed++;
    } catch {
      failed++;
    }
  };
  for (let number = 0; number < seconds * rate; number++) {
    const wait = began + (number * 1_000) / rate - performance.now();
    if (wait > 0) await new Promise((wake) => setTimeout(wake, wait));
    const one = send(number).finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
  const took = (performance.now() - began) / 1_000;
  await pool.close();
  return load(times.length / took, times, failed);
};

const load = (requestsPerSecond: number, times: number[], failed: number): Load => {
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { requestsPerSecond, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), failed };
};
