import sharp, { type Metadata, type Sharp } from 'sharp';
import { enlarged, type Rgb } from './bicubic-enlarge.js';
import { pictureFault, reasonOf } from './model-fault.js';
import type { PicturePlan } from './picture-plan.js';

/** Bounds on what is decoded. */
export interface PictureLimits {
  maxBytes: number;
  maxPixels: number;
}

const READABLE = new Set(['jpeg', 'png', 'webp', 'gif', 'avif']);

/**
 * Bytes of a picture to the numbers its network sees: upright (EXIF), on white where it is transparent, sRGB, resized and cropped by plan.
 *
 * @param into where the numbers go; new memory where none is given
 * @returns `Float32Array(3 × height × width)`, channel after channel
 * @throws ModelFault `VIT_IMAGE_EMPTY`, `VIT_IMAGE_BYTES`, `VIT_IMAGE_UNREADABLE`, `VIT_IMAGE_FORMAT`, `VIT_IMAGE_PIXELS`, `VIT_IMAGE_TRUNCATED`
 */
export const picturePixels = async (
  bytes: Uint8Array,
  plan: PicturePlan,
  limits: PictureLimits,
  into: Float32Array = new Float32Array(3 * plan.width * plan.height),
): Promise<Float32Array> => {
  const rgb = await pictureRgb(bytes, plan, limits);
  const area = plan.width * plan.height;
  // A byte has 256 values only: looked up, they cost half of what they cost computed.
  const [red, green, blue] = [0, 1, 2].map((channel) => levelsOf(plan, channel)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let at = 0, from = 0; at < area; at++, from += 3) {
    into[at] = red[rgb[from]!]!;
    into[area + at] = green[rgb[from + 1]!]!;
    into[2 * area + at] = blue[rgb[from + 2]!]!;
  }
  return into;
};

/** What each of the 256 values of a byte is to the network. */
const levelsOf = (plan: PicturePlan, channel: number): Float32Array =>
  Float32Array.from({ length: 256 }, (_, value) => value * plan.scale[channel]! + plan.shift[channel]!);

/** Like `picturePixels`, before scaling: `width × height × 3` bytes, pixel after pixel. */
export const pictureRgb = async (bytes: Uint8Array, plan: PicturePlan, limits: PictureLimits): Promise<Uint8Array> => {
  const header = await readHeader(bytes, limits);
  try {
    let pipeline = open(bytes, limits).timeout({ seconds: 20 }).autoOrient();
    if (header.hasAlpha) pipeline = pipeline.flatten({ background: '#ffffff' });
    pipeline = pipeline.toColourspace('srgb');
    const growth = enlarging(plan, header);
    const sized = growth
      ? pipeline.resize(growth.from.width, growth.from.height, { fit: 'fill', kernel: plan.kernel })
      : shaped(pipeline, plan, header);
    const { data, info } = await sized.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const rgb = info.channels === 3 ? data : threeChannels(data, info.channels, info.width * info.height);
    return growth ? middleOf(enlarged({ data: rgb, ...growth.from }, growth.to.width, growth.to.height), plan) : rgb;
  } catch (error) {
    throw pictureFault(
      'TRUNCATED',
      `The ${header.format} picture is cut off or damaged: ${reasonOf(error)}.`,
      400,
      error,
    );
  }
};

interface Header {
  format: string;
  /** Upright. */
  width: number;
  height: number;
  hasAlpha: boolean;
}

const open = (bytes: Uint8Array, limits: PictureLimits) =>
  sharp(bytes, { limitInputPixels: limits.maxPixels, failOn: 'truncated', sequentialRead: true });

