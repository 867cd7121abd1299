// `node bench/shoppers/prepare.mjs FOLDER` (after `npm run build`): writes the demo shop and its simulated shoppers in the shape that `vitrine evaluate --kind shop` reads.
// The shoppers are made up: what comes out shows that the machinery works, not that it is good.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fetchDemoPhotographs } from '../../dist/storefront/demo/demo-photographs.js';
import { readDemoSeeds } from '../../dist/storefront/demo/demo-seeds.js';
import { simulateShoppers } from '../../dist/storefront/demo/simulate-shoppers.js';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node bench/shoppers/prepare.mjs FOLDER');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const photographs = await fetchDemoPhotographs({ cacheDir: join(folder, 'photographs') });
if (!photographs.ready) {
  console.error(photographs.reason);
  process.exit(1);
}
const { catalogFile, reviewsFile, items, tastes } = await readDemoSeeds();
copyFileSync(catalogFile, join(folder, 'catalog.ndjson'));
copyFileSync(reviewsFile, join(folder, 'catalog-reviews.ndjson'));
for (const line of readFileSync(catalogFile, 'utf8').split('\n').filter(Boolean)) {
  for (const { file } of JSON.parse(line).images ?? []) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(photographs.folder, file), join(folder, file));
  }
}
const events = simulateShoppers({ tastes, items, seed: 20_261_101, now: new Date('2026-06-01T00:00:00Z') });
writeFileSync(join(folder, 'events.ndjson'), `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
console.log(`${items.length} products, ${events.length} events`);
