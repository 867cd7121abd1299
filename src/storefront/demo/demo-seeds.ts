import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../platform/package-root.js';
import { DemoTastes } from './demo-tastes.js';
import type { DemoItem } from './simulate-shoppers.js';

/** The demo shop's words as they lie in the repository; both NDJSON files are in the shape that `vitrine import` takes. */
export interface DemoSeeds {
  /** Catalogue whose pictures are named by `file`, below the folder that `fetchDemoPhotographs` gives. */
  catalogFile: string;
  reviewsFile: string;
  /** The rows of `catalogFile`, as the simulation wants them. */
  items: DemoItem[];
  tastes: DemoTastes;
}

/** Reads and checks the seeds of `folder`. Throws the file system's or zod's own error when the folder is damaged. */
export async function readDemoSeeds(folder = join(packageRoot, 'seeds', 'demo')): Promise<DemoSeeds> {
  const catalogFile = join(folder, 'catalog.ndjson');
  const [catalog, tastes] = await Promise.all([
    readFile(catalogFile, 'utf8'),
    readFile(join(folder, 'tastes.json'), 'utf8'),
  ]);
  return {
    catalogFile,
    reviewsFile: join(folder, 'reviews.ndjson'),
    items: catalog
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as DemoItem),
    tastes: DemoTastes.parse(JSON.parse(tastes)),
  };
}
