import { join } from 'node:path';
import type { Eyes } from './eyes.js';
import { chanceOfHit, hitsAt, type Measure, mean, measureOf, nearest, precisionAtTen } from './judge.js';
import { type PictureRecord, readRecords } from './picture-sets.js';

type Measured = Record<string, Measure> | string;
type Split = PictureRecord['split'];

const countOf = (values: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

const load = async (
  folder: string,
  split: Split,
): Promise<{ all: PictureRecord[]; asked: PictureRecord[] } | string> => {
  const all = await readRecords(join(folder, 'pairs.ndjson'));
  if (!all) return `${join(folder, 'pairs.ndjson')} is not there`;
  const asked = all.filter((record) => record.split === split);
  return asked.length > 0 ? { all, asked } : `no record of split ${split}`;
};

/** Title → photo among the split's pictures (a photo with the same title counts), and photo → photos of the train part of the same `kind`. */
export const measureTitled = async (eyes: Eyes, folder: string, split: Split, kind: string): Promise<Measured> => {
  const loaded = await load(folder, split);
  if (typeof loaded === 'string') return loaded;
  const { all, asked } = loaded;
  const titles = asked.map((record) => record.title.trim().toLowerCase());
  const photos = await eyes.see(folder, asked, `${folder} ${split}`);
  const words = await eyes.read(asked.map((record) => record.title));
  const same = countOf(titles);
  const found = (k: number): Measure =>
    measureOf(
      hitsAt(words, photos, k, (q, at) => titles[q] === titles[at]),
      mean(titles.map((title) => chanceOfHit(asked.length, same.get(title) ?? 0, k))),
    );
  const out: Record<string, Measure> = { title_photo_r1: found(1), title_photo_r10: found(10) };
  const train = all.filter((record) => record.split === 'train');
  if (train.length > 0 && split !== 'train') {
    const kinds = train.map((record) => String(record[kind]));
    const counts = countOf(kinds);
    const wanted = asked.map((record) => String(record[kind]));
    out.photo_p10 = measureOf(
      precisionAtTen(photos, await eyes.see(folder, train, `${folder} train`), (q, at) => wanted[q] === kinds[at]),
      mean(wanted.map((one) => (counts.get(one) ?? 0) / train.length)),
    );
  }
  return out;
};

/** Class of a private photograph among the labels of the set, each described by the noun phrase its records carry. */
export const measureClothing = async (eyes: Eyes, folder: string, split: Split): Promise<Measured> => {
  const loaded = await load(folder, split);
  if (typeof loaded === 'string') return loaded;
  const labels = [...new Set(loaded.all.map((record) => String(record.label)))].sort();
  const names = labels.map((label) => {
    const phrases = countOf(
      loaded.all.filter((record) => record.label === label).map((record) => record.title.replace(/^kids /, '')),
    );
    const commonest =
      [...phrases].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))[0]?.[0] ?? label.toLowerCase();
    return [`a ${commonest}`];
  });
  const photos = await eyes.see(folder, loaded.asked, `${folder} ${split}`);
  const classes = await eyes.readClasses(names);
  return {
    zero_shot: measureOf(
      hitsAt(photos, classes, 1, (q, at) => loaded.asked[q]!.label === labels[at]),
      1 / labels.length,
    ),
  };
};

/** Phone photograph → the iconic picture of its kind (train part), and → its name. */
export const measureGrocery = async (eyes: Eyes, folder: string, split: Split): Promise<Measured> => {
  const loaded = await load(folder, split);
  if (typeof loaded === 'string') return loaded;
  const iconic = loaded.all.filter((record) => record.split === 'train' && record.kind === 'iconic');
  if (iconic.length === 0) return 'no iconic picture in the train part';
  const phones = loaded.asked.filter((record) => record.kind === 'phone');
  const photos = await eyes.see(folder, phones, `${folder} ${split}`);
  const right = (q: number, at: number) => phones[q]!.label === iconic[at]!.label;
  const classes = await eyes.readClasses(iconic.map((record) => [record.title]));
  return {
    photo_iconic_top5: measureOf(
      hitsAt(photos, await eyes.see(folder, iconic, `${folder} iconic`), 5, right),
      chanceOfHit(iconic.length, 1, 5),
    ),
    zero_shot: measureOf(hitsAt(photos, classes, 1, right), 1 / iconic.length),
  };
};

/** Room scene → the goods in it, among all goods that stand in any room: found of the first ten over min(10, goods in the scene). */
export const measureRooms = async (eyes: Eyes, folder: string, split: Split): Promise<Measured> => {
  const scenes = (await readRecords<PictureRecord & { items: string[] }>(join(folder, 'rooms.ndjson')))?.filter(
    (room) => room.split === split,
  );
  const pairs = await readRecords(join(folder, 'pairs.ndjson'));
  if (!scenes || !pairs) return `${join(folder, 'rooms.ndjson')} or pairs.ndjson is not there`;
  const rooms = await readRecords<PictureRecord & { items: string[] }>(join(folder, 'rooms.ndjson'));
  const placed = new Set((rooms ?? []).flatMap((room) => room.items));
  const goods = pairs.filter((record) => placed.has(record.id));
  const known = new Set(goods.map((record) => record.id));
  const asked = scenes
    .map((room) => ({ ...room, items: room.items.filter((id) => known.has(id)) }))
    .filter((room) => room.items.length > 0);
  if (asked.length === 0) return `no room of split ${split} with goods in it`;
  const gallery = await eyes.see(folder, goods, `${folder} goods of rooms`);
  const photos = await eyes.see(folder, asked, `${folder} rooms ${split}`);
  const values = photos.map((photo, q) => {
    const wanted = new Set(asked[q]!.items);
    return nearest(photo, gallery, 10).filter((at) => wanted.has(goods[at]!.id)).length / Math.min(10, wanted.size);
  });
  const chance = mean(
    asked.map(
      (room) => (Math.min(10, goods.length) * room.items.length) / goods.length / Math.min(10, room.items.length),
    ),
  );
  return { scene_goods_r10: measureOf(values, chance) };
};
