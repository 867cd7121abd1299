import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { seededRandom } from '../../src/maths/random.js';
import { publishSnapshot } from '../../src/retrieval/hnsw/snapshots.js';

/** Publishes one snapshot of a growing graph after another into the folder it is given, 200 at most, until it is killed; says each name, and what went wrong. */
const [root = '', count = '400'] = process.argv.slice(2);
const parameters = { dimension: 24, m: 16, efConstruction: 200 };
const random = seededRandom(2);
const graph = new hnswlib.HierarchicalNSW('ip', parameters.dimension);
graph.initIndex({ maxElements: 100_000, m: parameters.m, efConstruction: parameters.efConstruction, randomSeed: 100 });
mkdirSync(root, { recursive: true });
let labels = 0;
for (let name = 0; name < 200; name++) {
  for (let i = 0; i < (name === 0 ? Number(count) : 5); i++)
    graph.addPoint(
      Array.from({ length: parameters.dimension }, () => random.normal()),
      labels++,
    );
  const keys = Int32Array.from({ length: labels * 3 }, (_, at) => Math.floor(at / 3));
  await publishSnapshot(
    join(root, `made-${name}`),
    { ...parameters, fusion: 'f1', createdAt: new Date(1_700_000_000_000 + name).toISOString(), labels, items: labels },
    keys,
    (path) => graph.writeIndex(path),
  ).then(
    () => process.stdout.write(`made-${name}\n`),
    (error: Error) => {
      process.stdout.write(`failed: ${error.message}\n`);
      process.exit(3);
    },
  );
}
