import { Global, Module } from '@nestjs/common';
import { FusionModule } from '../fusion/fusion.module.js';
import { LOGGER, type Logger } from '../platform/platform.api.js';
import { CatalogueFeed } from './catalogue-feed.js';
import { IndexEngine } from './index-engine.js';
import { IndexesController } from './indexes.controller.js';
import { loadKernel } from './kernel/dot-kernel.js';
import { LiveCatalogue } from './live-catalogue.js';
import { Retrieval } from './retrieval.service.js';
import { ScanThread } from './scan/scan-thread.js';

const liveCatalogue = {
  provide: LiveCatalogue,
  inject: [LOGGER],
  useFactory: async (logger: Logger) =>
    new LiveCatalogue(
      await loadKernel((reason) =>
        logger.warn({ reason }, 'the SIMD kernel does not load; exact scans are about seven times slower'),
      ),
    ),
};

/** The live catalogue, its indexes, and the nearest items. */
@Global()
@Module({
  imports: [FusionModule],
  controllers: [IndexesController],
  providers: [liveCatalogue, IndexEngine, CatalogueFeed, ScanThread, Retrieval],
  exports: [LiveCatalogue, IndexEngine, CatalogueFeed, Retrieval],
})
export class RetrievalModule {}
