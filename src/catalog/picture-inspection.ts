import sharp, { type Metadata } from 'sharp';
import { Problem } from '../platform/http/problem.js';

/** Most bytes of one picture. */
export const PICTURE_MAX_BYTES = 15 * 1024 * 1024;
/** Most pixels of one picture. */
export const PICTURE_MAX_PIXELS = 40_000_000;

const MEDIA_TYPES: Record<string, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  gif: 'image/gif',
};

/** A readable picture: its media type by its own bytes (never by name or header), upright width and height in pixels. */
export interface PictureFacts {
  mediaType: string;
  width: number;
  height: number;
}

const refuse = (code: string, status: number, detail: string, cause?: unknown): Problem =>
  new Problem({ code: `VIT_IMAGE_${code}`, status, title: 'The picture cannot be used', detail, cause });

const inMegabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

/** How every decoder of Vitrine opens a picture: bounded, and failing on what is cut off. */
export const SHARP_INPUT = { limitInputPixels: PICTURE_MAX_PIXELS, failOn: 'truncated', sequentialRead: true } as const;

/**
 * Reads a picture to its last pixel and tells what it is. Cost: one full decode (about 10 ms for 1600 px).
 *
 * @throws Problem 400 `VIT_IMAGE_EMPTY`, `VIT_IMAGE_UNREADABLE` (no picture), `VIT_IMAGE_FORMAT` (a kind we don't take, SVG included),
 * `VIT_IMAGE_PIXELS` (over 40 megapixels), `VIT_IMAGE_TRUNCATED` (cut off or damaged); 413 `VIT_IMAGE_BYTES` (over 15 MB).
 */
export const inspectPicture = async (bytes: Buffer): Promise<PictureFacts> => {
  if (bytes.length === 0) throw refuse('EMPTY', 400, 'The picture has no bytes.');
  if (bytes.length > PICTURE_MAX_BYTES) {
    throw refuse(
      'BYTES',
      413,
      `The picture has ${inMegabytes(bytes.length)}; at most ${inMegabytes(PICTURE_MAX_BYTES)} are taken.`,
    );
  }
  const facts = await readHeader(bytes);
  try {
    // Statistics would decode as well, but this keeps no full-size copy: a tiny output makes libvips read every line.
    await sharp(bytes, SHARP_INPUT)
      .timeout({ seconds: 20 })
      .resize(8, 8, { fit: 'fill', fastShrinkOnLoad: false })
      .raw()
      .toBuffer();
  } catch (error) {
    throw refuse('TRUNCATED', 400, `The ${facts.mediaType} picture is cut off or damaged: ${reasonOf(error)}.`, error);
  }
  return facts;
};

const readHeader = async (bytes: Buffer): Promise<PictureFacts> => {
  let header: Metadata;
  try {
    header = await sharp(bytes, { ...SHARP_INPUT, limitInputPixels: false }).metadata();
  } catch (error) {
    throw refuse(
      'UNREADABLE',
      400,
      `These ${bytes.length} bytes are no jpeg, png, webp, avif or gif picture: ${reasonOf(error)}.`,
      error,
    );
  }
  const format = header.format === 'heif' && header.compression === 'av1' ? 'avif' : header.format;
  const mediaType = MEDIA_TYPES[format];
  if (mediaType === undefined) {
    throw refuse('FORMAT', 400, `The picture is ${format}; jpeg, png, webp, avif and gif are taken.`);
  }
  // pageHeight: an animation's frames lie below each other in one tall strip, only the first is looked at.
  const height = header.pageHeight ?? header.height;
  if (header.width * height > PICTURE_MAX_PIXELS) {
    throw refuse(
      'PIXELS',
      400,
      `The picture has ${header.width} × ${height} pixels; at most ${PICTURE_MAX_PIXELS / 1e6} megapixels are taken.`,
    );
  }
  const turned = (header.orientation ?? 1) >= 5;
  return { mediaType, width: turned ? height : header.width, height: turned ? header.width : height };
};

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim().replace(/\.$/, '').slice(0, 200);
