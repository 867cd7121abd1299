import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testData } from '../support/test-data.js';

interface Product {
  id: string;
  title: string;
  description?: string;
  images?: { file: string }[];
  categories?: string[];
  price?: { amount: number; currency: string };
}

const folder = testData('magento');
const leftOut = folder ? '' : ' (left out: the data set "magento" is not on this machine)';

const lines = <T>(file: string): T[] =>
  readFileSync(join(folder!, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
const consent = { personalization: true };
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** First photographs, titles, descriptions and reviews only: what tells departments apart must be seen and read. */
describe.skipIf(!folder)(`a real catalogue of 199 products${leftOut}`, () => {
  let shop: OpenShop;
  let products: Product[];
  const department = (id: string) => products.find((product) => product.id === id)?.categories?.[0]?.split(' > ')[0];
  const of = (name: string) => products.filter(({ id }) => department(id) === name);
  const picture = (file: string) => ({ data: readFileSync(join(folder!, file)).toString('base64') });
  const share = (answer: Answer, name: string, from = 0, to = 100) => {
    const part = answer.items.slice(from, to);
    return part.filter(({ id }) => department(id) === name).length / part.length;
  };
  const visitorOf = async (name: string, seed: number) => {
    const visitorId = `visitor-${name}-${seed}`;
    const all = of(name);
    for (let i = 0; i < 5; i++) {
      const { id } = all[(seed * 7 + i * 11) % all.length]!;
      await shop.call('POST', '/v1/events', { type: 'view', visitorId, itemId: id, consent });
    }
    return visitorId;
  };

  beforeAll(async () => {
    products = lines<Product>('catalog.ndjson');
    shop = await openShop(testDatabases()[0]!);
    await shop.fill(
      products.map(({ id, title, description, images, price }) => ({
        id,
        title,
        description,
        price,
        images: (images ?? []).slice(0, 1).map(({ file }) => picture(file)),
      })),
    );
    const reviews = lines<{ id: string; itemId: string }>('catalog-reviews.ndjson');
    for (const review of reviews) await shop.call('PUT', `/v1/items/${review.itemId}/reviews/${review.id}`, review);
  }, 900_000);
  afterAll(() => shop?.close());

  it('finds a product by another photograph of it among the first five, in 60 % of cases and more', async () => {
    const others = products
      .flatMap(({ id, images }) => (images ?? []).slice(1).map(({ file }) => ({ id, file })))
      .filter((_, index) => index % 3 === 0);
    const hits: number[] = [];
    for (const { id, file } of others) {
      const { items } = await shop.recommend({ placement: 'search', limit: 5, context: { images: [picture(file)] } });
      hits.push(items.some((item) => item.id === id) ? 1 : 0);
    }
    console.log(`another photograph: ${(mean(hits) * 100).toFixed(1)} % of ${hits.length} among the first five`);
    expect(mean(hits)).toBeGreaterThanOrEqual(0.6);
  }, 300_000);

  it('shows visitors of different departments their own, without categories, tags or attributes', async () => {
    for (const name of ['Men', 'Women', 'Gear']) {
      const shares: number[] = [];
      for (let seed = 0; seed < 6; seed++) {
        const visitorId = await visitorOf(name, seed);
        shares.push(share(await shop.recommend({ placement: 'home', visitorId, consent }), name));
      }
      console.log(`${name}: ${(mean(shares) * 100).toFixed(0)} % own department`);
      expect(mean(shares)).toBeGreaterThanOrEqual(0.6);
    }
  });

  it('starts with what a browsed picture shows, and goes on with the history', async () => {
    const gear = of('Gear').filter(({ images }) => images?.length);
    const first: number[] = [];
    const rest: number[] = [];
    for (let seed = 0; seed < 6; seed++) {
      const visitorId = await visitorOf('Women', 20 + seed);
      const { images } = gear[(seed * 13) % gear.length]!;
      const answer = await shop.recommend({
        placement: 'home',
        visitorId,
        consent,
        context: { images: [picture(images![0]!.file)] },
      });
      first.push(share(answer, 'Gear', 0, 5));
      rest.push(share(answer, 'Women', 5));
    }
    console.log(
      `browsed picture: ${(mean(first) * 100).toFixed(0)} % of the first five; history: ${(mean(rest) * 100).toFixed(0)} % of the rest`,
    );
    expect(mean(first)).toBeGreaterThanOrEqual(0.85);
    expect(mean(rest)).toBeGreaterThan(0.1);
  });

  it('lets the past take next to nothing of the first five from the picture, and shows it after them', async () => {
    for (const [past, seen] of [
      ['Men', 'Women'],
      ['Women', 'Men'],
    ] as const) {
      const shown = of(seen).filter(({ images }) => images?.length);
      const [alone, first, rest, restAlone] = [[], [], [], []] as number[][];
      for (let seed = 0; seed < 16; seed++) {
        const visitorId = await visitorOf(past, 60 + seed);
        const context = { images: [picture(shown[(seed * 13 + 3) % shown.length]!.images![0]!.file)] };
        const bare = await shop.recommend({ placement: 'search', context });
        const answer = await shop.recommend({ placement: 'home', visitorId, consent, context });
        alone!.push(share(bare, seen, 0, 5));
        restAlone!.push(share(bare, past, 5));
        first!.push(share(answer, seen, 0, 5));
        rest!.push(share(answer, past, 5));
      }
      const of100 = (values?: readonly number[]) => (mean(values!) * 100).toFixed(0);
      console.log(
        `past of ${past}, picture of ${seen}: ${of100(first)} % of the first five (the picture alone ${of100(alone)} %), past in ${of100(rest)} % of the rest (${of100(restAlone)} %)`,
      );
      expect(mean(first!)).toBeGreaterThanOrEqual(mean(alone!) - 0.07);
      expect(mean(rest!)).toBeGreaterThan(mean(restAlone!) + 0.15);
    }
  }, 120_000);

  it('follows emphasis both ways, never back', async () => {
    const visitorId = await visitorOf('Men', 40);
    const context = { images: [picture(of('Gear')[3]!.images![0]!.file)] };
    const shown = async (emphasis: Record<string, number>, name: string) =>
      share(
        await shop.recommend({ placement: 'product', visitorId, consent, diversity: 0, limit: 12, emphasis, context }),
        name,
      );
    const steps = [0, 0.25, 0.5, 1, 2, 4, 10];
    const history: number[] = [];
    const pictures: number[] = [];
    for (const step of steps) {
      history.push(await shown({ history: step }, 'Men'));
      pictures.push(await shown({ images: step }, 'Gear'));
    }
    console.log(
      `emphasis of the history ${history.map((value) => value.toFixed(2))}; of pictures ${pictures.map((value) => value.toFixed(2))}`,
    );
    for (const curve of [history, pictures]) {
      for (let at = 1; at < curve.length; at++) expect(curve[at]!).toBeGreaterThanOrEqual(curve[at - 1]! - 1 / 11);
      expect(curve.at(-1)! - curve[0]!).toBeGreaterThan(0.3);
    }
  });
});
