import sharp from 'sharp';
import { createApp, type RunningApp } from '../../src/app.factory.js';
import { loadSettings } from '../../src/platform/platform.api.js';
import type { TestDatabase } from '../support/databases.js';
import { testEnvironment, testKeys } from '../support/running-vitrine.js';

export interface Reason {
  source: string;
  share: number;
  because?: { itemId?: string; index?: number; image?: number; imageId?: string; text?: string };
}
export interface Shown {
  id: string;
  rank: number;
  score: number;
  placedBy: string;
  item: { title: string; availability: string };
  reasons: Reason[];
  penalties: { source: string; amount: number }[];
}
export interface Answer {
  requestId: string;
  placement: string;
  personalized: boolean;
  fallback: string | null;
  warnings: string[];
  items: Shown[];
  model: Record<string, string>;
  tookMs: number;
  debug?: { plan: string; selectivity: number; candidates: number; milliseconds: number };
  code?: string;
  errors?: { path: string; message: string }[];
}

export interface OpenShop {
  running: RunningApp;
  call<T = Answer>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: T }>;
  recommend(request: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  /** Puts items and waits until all of them can be found by their vectors. */
  fill(items: readonly Record<string, unknown>[]): Promise<void>;
  close(): Promise<void>;
}

/** A Vitrine inside the test's process, empty, with the bundled encoder. */
export const openShop = async (database: TestDatabase, extra: Record<string, string> = {}): Promise<OpenShop> => {
  const installation = await database.install();
  const env = testEnvironment({ ...installation.env, LOG_LEVEL: 'error', ...extra });
  const running = await createApp(loadSettings({ env, envFolder: null }).settings, 'all');
  const call = async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(running.url + path, {
      method,
      headers: {
        authorization: `Bearer ${testKeys.server}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : null) as T };
  };
  const settled = async (id: string): Promise<boolean> => {
    const { body } = await call<Answer>('GET', `/v1/items/${encodeURIComponent(id)}/similar?limit=100`);
    return body.items.some(({ reasons }) => reasons.some(({ source }) => source === 'context.item'));
  };
  return {
    running,
    call,
    async recommend(request, headers) {
      const { status, body } = await call<Answer>('POST', '/v1/recommendations', request, headers);
      if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
      return body;
    },
    async fill(items) {
      for (const item of items) {
        const { status, body } = await call('PUT', `/v1/items/${encodeURIComponent(String(item.id))}`, item);
        if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
      }
      for (const { id } of items) {
        for (let tries = 0; !(await settled(String(id))); tries++) {
          if (tries > 600) throw new Error(`"${id}" was not embedded within a minute`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },
    async close() {
      await running.close();
      await installation.remove();
    },
  };
};

/** A picture of one shape in one colour on white, as base64 JPEG; `turn` makes another photograph of the same thing. */
export const pictureOf = async (shape: 'circle' | 'square' | 'bars', colour: string, turn = 0): Promise<string> => {
  const inside = {
    circle: `<circle cx="112" cy="112" r="${80 - turn * 4}" fill="${colour}"/>`,
    square: `<rect x="${40 + turn * 3}" y="40" width="140" height="140" fill="${colour}"/>`,
    bars: [0, 1, 2, 3]
      .map((bar) => `<rect x="${25 + bar * 48}" y="${30 + turn * 3}" width="24" height="160" fill="${colour}"/>`)
      .join(''),
  }[shape];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224"><rect width="224" height="224" fill="white"/>${inside}</svg>`;
  return (await sharp(Buffer.from(svg)).jpeg({ quality: 92 }).toBuffer()).toString('base64');
};
