import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Problem, type Role } from '../platform/platform.api.js';

/** Requests a second that are refilled, and how many may come at once: by key and address. */
const LIMITS: Record<'none' | Role | 'refused' | 'signIn', { perSecond: number; burst: number }> = {
  none: { perSecond: 50, burst: 300 },
  publishable: { perSecond: 100, burst: 600 },
  server: { perSecond: 20_000, burst: 40_000 },
  admin: { perSecond: 20_000, burst: 40_000 },
  // Keys that are wrong: guessing is slow.
  refused: { perSecond: 2, burst: 60 },
  // Sign-ins that failed: those that succeed are given back.
  signIn: { perSecond: 0.2, burst: 10 },
};

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by key and address, in this process's memory. */
@Injectable()
export class RateLimits {
  private readonly buckets = new LRUCache<string, Bucket>({ max: 100_000 });

  /** Takes one request from the bucket. @throws Problem 429 with the seconds to wait. */
  take(kind: keyof typeof LIMITS, who: string, nowMs = performance.now()): void {
    const { perSecond, burst } = LIMITS[kind];
    const name = `${kind} ${who}`;
    const bucket = this.buckets.get(name) ?? { tokens: burst, at: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.at) / 1000) * perSecond);
    bucket.at = nowMs;
    this.buckets.set(name, bucket);
    if (bucket.tokens < 1) {
      const retryAfterSeconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
      throw new Problem({
        code: 'VIT_ACCESS_TOO_MANY',
        status: 429,
        fault: 'caller',
        title: 'Too many requests',
        detail: `More than ${kind === 'signIn' ? `${burst} failed sign-ins` : `${perSecond} requests a second`} from this key and address; try again in ${retryAfterSeconds} s.`,
        retryAfterSeconds,
      });
    }
    bucket.tokens -= 1;
  }

  /** Returns a request that should not have counted. */
  giveBack(kind: keyof typeof LIMITS, who: string): void {
    const bucket = this.buckets.get(`${kind} ${who}`);
    if (bucket) bucket.tokens = Math.min(LIMITS[kind].burst, bucket.tokens + 1);
  }
}
