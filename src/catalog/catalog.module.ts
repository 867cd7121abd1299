import { Global, Module } from '@nestjs/common';
import { SETTINGS } from '../platform/platform.api.js';
import { CatalogService } from './catalog.service.js';
import { CatalogReader } from './catalog-reader.js';
import { CatalogSweep } from './catalog-sweep.js';
import { EmbeddingLedger } from './embedding-ledger.js';
import { IMAGE_STORE } from './image-store.port.js';
import { ImportLedger } from './import-ledger.js';
import { ImportsController } from './imports.controller.js';
import { ItemPictures } from './item-pictures.js';
import { ItemsController } from './items.controller.js';
import { LettersSearch } from './letters-search.js';
import { openImageStore } from './open-image-store.js';
import { PictureRows } from './picture-rows.js';
import { PictureVault } from './picture-vault.js';
import { PicturesController } from './pictures.controller.js';
import { ReviewReader } from './review-reader.js';
import { ReviewsController } from './reviews.controller.js';
import { ReviewsService } from './reviews.service.js';
import { SafeDownloader } from './safe-downloader.js';
import { StoredItems } from './stored-items.js';

const shared = [
  CatalogReader,
  CatalogService,
  EmbeddingLedger,
  ImportLedger,
  ItemPictures,
  LettersSearch,
  PictureVault,
  ReviewReader,
  ReviewsService,
  SafeDownloader,
];

/** Items, pictures, reviews. */
@Global()
@Module({
  controllers: [ItemsController, ReviewsController, PicturesController, ImportsController],
  providers: [
    ...shared,
    CatalogSweep,
    PictureRows,
    StoredItems,
    { provide: IMAGE_STORE, useFactory: openImageStore, inject: [SETTINGS] },
  ],
  exports: [...shared, IMAGE_STORE],
})
export class CatalogModule {}
