import type { Clock, Database, JobQueue, Outbox, Settings } from '../platform/platform.api.js';
import { CatalogService } from './catalog.service.js';
import { EmbeddingLedger } from './embedding-ledger.js';
import { ImportLedger } from './import-ledger.js';
import { openImageStore } from './open-image-store.js';
import { PictureRows } from './picture-rows.js';
import { PictureVault } from './picture-vault.js';
import { ReviewsService } from './reviews.service.js';
import { StoredItems } from './stored-items.js';

/** What commands need to write to the catalogue without starting the whole application. */
export interface Catalog {
  items: CatalogService;
  reviews: ReviewsService;
  ledger: EmbeddingLedger;
  imports: ImportLedger;
}

/** The catalogue on an open, migrated database. */
export const createCatalog = (parts: {
  settings: Settings;
  database: Database;
  outbox: Outbox;
  jobs: JobQueue;
  clock: Clock;
}): Catalog => {
  const { settings, database, outbox, jobs, clock } = parts;
  const pictures = new PictureRows(database, clock, openImageStore(settings));
  return {
    items: new CatalogService(outbox, jobs, pictures, new StoredItems(database)),
    reviews: new ReviewsService(database, outbox, jobs),
    ledger: new EmbeddingLedger(database),
    imports: new ImportLedger(database),
  };
};

/** The store of pictures that aren't (yet) an item's, on an open database. */
export const createPictureVault = (settings: Settings, database: Database): PictureVault =>
  new PictureVault(database, openImageStore(settings));
