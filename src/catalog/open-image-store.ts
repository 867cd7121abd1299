import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MEMORY, Problem, type Settings } from '../platform/platform.api.js';
import { FolderImageStore } from './folder-image-store.js';
import type { ImageStore } from './image-store.port.js';

/** The store that `VITRINE_IMAGE_STORE` names; the data folder when it is absent. */
export const openImageStore = (settings: Settings): ImageStore => {
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
  // A database in memory leaves nothing behind; its pictures are with the system's temporary files.
  const folder =
    settings.dataDir === MEMORY ? join(tmpdir(), `vitrine-images-${process.pid}`) : join(settings.dataDir, 'images');
  return new FolderImageStore(resolve(place ?? folder));
};
