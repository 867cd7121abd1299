import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { FolderImageStore } from './folder-image-store.js';
import { imageStoreConformance } from './image-store.conformance.js';

describe('a folder', () => {
  imageStoreConformance(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-store-'));
    return { store: new FolderImageStore(folder), close: () => rm(folder, { recursive: true, force: true }) };
  });
});
