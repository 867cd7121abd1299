import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MEMORY, type Settings } from '../platform/platform.api.js';
import { FolderImageStore } from './folder-image-store.js';
import type { ImageStore } from './image-store.port.js';
import { S3ImageStore } from './s3-image-store.js';

/** The store that `VITRINE_IMAGE_STORE` names; the data folder when it is absent. */
export const openImageStore = (settings: Settings): ImageStore => {
  const place = settings.imageStore;
  if (place?.startsWith('s3://')) return S3ImageStore.at(place);
  // A database in memory leaves nothing behind; its pictures are with the system's temporary files.
  const folder =
    settings.dataDir === MEMORY ? join(tmpdir(), `vitrine-images-${process.pid}`) : join(settings.dataDir, 'images');
  return new FolderImageStore(resolve(place ?? folder));
};
