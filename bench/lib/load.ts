import autocannon from 'autocannon';

/** What a load came to. */
export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  failed: number;
}

/** Posts the bodies one after another, again and again, or a newly drawn one each time, over `connections`; at `rate` a second if one is given. */
export const postLoad = async (
  url: string,
  key: string,
  bodies: readonly string[] | (() => string),
  { seconds, connections = 16, rate }: { seconds: number; connections?: number; rate?: number },
): Promise<Load> => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const times: number[] = [];
  const instance = autocannon({
    url,
    connections,
    duration: seconds,
    overallRate: rate,
    requests:
      typeof bodies === 'function'
        ? [{ method: 'POST', headers, setupRequest: (request) => ({ ...request, body: bodies() }) }]
        : bodies.map((body) => ({ method: 'POST' as const, headers, body })),
  });
  (instance as unknown as NodeJS.EventEmitter).on('response', (_client, _status, _bytes, time: number) => {
    times.push(time);
  });
  const result = await instance;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    requestsPerSecond: result['2xx'] / result.duration,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    failed: result.non2xx + result.errors,
  };
};
