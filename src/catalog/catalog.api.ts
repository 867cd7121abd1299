export { CatalogService, type ImportOptions, type ItemOutcome } from './catalog.service.js';
export { CatalogReader, picturePath } from './catalog-reader.js';
export { type Catalog, createCatalog, createPictureVault } from './create-catalog.js';
export { EMBEDDING_GIVEN_UP, EmbeddingLedger } from './embedding-ledger.js';
export { type DerivedImage, IMAGE_STORE, type ImageStore, type StoredImage } from './image-store.port.js';
export type { ImportReported, RejectedRow } from './import.schema.js';
export { ImportLedger, REJECTED_KEPT } from './import-ledger.js';
export {
  Availability,
  ImportedItem,
  ItemInput,
  ItemPatch,
  ItemStatus,
  MOST_PICTURES,
  ModalityState,
  Money,
  PublicItem,
  StoredItem,
} from './item.schema.js';
export { type FetchOutcome, ItemPictures } from './item-pictures.js';
export type { ItemRecord, PictureRecord, ReviewRecord } from './item-record.js';
export { type LettersHit, LettersSearch } from './letters-search.js';
export { openImageStore } from './open-image-store.js';
export {
  inspectPicture,
  PICTURE_MAX_BYTES,
  PICTURE_MAX_PIXELS,
  type PictureFacts,
  SHARP_INPUT,
} from './picture-inspection.js';
export { bytesOfBase64, bytesOfPicture } from './picture-intake.js';
export { PictureVault } from './picture-vault.js';
export { ReviewInput } from './review.schema.js';
export { ReviewReader } from './review-reader.js';
export { ReviewsService } from './reviews.service.js';
export {
  DownloadFailed,
  type DownloadLimits,
  isPublicAddress,
  type OpenDownload,
  SafeDownloader,
} from './safe-downloader.js';
