import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE, type Database } from '../../src/platform/platform.api.js';
import { type Answer, type OpenShop, openShop, pictureOf } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

const admin = { authorization: `Bearer ${testKeys.admin}` };
const ids = (answer: Answer) => answer.items.map(({ id }) => id);

describe.each(testDatabases())('an experiment between fusion models, on $name', (database) => {
  let shop: OpenShop;
  let db: Database;
  const poster = async (shape: 'circle' | 'square' | 'bars', colour: 'red' | 'blue' | 'green') => ({
    id: `${shape}-${colour}`,
    // Words that say nothing of what is seen: without the picture all are alike.
    title: 'A poster',
    images: [{ data: await pictureOf(shape, colour) }],
  });
  const seenBy = (visitorId: string) =>
    shop.recommend({ placement: 'product', visitorId, context: { itemIds: ['circle-red'] }, limit: 20, diversity: 0 });
  const put = (id: string, body: unknown) =>
    shop.call<{ code?: string; errors?: { path: string; message: string }[] }>(
      'PUT',
      `/v1/admin/experiments/${id}`,
      body,
      admin,
    );

  beforeAll(async () => {
    shop = await openShop(database, { VITRINE_CONSENT: 'implied' });
    db = shop.running.app.get<Database>(DATABASE);
    const items = [];
    for (const shape of ['circle', 'square', 'bars'] as const)
      for (const colour of ['red', 'blue', 'green'] as const) items.push(await poster(shape, colour));
    await shop.fill(items);
    // The live model, but deaf to pictures.
    await db.run(
      `insert into models (kind, version, state, parameters, artefact)
       select kind, 'fusion-blind', 'candidate', jsonb_set(parameters, '{modalities}', (
         select jsonb_agg(case when part ->> 'name' = 'image' then part || '{"bias": null}' else part end) from jsonb_array_elements(parameters -> 'modalities') part)), artefact
       from models where kind = 'fusion' and state = 'live'`,
      [],
    );
    await db.run(
      `insert into models (kind, version, state, parameters, artefact)
       select kind, 'fusion-foreign', 'candidate', jsonb_set(parameters, '{encoder}', '"another"'), artefact from models where version = 'fusion-blind'`,
      [],
    );
  });
  afterAll(() => shop?.close());

  it('refuses a model that reads vectors of another encoder', async () => {
    const { status, body } = await put('x', {
      arms: [{ name: 'a' }, { name: 'b', models: { fusion: 'fusion-foreign' } }],
    });
    expect(status).toBe(400);
    expect(body.errors?.[0]).toMatchObject({ path: 'arms.1.models.fusion' });
    expect(body.errors?.[0]?.message).toContain('another encoder');
  });

  it('serves each visitor from the vectors of their arm, which follow the catalogue', async () => {
    const live = (await seenBy('before')).model.fusion;
    const arms = [{ name: 'as it is' }, { name: 'blind', models: { fusion: 'fusion-blind' } }];
    expect((await put('eyes', { placement: 'product', arms })).status).toBe(200);
    const answers = new Map<string, Answer>();
    for (let v = 0; v < 24; v++) answers.set(`v${v}`, await seenBy(`v${v}`));
    const of = (version: string) => [...answers].filter(([, { model }]) => model.fusion === version);
    expect(of(live!).length + of('fusion-blind').length).toBe(24);
    expect(of(live!).length).toBeGreaterThan(2);
    expect(of('fusion-blind').length).toBeGreaterThan(2);
    const [seeing, seen] = of(live!)[0]!;
    const [blind, unseen] = of('fusion-blind')[0]!;
    const scores = ({ items }: Answer) => items.map(({ score }) => score);
    // What differs between posters is their picture alone.
    expect(Math.max(...scores(seen)) - Math.min(...scores(seen))).toBeGreaterThan(0.05);
    expect(scores(unseen)).not.toEqual(scores(seen));
    expect(ids(await seenBy(blind))).toEqual(ids(unseen));

    await shop.fill([{ ...(await poster('circle', 'red')), id: 'new' }]);
    expect(ids(await seenBy(seeing))[0]).toBe('new');
    // A list is filled up with whatever is there; only what has a vector in this arm is there because of the product on the page.
    const added = (await seenBy(blind)).items.find(({ id }) => id === 'new');
    expect(added?.reasons.map(({ source }) => source)).toContain('context.item');
    await shop.call('DELETE', '/v1/items/new');
    expect(ids(await seenBy(blind))).not.toContain('new');
  }, 60_000);

  it('leaves visitors out, and says so in what is logged, when the model is gone', async () => {
    await shop.call('DELETE', '/v1/admin/experiments/eyes', undefined, admin);
    await db.run("update models set version = 'fusion-lost' where version = 'fusion-foreign'", []);
    await db.run(
      `insert into experiments (id, name, placement, state, allocation, metric, minimum_effect, arms, started_at, updated_at)
       values ('lost', 'lost', 'product', 'running', 'split', 'click', .1, '[{"name": "a", "models": {"fusion": "fusion-lost"}}, {"name": "b", "models": {"fusion": "fusion-lost"}}]', now(), now())`,
      [],
    );
    await put('nudge', { placement: 'email', arms: [{ name: 'a' }, { name: 'b' }] });
    for (let tries = 0; tries < 100; tries++) {
      const answer = await seenBy('somebody');
      expect(answer.items.length).toBe(8);
      expect(answer.model.fusion).not.toBe('fusion-lost');
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { rows } = await db.run(
      "select experiment from impressions where visitor_id = 'somebody' order by at desc limit 1",
      [],
    );
    expect(rows[0]?.experiment).toBeNull();
  });
});
