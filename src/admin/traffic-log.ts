import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CLOCK, type Clock } from '../platform/platform.api.js';

const MINUTE_MS = 60_000;
const KEPT_MINUTES = 360;
/** Times are counted in bins a fifth wider each: quantiles are right to about 10 %. */
const BINS = 80;
const GROWTH = 1.2;
const FIRST_MS = 0.05;

export const Traffic = z
  .object({
    since: z.string().describe('Start of this process'),
    minutes: z.array(
      z.object({
        at: z.string(),
        requests: z.int().describe('Calls under /v1'),
        lists: z.int().describe('Recommendations and searches among them'),
        failed: z.int().describe('Answered with 5xx'),
        p50: z.number().nullable().describe('Milliseconds of a recommendation or search, median'),
        p95: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'Traffic' });
export type Traffic = z.infer<typeof Traffic>;

interface Minute {
  at: number;
  requests: number;
  lists: number;
  failed: number;
  times: Uint32Array;
}

const LISTS = /^\/v1\/(recommendations|search|popular|items\/:id\/(similar|bought-together))$/;

/** Calls of this process by minute, for the last six hours, in memory: about 2 kB a minute that had any. */
@Injectable()
export class TrafficLog implements OnModuleInit {
  private minutes: Minute[] = [];
  private readonly since: Date;

  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.since = clock.now();
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance() as FastifyInstance;
    fastify.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? '';
      if (route.startsWith('/v1/') && !route.startsWith('/v1/admin/') && !route.startsWith('/v1/pictures/'))
        this.note(LISTS.test(route), reply.statusCode, reply.elapsedTime);
    });
  }

  /** Counts one call. */
  note(isList: boolean, status: number, elapsedMs: number): void {
    const at = Math.floor(this.clock.now().getTime() / MINUTE_MS) * MINUTE_MS;
    let minute = this.minutes.at(-1);
    if (minute?.at !== at) {
      minute = { at, requests: 0, lists: 0, failed: 0, times: new Uint32Array(BINS) };
      this.minutes.push(minute);
      while (this.minutes[0]!.at < at - KEPT_MINUTES * MINUTE_MS) this.minutes.shift();
    }
    minute.requests += 1;
    if (status >= 500) minute.failed += 1;
    if (!isList || status >= 400) return;
    minute.lists += 1;
    const bin = Math.floor(Math.log(Math.max(elapsedMs, FIRST_MS) / FIRST_MS) / Math.log(GROWTH));
    minute.times[Math.min(BINS - 1, bin)]! += 1;
  }

  read(): Traffic {
    return {
      since: this.since.toISOString(),
      minutes: this.minutes.map(({ at, requests, lists, failed, times }) => ({
        at: new Date(at).toISOString(),
        requests,
        lists,
        failed,
        p50: quantile(times, lists, 0.5),
        p95: quantile(times, lists, 0.95),
      })),
    };
  }
}

/** The middle of the bin in which the quantile lies, in milliseconds; null without a time. */
const quantile = (times: Uint32Array, count: number, share: number): number | null => {
  if (count === 0) return null;
  let seen = 0;
  const wanted = Math.ceil(share * count);
  for (let bin = 0; bin < BINS; bin++) {
    seen += times[bin]!;
    if (seen >= wanted) return Math.round(FIRST_MS * GROWTH ** (bin + 0.5) * 1000) / 1000;
  }
  return null;
};
