import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchDemoPhotographs } from '../../src/storefront/demo/demo-photographs.js';
import { readDemoSeeds } from '../../src/storefront/demo/demo-seeds.js';
import type { Eyes } from './eyes.js';
import { chanceOfHit, hitsAt, type Measure, mean, measureOf, nearest } from './judge.js';
import { readRecords } from './picture-sets.js';
import { SHOP_TITLES } from './shop-titles.js';

interface MagentoItem {
  id: string;
  images: { file: string }[];
}

/** Another photograph of a product finds it among the first photographs of all. */
export const measureMagento = async (eyes: Eyes, folder: string): Promise<Record<string, Measure> | string> => {
  const all = await readRecords<MagentoItem>(join(folder, 'items.ndjson'));
  if (!all) return `${join(folder, 'items.ndjson')} is not there`;
  const items = all.filter((item) => item.images.length > 0);
  const asked = items.flatMap((item, at) => (item.images.length > 1 ? [{ at, file: item.images[1]!.file }] : []));
  const gallery = await eyes.see(
    folder,
    items.map((item) => item.images[0]!),
    folder,
  );
  const photos = await eyes.see(folder, asked, `${folder} other views`);
  return {
    other_photo_top5: measureOf(
      hitsAt(photos, gallery, 5, (q, at) => asked[q]!.at === at),
      chanceOfHit(items.length, 1, 5),
    ),
  };
};

interface ShopItem {
  id: string;
  title: string;
  categories?: string[];
  images?: { file?: string }[];
}

interface ShopSeen {
  items: ShopItem[];
  /** Each product's first photograph. */
  photos: Float32Array[];
}

/** The demo shop's products and their photographs, or why they can't be had. */
const seeShop = async (eyes: Eyes, cacheDir: string): Promise<ShopSeen | string> => {
  const photographs = await fetchDemoPhotographs({ cacheDir });
  if (!photographs.ready) return photographs.reason;
  const { catalogFile } = await readDemoSeeds();
  const items = (await readFile(catalogFile, 'utf8'))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as ShopItem);
  const files = items.map((item) => ({ file: item.images?.[0]?.file ?? '' }));
  return { items, photos: await eyes.see(photographs.folder, files, 'demo shop') };
};

/** Title of each product → its photograph among all, first and within the first five. */
const titlesFound = async (eyes: Eyes, titles: readonly string[], photos: readonly Float32Array[]) => {
  const words = await eyes.read(titles);
  const found = (k: number): Measure =>
    measureOf(
      hitsAt(words, photos, k, (q, at) => q === at),
      chanceOfHit(photos.length, 1, k),
    );
  return { title_top1: found(1), title_top5: found(5) };
};

/** By language, how well the demo shop's titles in it find their products: the same photographs, the titles translated. */
export const measureLanguages = async (
  eyes: Eyes,
  cacheDir: string,
): Promise<Record<string, Record<string, Measure>> | string> => {
  const shop = await seeShop(eyes, cacheDir);
  if (typeof shop === 'string') return shop;
  const out: Record<string, Record<string, Measure>> = {};
  for (const [language, titles] of Object.entries(SHOP_TITLES)) {
    const known = shop.items.map(({ id }) => {
      const title = titles[id];
      if (title === undefined) throw new Error(`shop-titles.ts has no title of "${id}" in ${language}`);
      return title;
    });
    out[language] = await titlesFound(eyes, known, shop.photos);
  }
  const own = shop.items.map((item) => item.title);
  return { en: await titlesFound(eyes, own, shop.photos), ...out };
};

/** The demo shop's own titles and categories against each product's first photograph. */
export const measureShop = async (eyes: Eyes, cacheDir: string): Promise<Record<string, Measure> | string> => {
  const shop = await seeShop(eyes, cacheDir);
  if (typeof shop === 'string') return shop;
  const { items, photos } = shop;
  const category = items.map((item) => item.categories?.[0] ?? '');
  const categories = [...new Set(category)].sort();
  // A bare "Photo" or "Equipment" says little: the path's other words stand beside the last.
  const classes = await eyes.readClasses(
    categories.map((path) => {
      const parts = path
        .split('>')
        .map((part) => part.trim().toLowerCase())
        .reverse();
      return [parts[0]!, parts.join(', '), `${parts[0]} products`];
    }),
  );
  const others = photos.map((photo, q) => (category[nearest(photo, photos, 1, q)[0]!] === category[q] ? 1 : 0));
  const counts = category.map((one) => category.filter((other) => other === one).length);
  return {
    ...(await titlesFound(
      eyes,
      items.map((item) => item.title),
      photos,
    )),
    category_zero_shot: measureOf(
      hitsAt(photos, classes, 1, (q, at) => category[q] === categories[at]),
      1 / categories.length,
    ),
    nearest_same_category: measureOf(others, mean(counts.map((count) => (count - 1) / (items.length - 1)))),
  };
};