const readHeader = async (bytes: Uint8Array, limits: PictureLimits): Promise<Header> => {
  if (bytes.length === 0) throw pictureFault('EMPTY', 'The picture has no bytes.');
  if (bytes.length > limits.maxBytes) {
    throw pictureFault('BYTES', `The picture has ${bytes.length} bytes; at most ${limits.maxBytes} are taken.`, 413);
  }
  let facts: Metadata;
  try {
    facts = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw pictureFault(
      'UNREADABLE',
      `These ${bytes.length} bytes are no jpeg, png, webp, avif or gif picture: ${reasonOf(error)}.`,
      400,
      error,
    );
  }
  const format = facts.format === 'heif' && facts.compression === 'av1' ? 'avif' : facts.format;
  if (!READABLE.has(format))
    throw pictureFault('FORMAT', `The picture is ${format}; jpeg, png, webp, avif and gif are taken.`);
  const { width, height } = facts.autoOrient;
  const rows = facts.pageHeight ?? height;
  if (width * rows > limits.maxPixels) {
    throw pictureFault(
      'PIXELS',
      `The picture has ${width} × ${rows} pixels; at most ${limits.maxPixels / 1e6} megapixels are taken.`,
    );
  }
  return { format, width, height: rows, hasAlpha: facts.hasAlpha };
};

const shaped = (pipeline: Sharp, plan: PicturePlan, header: Header): Sharp => {
  const { kernel, resize, padding } = plan;
  if (padding) {
    const box = resize.to === 'squeeze' ? resize : { width: resize.edge, height: resize.edge };
    const [r, g, b] = padding;
    return cropped(
      pipeline.resize(box.width, box.height, { fit: 'contain', background: { r, g, b }, kernel }),
      box,
      plan,
    );
  }
  if (resize.to === 'squeeze') {
    return cropped(pipeline.resize(resize.width, resize.height, { fit: 'fill', kernel }), resize, plan);
  }
  const size = proportional(resize.edge, header);
  return cropped(pipeline.resize(size.width, size.height, { fit: 'fill', kernel }), size, plan);
};

/** Pixels beyond which enlarging is left to the image library. */
const MOST_ENLARGED = 2_000_000;

/**
 * The size up to which the image library shrinks, and the size to reach, where a side has to grow beyond the original; null where none
 * has. Enlarging is ours: the library's lies a fraction of a pixel off the reference.
 */
const enlarging = (plan: PicturePlan, header: Header): { from: Size; to: Size } | null => {
  const to = plan.resize.to === 'squeeze' ? plan.resize : proportional(plan.resize.edge, header);
  const grows = to.width > header.width || to.height > header.height;
  if (!grows || plan.padding || plan.kernel !== 'cubic' || to.width * to.height > MOST_ENLARGED) return null;
  return { from: { width: Math.min(to.width, header.width), height: Math.min(to.height, header.height) }, to };
};

/** What the network sees of a picture that has its size. */
const middleOf = ({ data, width, height }: Rgb, plan: PicturePlan): Uint8Array => {
  if (plan.width === width && plan.height === height) return data;
  const left = Math.floor((width - plan.width) / 2);
  const top = Math.floor((height - plan.height) / 2);
  const out = new Uint8Array(plan.width * plan.height * 3);
  for (let y = 0; y < plan.height; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(data.subarray(from, from + plan.width * 3), y * plan.width * 3);
  }
  return out;
};

interface Size {
  width: number;
  height: number;
}

/** The shorter side gets this length; the longer is rounded down, as the reference preprocessing does. */
const proportional = (edge: number, { width, height }: Size): Size => {
  const shorter = Math.min(width, height);
  const scaled = (side: number) => Math.max(edge, Math.floor((edge * side) / shorter));
  return { width: scaled(width), height: scaled(height) };
};

const cropped = (pipeline: Sharp, size: { width: number; height: number }, { crop }: PicturePlan): Sharp => {
  if (!crop || (crop.width === size.width && crop.height === size.height)) return pipeline;
  const left = Math.floor((size.width - crop.width) / 2);
  const top = Math.floor((size.height - crop.height) / 2);
  return pipeline.extract({ left, top, width: crop.width, height: crop.height });
};

const threeChannels = (data: Uint8Array, channels: number, area: number): Uint8Array => {
  const rgb = new Uint8Array(area * 3);
  for (let at = 0; at < area; at++) {
    for (let channel = 0; channel < 3; channel++)
      rgb[at * 3 + channel] = data[at * channels + (channels > 2 ? channel : 0)]!;
  }
  return rgb;
};
