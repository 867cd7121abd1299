import { join } from 'node:path';
import { modelFault } from './model-fault.js';

/** libvips' names for the ways of `resample` (the numbers are Pillow's). */
const KERNELS = { 0: 'nearest', 1: 'lanczos3', 2: 'linear', 3: 'cubic' } as const;
export type Kernel = (typeof KERNELS)[keyof typeof KERNELS];

/** How a picture becomes numbers, as the model's `preprocessor_config.json` says. */
export interface PicturePlan {
  /** Widened to a square first, filled with this colour (0–255). */
  padding: readonly [number, number, number] | null;
  /** `squeeze`: to exactly this size. `shortest`: the shorter side gets this length, the rest in proportion. */
  resize: { to: 'squeeze'; width: number; height: number } | { to: 'shortest'; edge: number };
  kernel: Kernel;
  /** Cut from the middle after resizing. */
  crop: { width: number; height: number } | null;
  /** What the network sees. */
  width: number;
  height: number;
  /** value = pixel × scale[channel] + shift[channel], pixel in 0–255. */
  scale: readonly [number, number, number];
  shift: readonly [number, number, number];
}

type Json = Record<string, unknown>;
type Triple = readonly [number, number, number];

/**
 * The plan that a `preprocessor_config.json` asks for. Keys that a library would silently do without are demanded here.
 * @throws ModelFault `VIT_ENCODER_CONFIG` naming the key
 */
export const picturePlanOf = (config: Json, family: 'clip' | 'siglip', folder: string): PicturePlan => {
  const wrong = (key: string, right: string) =>
    modelFault(
      'CONFIG',
      `${join(folder, 'preprocessor_config.json')}: ${key} is ${JSON.stringify(config[key]) ?? 'missing'}; ${right} is wanted.`,
    );
  const triple = (key: string): Triple => {
    const value = config[key];
    if (Array.isArray(value) && value.length === 3 && value.every((part) => Number.isFinite(part)))
      return value as unknown as Triple;
    throw wrong(key, 'a list of three numbers (red, green, blue)');
  };
  const resize = resizeOf(config.size);
  if (!resize || config.do_resize === false)
    throw wrong(resize ? 'do_resize' : 'size', '{ "shortest_edge": 224 } or { "height": 224, "width": 224 }');
  const crops = config.do_center_crop ?? (family === 'clip' && config.crop_size !== undefined);
  const crop = crops ? boxOf(config.crop_size) : null;
  if (crops && !crop) throw wrong('crop_size', '{ "height": 224, "width": 224 }');
  const smaller = resize.to === 'squeeze' ? Math.min(resize.width, resize.height) : resize.edge;
  if (crop && Math.max(crop.width, crop.height) > smaller)
    throw wrong('crop_size', `at most the ${smaller} pixels of size`);
  const seen = crop ?? (resize.to === 'squeeze' ? resize : null);
  if (!seen) throw wrong('do_center_crop', 'true (with crop_size), since size gives one edge only,');
  const resample = config.resample ?? 3;
  const kernel = KERNELS[resample as keyof typeof KERNELS];
  if (!kernel) throw wrong('resample', '0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 (bicubic)');
  const rescale = config.do_rescale === false ? 1 : (numberOf(config.rescale_factor) ?? 1 / 255);
  const normalises = config.do_normalize !== false;
  const mean = normalises ? triple('image_mean') : ([0, 0, 0] as const);
  const deviation = normalises ? triple('image_std') : ([1, 1, 1] as const);
  if (deviation.some((part) => part <= 0)) throw wrong('image_std', 'a list of three numbers above 0');
  const each = (make: (channel: 0 | 1 | 2) => number): Triple => [make(0), make(1), make(2)];
  return {
    padding: config.do_pad === true ? paddingOf(config, mean, rescale) : null,
    resize,
    kernel,
    crop,
    width: seen.width,
    height: seen.height,
    scale: each((channel) => rescale / deviation[channel]),
    shift: each((channel) => -mean[channel] / deviation[channel]),
  };
};

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
const sideOf = (value: unknown): number | null =>
  Number.isInteger(value) && (value as number) >= 8 && (value as number) <= 4096 ? (value as number) : null;

const boxOf = (value: unknown): { width: number; height: number } | null => {
  const side = sideOf(value);
  if (side) return { width: side, height: side };
  const { width, height } = (value ?? {}) as Json;
  const box = { width: sideOf(width), height: sideOf(height) };
  return box.width && box.height ? { width: box.width, height: box.height } : null;
};

const resizeOf = (value: unknown): PicturePlan['resize'] | null => {
  // A bare number is the older way of writing { shortest_edge }.
  const edge = sideOf(value) ?? sideOf(((value ?? {}) as Json).shortest_edge);
  if (edge) return { to: 'shortest', edge };
  const box = typeof value === 'object' ? boxOf(value) : null;
  return box ? { to: 'squeeze', ...box } : null;
};

/** `pad_value`: a number or three, 0–255; the mean colour where it is not given. */
const paddingOf = (config: Json, mean: Triple, rescale: number): Triple => {
  const given = config.pad_value;
  if (typeof given === 'number') return [given, given, given];
  if (Array.isArray(given) && given.length === 3) return given as unknown as Triple;
  return mean.map((part) => Math.round(Math.min(255, Math.max(0, part / rescale)))) as unknown as Triple;
};
