// `node bench/goes-with/prepare.mjs SOURCE TARGET`: turns a folder of goods (pairs.ndjson, pictures in plain zips) and room scenes (rooms.ndjson: which goods stand in a room
// together) into what `vitrine evaluate --kind links` reads: every good leads to the others of its room, split as the rooms are. Goods of other sources than the rooms' are left out.
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [source, target] = process.argv.slice(2);
if (!source || !target) {
  console.error('usage: node bench/goes-with/prepare.mjs SOURCE TARGET');
  process.exit(2);
}
const lines = (name) =>
  readFileSync(join(source, name), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
const rooms = lines('rooms.ndjson');
const origins = new Set(rooms.map((room) => room.source));
const goods = lines('pairs.ndjson').filter((pair) => origins.has(pair.source));
const known = new Set(goods.map((good) => good.id));
const open = new Map();
const pictureOf = ({ shard, off, len }) => {
  if (!open.has(shard)) open.set(shard, openSync(join(source, shard), 'r'));
  const bytes = Buffer.alloc(len);
  readSync(open.get(shard), bytes, 0, len, off);
  return bytes.toString('base64');
};
mkdirSync(target, { recursive: true });
writeFileSync(
  join(target, 'catalog.ndjson'),
  `${goods
    .map((good) =>
      JSON.stringify({
        id: String(good.id),
        title: good.title,
        ...(good.description ? { description: good.description } : {}),
        images: [{ data: pictureOf(good) }],
      }),
    )
    .join('\n')}\n`,
);
for (const file of open.values()) closeSync(file);
const links = new Map();
for (const room of rooms) {
  const inside = [...new Set(room.items)].filter((id) => known.has(id));
  for (const from of inside) {
    for (const to of inside) {
      const key = `${from}\t${to}`;
      // A pair that train knows is no question for val.
      if (from !== to && links.get(key) !== 'train') links.set(key, room.split);
    }
  }
}
writeFileSync(
  join(target, 'links.tsv'),
  `from\tto\tkind\tsplit\n${[...links].map(([key, split]) => `${key}\tgoes with\t${split}`).join('\n')}\n`,
);
const count = (split) => [...links.values()].filter((one) => one === split).length;
console.log(
  `${goods.length} goods, ${rooms.length} rooms, ${count('train')} links to learn from, ${count('val')} to judge by`,
);
