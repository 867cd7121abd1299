import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TINY_DIMENSION, type TinyClipOptions, writeTinyClip } from '../../test/support/tiny-clip.js';
import { packageRoot } from '../platform/package-root.js';
import { encoderConformance, testPicture } from './encoder.conformance.js';
import type { Encoder } from './encoder.port.js';
import { TransformersEncoder, type TransformersEncoderOptions } from './transformers-encoder.js';

const limits = { maxBytes: 15 * 1024 * 1024, maxPixels: 40_000_000 };
let root: string;
let made = 0;
const opened: Encoder[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-models-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((encoder) => encoder.close()));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const tiny = (options: TinyClipOptions = {}) => writeTinyClip(join(root, `tiny-${made++}`), options);
const open = async (model: string, options: Partial<TransformersEncoderOptions> = {}): Promise<TransformersEncoder> => {
  const encoder = await TransformersEncoder.open({
    model,
    limits,
    cacheDir: join(root, 'cache'),
    device: 'cpu',
    ...options,
  });
  opened.push(encoder);
  return encoder;
};
/** For the conformance suite, which closes what it opened. */
const keep = (encoder: TransformersEncoder): TransformersEncoder => {
  opened.splice(opened.indexOf(encoder), 1);
  return encoder;
};

encoderConformance('a tiny CLIP', async () => keep(await open(await tiny())));
encoderConformance('a tiny SigLIP', async () => keep(await open(await tiny({ family: 'siglip' }))));
const bundled = join(packageRoot, 'models', 'vitrine-clip');
if (existsSync(join(bundled, 'config.json')))
  encoderConformance('the bundled model', async () => keep(await open(bundled)));

describe('a model folder', () => {
  it('with a missing or wrong key is refused in words that name file and key', async () => {
    const wrong = async (options: TinyClipOptions) =>
      open(await tiny(options)).then(
        () => null,
        (error: Error) => error.message,
      );
    expect(await wrong({ preprocessor: { size: undefined } })).toMatch(/preprocessor_config\.json: size is missing/);
    expect(await wrong({ preprocessor: { crop_size: undefined } })).toMatch(/crop_size is missing/);
    expect(await wrong({ preprocessor: { image_mean: undefined } })).toMatch(/image_mean is missing/);
    expect(await wrong({ preprocessor: { resample: 9 } })).toMatch(/resample is 9/);
    expect(await wrong({ tokenizerConfig: { tokenizer_class: undefined } })).toMatch(/tokenizer_class is missing/);
    expect(await wrong({ tokenizerConfig: { model_max_length: undefined }, config: { text_config: {} } })).toMatch(
      /model_max_length/,
    );
    expect(await wrong({ config: { model_type: 'bert' } })).toMatch(/model_type is "bert"; clip and siglip/);
  });

  it('with broken or missing weights is refused in words that name the file', async () => {
    const broken = await tiny();
    await truncate(join(broken, 'onnx', 'vision_model.onnx'), 900);
    await expect(open(broken)).rejects.toMatchObject({
      code: 'VIT_ENCODER_WEIGHTS',
      message: expect.stringContaining('vision_model.onnx'),
    });
    const missing = await tiny();
    await unlink(join(missing, 'onnx', 'text_model.onnx'));
    await expect(open(missing)).rejects.toMatchObject({
      code: 'VIT_ENCODER_FILE',
      message: expect.stringContaining('text_model_quantized.onnx'),
    });
    await expect(open(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'VIT_ENCODER_FILE' });
    await expect(open('models/nowhere')).rejects.toMatchObject({ code: 'VIT_ENCODER_FILE' });
    const garbled = await tiny();
    await writeFile(join(garbled, 'config.json'), '{');
    await expect(open(garbled)).rejects.toMatchObject({
      code: 'VIT_ENCODER_CONFIG',
      message: expect.stringContaining('not JSON'),
    });
  });

  it('may keep its towers in different precisions, and auto takes what is there', async () => {
    const folder = await tiny({ suffix: '_quantized' });
    await writeTinyClip(join(root, 'half'), { suffix: '_fp16' });
    await unlink(join(folder, 'onnx', 'vision_model_quantized.onnx'));
    await cp(join(root, 'half', 'onnx', 'vision_model_fp16.onnx'), join(folder, 'onnx', 'vision_model_fp16.onnx'));
    const encoder = await open(folder);
    expect(encoder.about.dtype).toEqual({ text: 'q8', vision: 'fp16' });
    await expect(open(folder, { dtype: 'fp32' })).rejects.toMatchObject({ code: 'VIT_ENCODER_FILE' });
  });

  it('has another fingerprint as soon as any of its files differs', async () => {
    const base = await open(await tiny({ seed: 1 }));
    const same = await open(await tiny({ seed: 1 }));
    const weights = await open(await tiny({ seed: 2 }));
    const picture = await open(await tiny({ seed: 1, preprocessor: { resample: 2 } }));
    const short = (encoder: Encoder) => encoder.id.slice(-16);
    expect(short(same)).toBe(short(base));
    expect(new Set([base, weights, picture].map(short)).size).toBe(3);
  });

  it('says its temperature: what it was trained to, else what its family learned', async () => {
    expect((await open(await tiny())).temperature).toBeCloseTo(0.01);
    expect((await open(await tiny({ config: { logit_scale_init_value: 2.6592 } }))).temperature).toBeCloseTo(0.01);
    expect((await open(await tiny({ config: { logit_scale: 3 } }))).temperature).toBeCloseTo(Math.exp(-3));
    expect((await open(await tiny({ config: { logit_scale: 20 } }))).temperature).toBeCloseTo(1 / 20);
    expect((await open(await tiny({ family: 'siglip' }))).temperature).toBeCloseTo(1 / 117.33);
  });

  it('squeezes, crops or widens pictures as its preprocessing says', async () => {
    const wide = await testPicture(5, { width: 200, height: 60, format: 'png' });
    const vectors: Float32Array[] = [];
    for (const preprocessor of [{}, { size: { height: 32, width: 32 }, do_center_crop: false }, { do_pad: true }]) {
      vectors.push((await (await open(await tiny({ preprocessor }))).images([wide]))[0]!);
    }
    const [a, b, c] = vectors;
    expect(Buffer.from(a!.buffer).equals(Buffer.from(b!.buffer))).toBe(false);
    expect(Buffer.from(b!.buffer).equals(Buffer.from(c!.buffer))).toBe(false);
  });

  it('runs on the processor, and says so in a sentence, where the wished device is missing', async () => {
    const folder = await tiny();
    const onProcessor = await open(folder, { device: 'cpu' });
    expect(onProcessor.about.deviceNote).toBeNull();
    const [expected] = await onProcessor.texts(['a chair']);
    for (const [device, wants] of [
      ['cuda', /CUDA 12.+npm rebuild onnxruntime-node\.$/] as const,
      ['webgpu', /driver\.$/] as const,
    ]) {
      const encoder = await open(folder, { device });
      // A machine that has the device runs there and has nothing to explain.
      if (encoder.about.device === device) continue;
      expect(encoder.about.device).toBe('cpu');
      expect(encoder.about.deviceNote).toMatch(new RegExp(`^The encoder runs on the processor: ${device} can't run `));
      expect(encoder.about.deviceNote).toMatch(wants);
      expect(encoder.id).toBe(onProcessor.id);
      expect((await encoder.texts(['a chair']))[0]).toEqual(expected);
    }
  });
});

