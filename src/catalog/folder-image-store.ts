import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256 } from './content-hash.js';
import { DERIVED_MEDIA_TYPE, deriveImage, keptWidth } from './derive-image.js';
import type { DerivedImage, ImageStore, StoredImage } from './image-store.port.js';
import { pictureMissing, placeOfPicture } from './picture-missing.js';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Pictures in a folder: `ab/cd/HASH` for the bytes, `ab/cd/HASH.640.webp` for a derived size. Written beside and renamed, so never half there. */
export class FolderImageStore implements ImageStore {
  constructor(private readonly folder: string) {}

  async put(bytes: Buffer): Promise<StoredImage> {
    const hash = sha256(bytes);
    const path = this.pathOf(hash);
    if ((await sizeOf(path)) !== bytes.length) await writeWhole(path, bytes);
    return { hash, bytes: bytes.length };
  }

  async read(hash: string): Promise<Buffer> {
    try {
      return await readFile(this.pathOf(hash));
    } catch (error) {
      throw isMissing(error) ? pictureMissing(hash) : error;
    }
  }

  async derived(hash: string, width: number): Promise<DerivedImage> {
    const kept = keptWidth(width);
    const path = `${this.pathOf(hash)}.${kept}.webp`;
    try {
      return { bytes: await readFile(path), mediaType: DERIVED_MEDIA_TYPE };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    const bytes = await deriveImage(await this.read(hash), kept);
    await writeWhole(path, bytes);
    return { bytes, mediaType: DERIVED_MEDIA_TYPE };
  }

  async remove(hash: string): Promise<void> {
    const path = this.pathOf(hash);
    try {
      const names = await readdir(dirname(path));
      await Promise.all(
        names.filter((name) => name.startsWith(hash)).map((name) => rm(join(dirname(path), name), { force: true })),
      );
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  private pathOf(hash: string): string {
    return join(this.folder, placeOfPicture(hash));
  }
}

const sizeOf = async (path: string): Promise<number | null> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
};

const writeWhole = async (path: string, bytes: Buffer): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    await writeFile(beside, bytes, { flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};
