import { randomBytes } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { openImageStore } from '../catalog/catalog.api.js';
import { listeningProblem } from '../platform/http/listening-problem.js';
import {
  type FolderOwner,
  openDatabase,
  Problem,
  packageRoot,
  type Settings,
  unknownSettings,
} from '../platform/platform.api.js';
import { ApiClient } from './api-client.js';
import type { CommandContext } from './command-context.js';
import { examineDatabase } from './doctor-database.js';
import type { Examined } from './examined.js';

const FEW_BYTES = 2 * 2 ** 30;
const GIB = 2 ** 30;

const good = (name: string, says: string): Examined => ({ name, state: 'good', says });
const remark = (name: string, says: string): Examined => ({ name, state: 'remark', says });
const bad = (name: string, says: string): Examined => ({ name, state: 'bad', says });
const saying = (error: unknown): string =>
  error instanceof Problem ? error.detail : error instanceof Error ? error.message : String(error);

/** Looks at everything an installation needs; changes nothing but a file and some bytes in the image store that it writes and removes again. Never throws. */
export const examine = async (context: CommandContext): Promise<Examined[]> => {
  const found = [node(), memory()];
  let settings: Settings;
  try {
    settings = context.settings();
    found.push(good('settings', 'all of them can be read (`vitrine config` shows them)'));
  } catch (error) {
    return [...found, bad('settings', saying(error))];
  }
  for (const { variable, source } of unknownSettings())
    found.push(remark('settings', `${variable} (${source}) is no setting and has no effect`));
  const owner = context.running();
  found.push(await dataFolder(settings), disk(settings));
  found.push(...(owner ? await runningOne(owner) : await ownDatabase(settings)));
  if (settings.databaseUrl === undefined)
    found.push(
      remark(
        'power',
        'the embedded database survives the death of the process, not of the power: set DATABASE_URL to a PostgreSQL for that',
      ),
    );
  found.push(await pictures(settings), ...encoder(settings), ffmpeg(), ...exposure(settings));
  if (!owner) found.push(await port(settings));
  return found;
};

const node = (): Examined => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  return fits
    ? good('Node', process.versions.node)
    : bad('Node', `${process.versions.node}; Vitrine needs 20.19 or newer`);
};

const memory = (): Examined => {
  const bytes = process.constrainedMemory?.() || totalmem();
  const there = Math.min(bytes, totalmem());
  const says = `${(there / GIB).toFixed(1)} GiB`;
  return there < 1.9 * GIB
    ? remark('memory', `${says}: a shop of some thousand items wants 2 GiB`)
    : good('memory', says);
};

const dataFolder = async ({ dataDir }: Settings): Promise<Examined> => {
  const probe = join(dataDir, `.doctor-${process.pid}`);
  try {
    if (!existsSync(dataDir)) {
      await access(join(dataDir, '..'), constants.W_OK);
      return remark('data', `${dataDir} is not there yet; the first start makes it`);
    }
    await writeFile(probe, '');
    await rm(probe);
    return good('data', `${dataDir} can be written`);
  } catch (error) {
    return bad('data', `${dataDir} can not be written: ${saying(error)}`);
  }
};

const disk = ({ dataDir }: Settings): Examined => {
  try {
    const { bavail, bsize } = statfsSync(existsSync(dataDir) ? dataDir : packageRoot);
    const free = bavail * bsize;
    const says = `${(free / GIB).toFixed(1)} GiB free`;
    return free < FEW_BYTES ? bad('disk', `${says}: too little for pictures and snapshots`) : good('disk', says);
  } catch (error) {
    return remark('disk', `its free space could not be read: ${saying(error)}`);
  }
};