describe('a model of the hub', () => {
  let hub: Server;
  let address: string;
  const asked: string[] = [];
  beforeAll(async () => {
    const folder = await writeTinyClip(join(root, 'hub', 'shop', 'tiny-clip'));
    hub = createServer((request, response) => {
      asked.push(request.url ?? '');
      const [, file] = (request.url ?? '').split('/shop/tiny-clip/resolve/main/');
      readFile(join(folder, normalize(file ?? 'none'))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => hub.listen(0, '127.0.0.1', listening));
    address = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => hub.close(closed)));

  it('is fetched once and loaded from the cache from then on', async () => {
    const cacheDir = join(root, 'cache-once');
    const first = await open('shop/tiny-clip', { remoteHost: address, cacheDir });
    expect(first.dimension).toBe(TINY_DIMENSION);
    expect(first.name).toBe('tiny-clip');
    expect(asked).toContain('/shop/tiny-clip/resolve/main/onnx/vision_model.onnx');
    asked.length = 0;
    const second = await open('shop/tiny-clip', { remoteHost: 'http://127.0.0.1:9', cacheDir });
    expect(second.id).toBe(first.id);
    expect(asked).toEqual([]);
  });

  it("that lacks what is needed, or can't be reached, is refused with a way out", async () => {
    await expect(
      open('shop/other', { remoteHost: address, cacheDir: join(root, 'cache-other') }),
    ).rejects.toMatchObject({
      code: 'VIT_ENCODER_DOWNLOAD',
      message: expect.stringContaining('shop/other/resolve/main/config.json does not exist'),
    });
    await expect(
      open('shop/tiny-clip', { dtype: 'fp16', remoteHost: address, cacheDir: join(root, 'cache-16') }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('text_model_fp16.onnx'),
    });
    await expect(
      open('shop/tiny-clip', { remoteHost: 'http://127.0.0.1:9', cacheDir: join(root, 'cache-off') }),
    ).rejects.toMatchObject({
      code: 'VIT_ENCODER_DOWNLOAD',
      message: expect.stringMatching(/can't be reached .+ or leave CLIP_MODEL out/),
    });
  });
});
