import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forEverybody, resumeAfter, toFile } from '../../src/campaigns/campaigns.api.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';
import { type OpenShop, openShop, pictureOf } from './open-shop.js';

describe.each(testDatabases())('campaigns on the $name', (database) => {
  let shop: OpenShop;
  let folder: string;
  const admin = { authorization: `Bearer ${testKeys.admin}` };
  const audience = async (body: unknown) => {
    const response = await fetch(`${shop.running.url}/v1/admin/audience`, {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      members: response.ok
        ? text
            .trim()
            .split('\n')
            .filter(Boolean)
            .map(
              (line) =>
                JSON.parse(line) as { rank: number; userId: string; score: number; because: { itemId: string } },
            )
        : [],
    };
  };
  const api = {
    call: async <T>(method: string, path: string, body?: unknown): Promise<T> =>
      (await shop.call<T>(method, path, body, admin)).body,
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-campaign-'));
    shop = await openShop(database);
    const items = [];
    for (const colour of ['red', 'blue'])
      for (const shape of ['circle', 'square', 'bars'] as const)
        items.push({
          id: `${shape}-${colour}`,
          title: `${colour} ${shape}`,
          images: [{ data: await pictureOf(shape, colour) }],
        });
    await shop.fill(items);
    const likes = { anna: 'circle-red', ben: 'square-blue', cem: 'bars-red', dora: 'circle-red' };
    for (const [userId, itemId] of Object.entries(likes)) {
      await shop.call('PUT', `/v1/users/${userId}/consent`, { personalization: true });
      await shop.call('POST', '/v1/events', { type: 'purchase', userId, itemId });
    }
    // Dora changed her mind; Eve only ever agreed for single calls.
    await shop.call('PUT', '/v1/users/dora/consent', { personalization: false });
    await shop.call('POST', '/v1/events', {
      type: 'view',
      userId: 'eve',
      itemId: 'circle-red',
      consent: { personalization: true },
    });
  });
  afterAll(async () => {
    await shop?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('name who is nearest to a product, a picture and a sentence, and nobody who did not agree', async () => {
    const byItem = await audience({ itemIds: ['circle-red'] });
    expect(byItem.members.map(({ userId }) => userId).sort()).toEqual(['anna', 'ben', 'cem']);
    expect(byItem.members[0]).toMatchObject({ rank: 1, userId: 'anna', because: { itemId: 'circle-red' } });
    expect(byItem.members[0]!.score).toBeCloseTo(1, 3);
    const byPicture = await audience({ images: [{ data: await pictureOf('square', 'blue', 3) }], limit: 1 });
    expect(byPicture.members.map(({ userId }) => userId)).toEqual(['ben']);
    const byWords = await audience({ text: 'red bars', limit: 2 });
    expect(byWords.members).toHaveLength(2);
    expect(byWords.members[0]!.score).toBeGreaterThanOrEqual(byWords.members[1]!.score);
  });

  it('say what is missing or cannot be compared', async () => {
    expect((await audience({})).text).toContain('needs itemIds, images or text');
    const unknown = await audience({ itemIds: ['nothing'] });
    expect([unknown.status, unknown.text.includes('nothing')]).toEqual([400, true]);
  });

  it('write to every consenting user once, also when a run is broken off in the middle of a line', async () => {
    const file = join(folder, 'letters.ndjson');
    expect(await resumeAfter(file)).toBeNull();
    expect(await forEverybody(api, { placement: 'email', limit: 2 }, null, toFile(file))).toBe(3);
    const whole = await readFile(file, 'utf8');
    const letters = whole
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { userId: string; items: { id: string; title: string }[] });
    expect(letters.map(({ userId }) => userId)).toEqual(['anna', 'ben', 'cem']);
    for (const { items } of letters) expect(items).toHaveLength(2);
    expect(letters[0]!.items.map(({ id }) => id)).not.toContain('circle-red');
    await writeFile(file, whole.split('\n').slice(0, 1).join('\n'));
    await appendFile(file, '\n{"userId":"ben","requ');
    expect(await resumeAfter(file)).toBe('anna');
    expect(await forEverybody(api, { placement: 'email', limit: 2 }, 'anna', toFile(file))).toBe(2);
    const again = (await readFile(file, 'utf8')).trim().split('\n');
    expect(again.map((line) => (JSON.parse(line) as { userId: string }).userId)).toEqual(['anna', 'ben', 'cem']);
  });

  it('segments consenting users by what they like, in groups too large for anybody to show, and products', async () => {
    interface Segments {
      total: number;
      looked: number;
      leastSize: number;
      note: string | null;
      segments: {
        id: number;
        name: string;
        size: number;
        share: number;
        words: Record<string, { word: string }[]>;
        examples: { id: string; image: string | null; likedBy: number | null }[];
      }[];
    }
    const segments = async (query: string) =>
      (await shop.call<Segments>('GET', `/v1/admin/segments?${query}`, undefined, admin)).body;
    const few = await segments('of=users');
    expect(few).toMatchObject({ total: 3, leastSize: 5, segments: [] });
    expect(few.note).toContain('at least 5');

    const person = async (userId: string, itemId: string, agrees: boolean) => {
      await shop.call('PUT', `/v1/users/${userId}/consent`, { personalization: agrees });
      await shop.call('POST', '/v1/events', { type: 'purchase', userId, itemId, consent: { personalization: true } });
    };
    for (let n = 0; n < 6; n++) {
      await person(`circles-${n}`, n % 2 === 0 ? 'circle-red' : 'circle-blue', true);
      await person(`bars-${n}`, n % 2 === 0 ? 'bars-red' : 'bars-blue', true);
      await person(`silent-${n}`, 'square-red', false);
    }
    const found = await segments('of=users&count=8');
    // Anna, Ben and Cem, and the twelve who agreed.
    expect(found).toMatchObject({ total: 15, looked: 15, note: null });
    expect(found.segments.reduce((sum, { size }) => sum + size, 0)).toBe(15);
    expect(found.segments.length).toBeGreaterThan(1);
    for (const { size, examples, name, words } of found.segments) {
      expect(size).toBeGreaterThanOrEqual(5);
      expect(name.length).toBeGreaterThan(3);
      expect(words.kind).toHaveLength(3);
      for (const { likedBy, image } of examples) {
        expect(likedBy ?? 5).toBeGreaterThanOrEqual(5);
        expect(image).toMatch(/^\/v1\/pictures\//);
      }
    }
    expect(JSON.stringify(found)).not.toMatch(/circles-|silent-|anna/);

    // Whoever takes it back is out at once.
    await shop.call('PUT', '/v1/users/circles-0/consent', { personalization: false });
    expect((await segments('of=users&count=8')).total).toBe(14);

    const things = await segments('of=items&count=2&examples=2');
    expect(things).toMatchObject({ total: 6, leastSize: 3 });
    expect(things.segments.map(({ size }) => size)).toEqual([3, 3]);
    for (const { examples } of things.segments) expect(examples).toHaveLength(2);
    expect((await shop.call('GET', '/v1/admin/segments')).status).toBe(403);
    expect((await shop.call('GET', '/v1/admin/segments?of=cats', undefined, admin)).status).toBe(400);
  });
});
