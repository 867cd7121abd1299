import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiveExperiments } from '../../src/experiments/experiments.api.js';
import { ImpressionLog } from '../../src/interactions/interactions.api.js';
import { DATABASE, type Database } from '../../src/platform/platform.api.js';
import { DEFAULT_BLEND } from '../../src/recommendation/recommendation.api.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

const admin = { authorization: `Bearer ${testKeys.admin}` };
interface Result {
  arms: { name: string; share: number; exposed: number; converted: number; rate: { low: number; high: number } }[];
  differences: { arm: string; baseline: string; low: number; high: number; verdict: string }[];
  sampleSize: { perArm: number | null; perArmFixed: number | null };
  offPolicy: { arm: string; value: number }[];
}

describe.each(testDatabases())('experiments on the $name', (database) => {
  let shop: OpenShop;
  let db: Database;
  const ask = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
    shop.call<T & { code?: string; errors?: { path: string }[] }>(method, `/v1/admin/experiments${path}`, body, admin);

  beforeAll(async () => {
    shop = await openShop(database, { VITRINE_CONSENT: 'implied' });
    db = shop.running.app.get<Database>(DATABASE);
    for (let n = 0; n < 12; n++) await shop.call('PUT', `/v1/items/i${n}`, { title: `Thing number ${n}` });
    const { version: _, ...parameters } = DEFAULT_BLEND;
    await db.run(
      "insert into models (kind, version, state, parameters) values ('blend', 'blend-b', 'candidate', $1::text::jsonb)",
      [JSON.stringify({ ...parameters, learned: true })],
    );
  });
  afterAll(() => shop?.close());

  it('refuses what cannot be compared, by name', async () => {
    const arms = [{ name: 'a' }, { name: 'b', models: { blend: 'no-such' } }];
    const unknown = await ask('PUT', '/x', { arms });
    expect(unknown.status).toBe(400);
    expect(unknown.body.errors?.[0]?.path).toBe('arms.1.models.blend');
    expect(
      (
        await ask('PUT', '/x', {
          arms: [
            { name: 'a', share: 0.5 },
            { name: 'b', share: 0.2 },
          ],
        })
      ).status,
    ).toBe(400);
    expect((await ask('PUT', '/x', { arms: [{ name: 'a' }] })).status).toBe(400);
    expect((await ask('GET', '/x')).body.code).toBe('VIT_EXPERIMENT_UNKNOWN');
  });

  it('keeps a visitor in one arm, serves it with that arm’s blend, logs the exposure, and counts', async () => {
    const put = await ask('PUT', '/home-blend', {
      placement: 'home',
      arms: [{ name: 'as it is' }, { name: 'learned', models: { blend: 'blend-b' } }],
    });
    expect(put.status).toBe(200);
    expect(put.body).toMatchObject({ state: 'running', allocation: 'split', metric: 'click', stoppedAt: null });
    const armOf = new Map<string, string>();
    for (const again of [1, 2]) {
      for (let v = 0; v < 130; v++) {
        const answer = await shop.recommend({ placement: 'home', visitorId: `v${v}`, limit: 3, explain: false });
        const arm = answer.model.blend === 'blend-b' ? 'learned' : 'as it is';
        if (again === 1) armOf.set(`v${v}`, arm);
        else expect(arm).toBe(armOf.get(`v${v}`));
        // Everybody in the learned arm clicks, one in ten of the others.
        if (again === 1 && (arm === 'learned' || v % 10 === 0))
          await shop.call('POST', '/v1/events', {
            type: 'click',
            visitorId: `v${v}`,
            itemId: answer.items[0]!.id,
            requestId: answer.requestId,
          });
      }
    }
    const learned = [...armOf.values()].filter((arm) => arm === 'learned').length;
    expect(learned).toBeGreaterThan(45);
    expect(learned).toBeLessThan(85);
    const elsewhere = await shop.recommend({ placement: 'cart', visitorId: 'v1' });
    expect(elsewhere.model.blend).toBe(DEFAULT_BLEND.version);
    await shop.recommend({ placement: 'home', visitorId: 'nobody', consent: { personalization: false } });
    await shop.running.app.get(ImpressionLog).flush();
    const { rows } = await db.run("select experiment from impressions where placement = 'home' and visitor_id = 'v3'");
    expect(rows[0]?.experiment).toMatchObject({ id: 'home-blend', arm: armOf.get('v3'), share: 0.5 });
    const { body } = await ask<Result>('GET', '/home-blend/result');
    expect(body.arms.map(({ exposed }) => exposed)).toEqual([130 - learned, learned]);
    expect(body.arms[1]!.converted).toBe(learned);
    expect(body.differences[0]).toMatchObject({ arm: 'learned', baseline: 'as it is', verdict: 'better' });
    expect(body.sampleSize.perArm).toBeGreaterThan(body.sampleSize.perArmFixed!);
  }, 120_000);

  it('changes nothing that is being counted, and lets one difference have one cause', async () => {
    const changed = await ask('PUT', '/home-blend', {
      placement: 'home',
      metric: 'purchase',
      arms: [{ name: 'as it is' }, { name: 'learned', models: { blend: 'blend-b' } }],
    });
    expect(changed.body.code).toBe('VIT_EXPERIMENT_STARTED');
    const second = await ask('PUT', '/another', { placement: 'home', arms: [{ name: 'a' }, { name: 'b' }] });
    expect(second.body.code).toBe('VIT_EXPERIMENT_OVERLAP');
  });

  it('moves a bandit’s visitors to the arm that does better, and corrects for it in the off-policy rates', async () => {
    await ask('PUT', '/bandit', {
      placement: 'email',
      allocation: 'thompson',
      arms: [{ name: 'poor' }, { name: 'good', models: { blend: 'blend-b' } }],
    });
    await db.run(
      `insert into impressions (request_id, placement, visitor_id, model, experiment, items, at)
       select 'r' || n, 'email', 'w' || n, '{}', jsonb_build_object('id', 'bandit', 'arm', case when n % 2 = 0 then 'good' else 'poor' end, 'share', .5), '[]', now()
       from generate_series(1, 600) n`,
      [],
    );
    await db.run(
      `insert into events (id, type, visitor_id, item_ids, request_id, at)
       select 'c' || n, 'click', 'w' || n, '{i1}', 'r' || n, now() from generate_series(1, 600) n where n % 2 = 0 and n % 4 = 0 or n % 20 = 1`,
      [],
    );
    await shop.running.app.get(LiveExperiments).renewBandits();
    const { body } = await ask<Result>('GET', '/bandit/result');
    expect(body.arms.map(({ exposed }) => exposed)).toEqual([300, 300]);
    expect(body.arms[1]!.share).toBeGreaterThan(0.9);
    const good = body.offPolicy.find(({ arm }) => arm === 'good')!;
    expect(good.value).toBeCloseTo(0.5, 1);
  }, 60_000);

  it('stops and forgets', async () => {
    const stopped = await ask('PUT', '/home-blend', {
      placement: 'home',
      state: 'stopped',
      arms: [{ name: 'as it is' }, { name: 'learned', models: { blend: 'blend-b' } }],
    });
    expect(stopped.body.stoppedAt).not.toBeNull();
    const answer = await shop.recommend({ placement: 'home', visitorId: 'v1' });
    expect(answer.model.blend).toBe(DEFAULT_BLEND.version);
    expect((await ask('DELETE', '/home-blend')).status).toBe(204);
    expect((await ask('DELETE', '/home-blend')).status).toBe(404);
    expect((await ask<{ experiments: { id: string }[] }>('GET', '')).body.experiments.map(({ id }) => id)).toEqual([
      'bandit',
    ]);
  });
});
