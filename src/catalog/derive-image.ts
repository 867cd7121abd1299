import sharp from 'sharp';
import { SHARP_INPUT } from './picture-inspection.js';

/** Widths in pixels that are kept; any other is rounded up to one of them. */
export const KEPT_WIDTHS = [160, 320, 640, 960, 1280] as const;

export const DERIVED_MEDIA_TYPE = 'image/webp';

/** The kept width for a wanted one: the next larger, or the largest. */
export const keptWidth = (width: number): number => KEPT_WIDTHS.find((kept) => kept >= width) ?? KEPT_WIDTHS.at(-1)!;

/** The picture at most `width` pixels wide, upright, in sRGB, as WebP, without metadata (a photograph may name a place). Never enlarged. */
export const deriveImage = (bytes: Buffer, width: number): Promise<Buffer> =>
  sharp(bytes, SHARP_INPUT)
    .timeout({ seconds: 20 })
    .rotate()
    .resize({ width, withoutEnlargement: true })
    .toColourspace('srgb')
    .webp({ quality: 80 })
    .toBuffer();
