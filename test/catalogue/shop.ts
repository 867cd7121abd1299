import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import sharp from 'sharp';
import { PictureVault } from '../../src/catalog/catalog.api.js';
import { CatalogModule } from '../../src/catalog/catalog.module.js';
import { PICTURE_EMBEDDER, PICTURE_KEEPER } from '../../src/interactions/interactions.api.js';
import { InteractionsModule } from '../../src/interactions/interactions.module.js';
import { PgBossJobQueue } from '../../src/platform/jobs/pg-boss-job-queue.js';
import { DatabaseOutbox } from '../../src/platform/outbox/database-outbox.js';
import { type Database, loadSettings, migrate, openDatabase, SystemClock } from '../../src/platform/platform.api.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { PrivacyModule } from '../../src/privacy/privacy.module.js';
import type { TestDatabase } from '../support/databases.js';

/** The catalogue, events and privacy on a real database; only the encoder is replaced, by one that gives a picture's mean colour. */
export interface Shop {
  module: TestingModule;
  database: Database;
  folder: string;
  close(): Promise<void>;
}

const meanColour = {
  encoderId: 'mean-colour',
  async embedPicture(bytes: Buffer): Promise<Float32Array> {
    const pixel = await sharp(bytes).resize(1, 1, { fit: 'fill' }).removeAlpha().raw().toBuffer();
    const vector = Float32Array.from(pixel.subarray(0, 3), (value) => value + 1);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  },
};

export const openShop = async (given: TestDatabase, env: Record<string, string> = {}): Promise<Shop> => {
  const installation = await given.install();
  const settings = loadSettings({ env: { ...installation.env, ...env }, envFolder: null }).settings;
  const logger = pino({ level: 'error' }, pino.destination(2));
  const database = await openDatabase(settings);
  await migrate(database);
  const outbox = new DatabaseOutbox(database, logger);
  await outbox.start();
  const jobs = new PgBossJobQueue(database, logger);
  await jobs.start();
  const module = await Test.createTestingModule({
    imports: [
      PlatformModule.with({ settings, database, outbox, jobs, clock: new SystemClock(), logger, role: 'all' }),
      CatalogModule,
      PrivacyModule,
      InteractionsModule.with([
        { provide: PICTURE_KEEPER, useExisting: PictureVault },
        { provide: PICTURE_EMBEDDER, useValue: meanColour },
      ]),
    ],
  }).compile();
  await module.init();
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-pictures-'));
  return {
    module,
    database,
    folder,
    async close() {
      await module.close();
      await jobs.stop(2_000);
      await outbox.stop();
      await database.close();
      await installation.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** A small JPEG of one colour. */
export const picture = (colour: string, width = 64, height = 48): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: colour } })
    .jpeg()
    .toBuffer();

export const lines = async function* (rows: readonly unknown[]) {
  for (const [index, value] of rows.entries()) yield { line: index + 1, value };
};
