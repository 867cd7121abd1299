import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createApp, type RunningApp } from '../../src/app.factory.js';
import { ENCODER, type Encoder } from '../../src/embedding/embedding.api.js';
import { ActiveFusion } from '../../src/fusion/fusion.api.js';
import { loadSettings } from '../../src/platform/platform.api.js';
import type { Answer } from '../recommendation/open-shop.js';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { testEnvironment, testKeys } from '../support/running-vitrine.js';
import { writeTinyClip } from '../support/tiny-clip.js';

describe.each(testDatabases().filter(({ name }) => name === 'PostgreSQL'))(
  'another encoder on the $name',
  (database) => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-other-encoder-'));
    let installation: TestInstallation | undefined;
    let running: RunningApp | undefined;
    afterAll(async () => {
      await running?.close();
      await installation?.remove();
      rmSync(folder, { recursive: true, force: true });
    });
    const open = async (extra: Record<string, string>): Promise<RunningApp> =>
      createApp(
        loadSettings({ env: testEnvironment({ ...installation!.env, LOG_LEVEL: 'error', ...extra }), envFolder: null })
          .settings,
        'all',
      );
    const call = async <T = Answer>(method: string, path: string, body?: unknown): Promise<T> => {
      const response = await fetch(running!.url + path, {
        method,
        headers: { authorization: `Bearer ${testKeys.server}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      return (await response.json()) as T;
    };
    const nearLamp = (): Promise<Answer> =>
      call('POST', '/v1/recommendations', { placement: 'product', context: { itemIds: ['lamp'] }, limit: 5 });
    const byLikeness = (answer: Answer): boolean =>
      answer.items.some(({ reasons }) => reasons.some(({ source }) => source === 'context.item'));

    it('is filled in beside the old one; answers go by vectors at every moment, and the switch is one step', async () => {
      installation = await database.install();
      await writeTinyClip(folder);
      running = await open({ CLIP_MODEL: folder });
      const words = [
        'lamp',
        'chair',
        'kettle',
        'rug',
        'clock',
        'vase',
        'mirror',
        'shelf',
        'candle',
        'basket',
        'stool',
        'bowl',
      ];
      for (const word of words)
        await call('PUT', `/v1/items/${word}`, { title: `a ${word}`, description: `A plain ${word} for the home.` });
      for (let tries = 0; !byLikeness(await nearLamp()) && tries < 300; tries++)
        await new Promise((wake) => setTimeout(wake, 100));
      const old = running.app.get<Encoder>(ENCODER, { strict: false }).id;
      await running.close();

      running = await open({});
      const encoder = running.app.get<Encoder>(ENCODER, { strict: false }).id;
      expect(encoder).not.toBe(old);
      const active = running.app.get(ActiveFusion, { strict: false });
      const seen = new Set<string>();
      for (let tries = 0; tries < 600; tries++) {
        const answer = await nearLamp();
        expect(answer.items).toHaveLength(5);
        expect(byLikeness(answer)).toBe(true);
        const found = await call<Answer>('POST', '/v1/search', { text: 'a plain kettle', limit: 3 });
        expect(found.items[0]?.id).toBe('kettle');
        seen.add(answer.model.fusion!);
        if (active.current().encoder === encoder && seen.has(active.current().version)) break;
        await new Promise((wake) => setTimeout(wake, 100));
      }
      expect(active.current().encoder).toBe(encoder);
      expect(active.switching).toBe(false);
      // Tables in memory follow in one step: the answers came from the old model, then from the new one.
      expect(byLikeness(await nearLamp())).toBe(true);
    }, 240_000);
  },
);
