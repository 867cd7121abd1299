import { Global, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PictureVault } from '../../src/catalog/catalog.api.js';
import { CatalogModule } from '../../src/catalog/catalog.module.js';
import { EmbeddingService } from '../../src/embedding/embedding.api.js';
import { EmbeddingModule } from '../../src/embedding/embedding.module.js';
import { CONSENT, PICTURE_EMBEDDER, PICTURE_KEEPER } from '../../src/interactions/interactions.api.js';
import { InteractionsModule } from '../../src/interactions/interactions.module.js';
import { PgBossJobQueue } from '../../src/platform/jobs/pg-boss-job-queue.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { DatabaseOutbox } from '../../src/platform/outbox/database-outbox.js';
import { type Database, loadSettings, migrate, openDatabase, SystemClock } from '../../src/platform/platform.api.js';
import { PlatformModule } from '../../src/platform/platform.module.js';

/** Catalogue and embedding alone, on a database of their own, with their jobs running. */
export interface EmbeddingContext {
  app: INestApplicationContext;
  database: Database;
  /** Resolves when no job of embedding waits or runs. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

@Global()
@Module({
  providers: [{ provide: CONSENT, useValue: { decide: async () => ({ personalization: true, training: true }) } }],
  exports: [CONSENT],
})
class EverybodyConsents {}

/** @param env settings as variables; `CLIP_MODEL` names the model */
export const openEmbedding = async (env: Record<string, string>): Promise<EmbeddingContext> => {
  const { settings } = loadSettings({ env: { LOG_LEVEL: 'fatal', VITRINE_ALLOW_PRIVATE_URLS: 'true', ...env } });
  const logger = createLogger(settings.logLevel);
  const database = await openDatabase(settings, () => undefined);
  await migrate(database);
  const outbox = new DatabaseOutbox(database, logger);
  await outbox.start();
  const jobs = new PgBossJobQueue(database, logger);
  await jobs.start();
  const parts = { settings, database, outbox, jobs, clock: new SystemClock(), logger, role: 'all' as const };
  const root = {
    module: class Root {},
    imports: [
      PlatformModule.with(parts),
      EverybodyConsents,
      CatalogModule,
      InteractionsModule.with([
        { provide: PICTURE_KEEPER, useExisting: PictureVault },
        { provide: PICTURE_EMBEDDER, useExisting: EmbeddingService },
      ]),
      EmbeddingModule,
    ],
  };
  const app = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  return {
    app,
    database,
    settled: async () => {
      for (;;) {
        const counts = (await jobs.counts())['embedding.item'];
        const { rows } = await database.run(
          'select count(*)::int as due from items where embedded_revision < revision',
        );
        if ((counts?.active ?? 0) === 0 && rows[0]!.due === 0) return;
        await new Promise((wake) => setTimeout(wake, 50));
      }
    },
    close: async () => {
      await jobs.stop(5_000);
      await app.close();
      await outbox.stop();
      await database.close();
    },
  };
};
