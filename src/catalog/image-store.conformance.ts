import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from './content-hash.js';
import type { ImageStore } from './image-store.port.js';

/** What every image store keeps to. `open` gives an empty one. */
export const imageStoreConformance = (open: () => Promise<{ store: ImageStore; close(): Promise<void> }>): void => {
  describe('keeps pictures', () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let wide: Buffer;
    beforeAll(async () => {
      opened = await open();
      wide = await sharp({ create: { width: 500, height: 250, channels: 3, background: 'olive' } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer();
    });
    afterAll(() => opened.close());

    it('by the hash of their bytes, once, also when they come many times at once', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => opened.store.put(wide)));
      expect(new Set(answers.map(({ hash }) => hash))).toEqual(new Set([sha256(wide)]));
      expect((await opened.store.read(sha256(wide))).equals(wide)).toBe(true);
    });

    it('with sizes for pages: upright, never enlarged, without what the camera noted', async () => {
      const { hash } = await opened.store.put(wide);
      const small = await opened.store.derived(hash, 100);
      const facts = await sharp(small.bytes).metadata();
      expect([small.mediaType, facts.width, facts.height, facts.exif]).toEqual(['image/webp', 160, 320, undefined]);
      expect((await sharp((await opened.store.derived(hash, 5_000)).bytes).metadata()).width).toBe(250);
    });

    it('until they are removed, and says so when asked for one it has not', async () => {
      const { hash } = await opened.store.put(wide);
      await opened.store.remove(hash);
      await opened.store.remove(hash);
      for (const ask of [
        () => opened.store.read(hash),
        () => opened.store.derived(hash, 100),
        () => opened.store.read('../../etc/passwd'),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: 'VIT_IMAGE_MISSING', status: 404 });
      }
    });
  });
};
