import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchDemoPhotographs } from '../../src/storefront/demo/demo-photographs.js';
import { readDemoSeeds } from '../../src/storefront/demo/demo-seeds.js';
import type { Eyes } from './eyes.js';
import { chanceOfHit, hitsAt, type Measure, mean, measureOf, nearest } from './judge.js';
import { readRecords } from './picture-sets.js';

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
  title: string;
  categories?: string[];
  images?: { file?: string }[];
}

/** The demo shop's own titles and categories against each product's first photograph. */
export const measureShop = async (eyes: Eyes, cacheDir: string): Promise<Record<string, Measure> | string> => {
  const photographs = await fetchDemoPhotographs({ cacheDir });
  if (!photographs.ready) return photographs.reason;
  const { catalogFile } = await readDemoSeeds();
  const items = (await readFile(catalogFile, 'utf8'))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as ShopItem);
  const files = items.map((item) => ({ file: item.images?.[0]?.file ?? '' }));
  const photos = await eyes.see(photographs.folder, files, 'demo shop');
  const titles = await eyes.read(items.map((item) => item.title));
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
    title_top1: measureOf(
      hitsAt(titles, photos, 1, (q, at) => q === at),
      1 / items.length,
    ),
    title_top5: measureOf(
      hitsAt(titles, photos, 5, (q, at) => q === at),
      chanceOfHit(items.length, 1, 5),
    ),
    category_zero_shot: measureOf(
      hitsAt(photos, classes, 1, (q, at) => category[q] === categories[at]),
      1 / categories.length,
    ),
    nearest_same_category: measureOf(others, mean(counts.map((count) => (count - 1) / (items.length - 1)))),
  };
};
