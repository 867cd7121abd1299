import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { PICTURE_EMBEDDER } from '../interactions/interactions.api.js';
import {
  answersHttp,
  LOGGER,
  type Logger,
  MEMORY,
  PROCESS_ROLE,
  type ProcessRole,
  SETTINGS,
  type Settings,
} from '../platform/platform.api.js';
import { configuredEncoder } from './configured-encoder.js';
import { EmbeddingController } from './embedding.controller.js';
import { EmbeddingService } from './embedding.service.js';
import { EmbeddingJobs } from './embedding-jobs.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import { ItemEmbedder } from './item-embedder.js';
import { ModalityVectors } from './modality-vectors.js';
import { QueryPictures } from './query-pictures.js';
import { ShopVectors } from './shop-vectors.js';
import { VectorCache } from './vector-cache.js';
import { VideoEmbedder } from './video-embedder.js';
import { VideoSegments } from './video-segments.js';

/** The model that `CLIP_MODEL` names, loaded before anything is served. */
const openEncoder = async (settings: Settings, role: ProcessRole, logger: Logger): Promise<Encoder> => {
  const encoder = await configuredEncoder(settings, {
    cacheDir: join(settings.dataDir === MEMORY ? tmpdir() : settings.dataDir, 'models'),
    first: answersHttp(role) ? 'urgent' : 'backfill',
    onFetch: (file, bytes) => logger.info({ file, bytes, model: settings.clipModel }, 'fetching the encoder'),
  });
  if (encoder.about.deviceNote) logger.warn(encoder.about.deviceNote);
  logger.info(
    { encoder: encoder.id, dimension: encoder.dimension, device: encoder.about.device, dtype: encoder.about.dtype },
    'the encoder is loaded',
  );
  return encoder;
};

const shared = [EmbeddingService, EmbeddingJobs, ModalityVectors, QueryPictures, VideoSegments];

/** From pictures, words, reviews and clips to modality vectors. */
@Global()
@Module({
  controllers: [EmbeddingController],
  providers: [
    ...shared,
    ItemEmbedder,
    ShopVectors,
    VectorCache,
    VideoEmbedder,
    { provide: ENCODER, useFactory: openEncoder, inject: [SETTINGS, PROCESS_ROLE, LOGGER] },
    { provide: PICTURE_EMBEDDER, useExisting: EmbeddingService },
  ],
  exports: [...shared, ENCODER, PICTURE_EMBEDDER],
})
export class EmbeddingModule implements OnApplicationShutdown {
  constructor(@Inject(ENCODER) private readonly encoder: Encoder) {}

  async onApplicationShutdown(): Promise<void> {
    await this.encoder.close();
  }
}
