/** What other modules may use of embedding: from pictures, words, reviews and clips to modality vectors. */

export { configuredEncoder } from './configured-encoder.js';
export { QueryPicture } from './embedding.schema.js';
export { EmbeddingService, type StoredListener } from './embedding.service.js';
export { type Coverage, EmbeddingJobs } from './embedding-jobs.js';
export { ENCODER, type EncodeOptions, type Encoder, type EncoderAbout } from './encoder.port.js';
export {
  type ModalityCount,
  type ModalityVector,
  ModalityVectors,
  OWN_MODALITIES,
  type Segment,
  SHOP_ENCODER,
  type StoredVector,
} from './modality-vectors.js';
export { honestReviews, pooledPictures, pooledReviews, pooledText } from './pooling.js';
export { QueryPictures } from './query-pictures.js';
export { ASPECTS, CAPTIONS, SEEN_WORDS } from './seen-words.js';
export { type FoundSegment, VideoSegments } from './video-segments.js';