/** What the Vitrine that has the embedded database open says of itself. */
const runningOne = async (owner: FolderOwner): Promise<Examined[]> => {
  const at = owner.url === null ? '' : ` at ${owner.url}`;
  const found = [good('database', `embedded, open in the Vitrine with pid ${owner.pid}${at}`)];
  if (owner.url === null) return [...found, remark('serving', 'it is still starting')];
  try {
    const ready = (await (await fetch(`${owner.url}/health/ready`)).json()) as { missing?: Record<string, string> };
    const missing = Object.entries(ready.missing ?? {}).map(([name, says]) => `${name}: ${says}`);
    found.push(missing.length === 0 ? good('serving', 'it is ready') : bad('serving', missing.join('; ')));
    const { counts } = await new ApiClient(owner.url, owner.token).call<{ counts: Record<string, { failed: number }> }>(
      'GET',
      '/v1/admin/jobs',
    );
    const failed = Object.values(counts).reduce((sum, each) => sum + each.failed, 0);
    found.push(
      failed === 0
        ? good('jobs', 'none failed')
        : remark('jobs', `${failed} failed for good: see Health on the admin page`),
    );
  } catch (error) {
    found.push(bad('serving', `it does not answer: ${saying(error)}`));
  }
  return found;
};

const ownDatabase = async (settings: Settings): Promise<Examined[]> => {
  // Opening a database that is not there would make one.
  if (settings.databaseUrl === undefined && !existsSync(join(settings.dataDir, 'database')))
    return [remark('database', 'embedded; the first start makes it')];
  try {
    const database = await openDatabase(settings);
    try {
      return await examineDatabase(database, settings);
    } finally {
      await database.close();
    }
  } catch (error) {
    return [bad('database', saying(error))];
  }
};

const pictures = async (settings: Settings): Promise<Examined> => {
  const place = settings.imageStore ?? join(settings.dataDir, 'images');
  if (!place.includes('://') && !existsSync(place)) {
    if (settings.imageStore === undefined)
      return remark('pictures', `${place} is not there yet; the first picture makes it`);
    await mkdir(place, { recursive: true }).catch(() => undefined);
  }
  try {
    const store = openImageStore(settings);
    // Random, for a picture of the shop's own with the same bytes would be removed with it.
    const bytes = randomBytes(64);
    const { hash } = await store.put(bytes);
    const same = (await store.read(hash)).equals(bytes);
    await store.remove(hash);
    return same
      ? good('pictures', `${place} keeps what is put into it`)
      : bad('pictures', `${place} gave back other bytes`);
  } catch (error) {
    return bad('pictures', `${place} can not be used: ${saying(error)}`);
  }
};

const encoder = ({ clipModel }: Settings): Examined[] => {
  const folder = isAbsolute(clipModel) ? clipModel : join(packageRoot, clipModel);
  if (!existsSync(join(folder, 'config.json')))
    return [
      remark(
        'encoder',
        `${clipModel} is no local folder: it is downloaded from the Hugging Face hub at the first start`,
      ),
    ];
  const found = [good('encoder', folder)];
  if (clipModel === 'models/vitrine-clip')
    found.push(
      remark(
        'rights',
        'the bundled encoder was trained in part on research-only pictures (see models/vitrine-clip/README.md); set CLIP_MODEL to a CLIP whose terms suit you if that matters',
      ),
    );
  return found;
};

const ffmpeg = (): Examined =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'ffmpeg')))
    ? good('ffmpeg', 'found: clips can be read')
    : remark('ffmpeg', 'not on PATH: items are embedded without their clips');

/** Settings that are right for some and a hole for others. */
const exposure = (settings: Settings): Examined[] => {
  const open: string[] = [];
  const local = /^(127\.|::1$|localhost$)/.test(settings.host);
  if (!local && settings.publicUrl === undefined)
    open.push(
      `HOST ${settings.host} is reachable from outside without TLS: put a proxy before it and set VITRINE_PUBLIC_URL`,
    );
  if (settings.publicUrl?.startsWith('http:')) open.push('VITRINE_PUBLIC_URL is not https');
  if (settings.origins.includes('*')) open.push('VITRINE_ORIGINS lets pages of every site use publishable keys');
  if (settings.allowPrivateUrls)
    open.push('VITRINE_ALLOW_PRIVATE_URLS lets picture addresses reach into your own network');
  if (settings.metricsOpen) open.push('/metrics is open to everybody who reaches it');
  return open.map((says) => remark('exposure', says));
};

const port = (settings: Settings): Promise<Examined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(bad('port', listeningProblem(error, settings).detail)),
    );
    server.listen(settings.port, settings.host, () =>
      server.close(() => resolve(good('port', settings.port === 0 ? 'any free one' : `${settings.port} is free`))),
    );
  });
