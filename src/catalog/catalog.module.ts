import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { MEMORY, Problem, SETTINGS, type Settings } from '../platform/platform.api.js';
import { CatalogReader } from './catalog-reader.js';
import { CatalogService } from './catalog.service.js';
import { CatalogSweep } from './catalog-sweep.js';
import { EmbeddingLedger } from './embedding-ledger.js';
import { FolderImageStore } from './folder-image-store.js';
import { IMAGE_STORE, type ImageStore } from './image-store.port.js';
import { ItemPictures } from './item-pictures.js';
import { ItemsController } from './items.controller.js';
import { LettersSearch } from './letters-search.js';
import { PictureRows } from './picture-rows.js';
import { PictureVault } from './picture-vault.js';
import { PicturesController } from './pictures.controller.js';
import { ReviewReader } from './review-reader.js';
import { ReviewsController } from './reviews.controller.js';
import { ReviewsService } from './reviews.service.js';
import { SafeDownloader } from './safe-downloader.js';
import { StoredItems } from './stored-items.js';

/** The store that `VITRINE_IMAGE_STORE` names; the data folder when it is absent. */
const openImageStore = (settings: Settings): ImageStore => {
  const place = settings.imageStore;
  if (place?.includes('://')) {
    throw new Problem({
      code: 'VIT_CONFIG_IMAGE_STORE',
      status: 500,
      fault: 'shop',
      title: 'This image store cannot be used',
      detail: `VITRINE_IMAGE_STORE=${place}: this build keeps pictures in a folder; give one that all processes share.`,
    });
  }
  return new FolderImageStore(resolve(place ?? join(settings.dataDir, 'images')));
};

const shared = [CatalogReader, CatalogService, EmbeddingLedger, ItemPictures, LettersSearch, PictureVault, ReviewReader, ReviewsService, SafeDownloader];

/** Items, pictures, reviews. */
@Global()
@Module({
  controllers: [ItemsController, ReviewsController, PicturesController],
  providers: [...shared, CatalogSweep, PictureRows, StoredItems, { provide: IMAGE_STORE, useFactory: openImageStore, inject: [SETTINGS] }],
  exports: [...shared, IMAGE_STORE],
})
export class CatalogModule {}
