import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { Problem } from '../platform/http/problem.js';
import { sha256 } from './content-hash.js';
import type { ImportedPictureInput } from './item.schema.js';
import { PICTURE_MAX_BYTES } from './picture-inspection.js';

/** Where a picture came from, as kept in `item_images.source`. `sha256` is null when the bytes could not be had. */
export type PictureSource =
  | { url: string }
  | { imageId: string }
  | { data: true; sha256: string | null }
  | { file: string; sha256: string | null };

/** Why a picture cannot be used. */
export interface PictureProblem {
  code: string;
  detail: string;
}

/** A picture as it came in: its source, and its bytes where the shop sent them along, or why there are none. */
export interface IncomingPicture {
  source: PictureSource;
  alt: string | null;
  bytes?: Buffer;
  problem?: PictureProblem;
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const DATA_URL = /^data:[^,]{0,200};base64,/i;

/** The bytes of base64 text (plain, URL-safe, or a `data:` address); null when it is none. */
export const bytesOfBase64 = (text: string): Buffer | null => {
  const body = text.replace(DATA_URL, '').replace(/\s+/g, '');
  if (body === '' || !BASE64.test(body)) return null;
  return Buffer.from(body, 'base64');
};

/** Takes in one picture of an item. Never rejects for a bad picture: what is wrong stands in `problem`. Files are read below `imagesDir` only. */
export const takePicture = async (picture: ImportedPictureInput, imagesDir?: string): Promise<IncomingPicture> => {
  const alt = picture.alt ?? null;
  if (picture.url !== undefined) return { source: { url: picture.url }, alt };
  if (picture.imageId !== undefined) return { source: { imageId: picture.imageId }, alt };
  if (picture.data !== undefined) return { alt, ...takeData(picture.data) };
  return { alt, ...(await takeFile(picture.file ?? '', imagesDir)) };
};

const takeData = (text: string): Omit<IncomingPicture, 'alt'> => {
  const bytes = bytesOfBase64(text);
  if (bytes) return { source: { data: true, sha256: sha256(bytes) }, bytes };
  const problem = { code: 'VIT_IMAGE_BASE64', detail: `data is not base64: it begins with "${text.slice(0, 20)}".` };
  // The text's own hash keeps a second, different wrong text apart from this one.
  return { source: { data: true, sha256: sha256(text) }, problem };
};

/** The bytes of a picture file below `imagesDir`, or why there are none. */
export const bytesOfPicture = async (
  file: string,
  imagesDir: string | undefined,
): Promise<{ bytes: Buffer } | { problem: PictureProblem }> => {
  const { bytes, problem } = await takeFile(file, imagesDir);
  return bytes ? { bytes } : { problem: problem! };
};

const takeFile = async (file: string, imagesDir: string | undefined): Promise<Omit<IncomingPicture, 'alt'>> => {
  try {
    const bytes = await readBelow(file, imagesDir);
    return { source: { file, sha256: sha256(bytes) }, bytes };
  } catch (error) {
    return { source: { file, sha256: null }, problem: fileProblem(file, error) };
  }
};

const fileProblem = (file: string, error: unknown): PictureProblem => {
  if (error instanceof Problem) return { code: error.code, detail: error.detail };
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  const absent = code === 'ENOENT' || code === 'ENOTDIR';
  return absent
    ? { code: 'VIT_IMAGE_FILE_MISSING', detail: `There is no file "${file}" below the pictures' folder.` }
    : { code: 'VIT_IMAGE_FILE_UNREADABLE', detail: `"${file}" could not be read: ${code} ${message}` };
};

const outside = (file: string): Problem =>
  new Problem({
    code: 'VIT_IMAGE_FILE_OUTSIDE',
    status: 400,
    title: 'The picture cannot be used',
    detail: `"${file}" leads out of the pictures' folder.`,
  });

const isBelow = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const readBelow = async (file: string, imagesDir: string | undefined): Promise<Buffer> => {
  if (imagesDir === undefined) {
    const detail = `"${file}" is a file, but the import names no folder of pictures; give it with --images.`;
    throw new Problem({ code: 'VIT_IMAGE_NO_FOLDER', status: 400, title: 'The picture cannot be used', detail });
  }
  const folder = await realpath(imagesDir);
  const path = resolve(folder, file);
  if (!isBelow(folder, path)) throw outside(file);
  // A link inside the folder may still lead out of it.
  const real = await realpath(path);
  if (!isBelow(folder, real)) throw outside(file);
  const facts = await stat(real);
  if (!facts.isFile())
    throw new Problem({
      code: 'VIT_IMAGE_FILE_UNREADABLE',
      status: 400,
      title: 'The picture cannot be used',
      detail: `"${file}" is no file.`,
    });
  if (facts.size > PICTURE_MAX_BYTES) {
    throw new Problem({
      code: 'VIT_IMAGE_BYTES',
      status: 413,
      title: 'The picture cannot be used',
      detail: `"${file}" has ${facts.size} bytes; at most ${PICTURE_MAX_BYTES} are taken.`,
    });
  }
  return readFile(real);
};
