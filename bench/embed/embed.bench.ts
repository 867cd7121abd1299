import { readdir, readFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type ModelFacts, readModelFolder, weightsFile } from '../../src/embedding/model-folder.js';
import { picturePixels } from '../../src/embedding/picture-pixels.js';
import { TransformersEncoder } from '../../src/embedding/transformers-encoder.js';
import { packageRoot } from '../../src/platform/package-root.js';
import { madePictures } from '../lib/made-pictures.js';

const limits = { maxBytes: 15 * 1024 * 1024, maxPixels: 40_000_000 };
const BATCH = 8;
const RESOLUTION_MS = 10;

/**
 * Our pipeline, JPEG bytes to unit vector, against bare ONNX Runtime fed with ready tensors, taking turns in one run; then how long the
 * loop of the process that answers HTTP is held up while pictures are embedded beside it.
 *
 * `--model FOLDER`, `--pictures FOLDER` (JPEGs; else made up ones of 900 × 900), `--count`, `--rounds`, `--backfill`
 */
export const run = async (options: Record<string, string>) => {
  const model = options.model ?? join(packageRoot, 'models', 'vitrine-clip');
  const facts = await readModelFolder(resolve(model), 'auto', model);
  const pictures = await jpegs(options.pictures, Number(options.count ?? 96));
  const rounds = Number(options.rounds ?? 5);
  const tensors = await Promise.all(pictures.map((jpeg) => picturePixels(jpeg, facts.picture, limits)));
  const speed = [];
  for (const threads of [1, 2]) speed.push(await sideBySide(model, facts, pictures, tensors, threads, rounds));
  const loop = await heldUp(model, pictures, Number(options.backfill ?? 1000));
  return {
    model: facts.fingerprint,
    dtype: facts.dtype.vision,
    picture: `${facts.picture.width} × ${facts.picture.height}`,
    jpegBytes: Math.round(pictures.reduce((sum, jpeg) => sum + jpeg.length, 0) / pictures.length),
    speed,
    loop,
    rows: [
      ...speed.flatMap(({ threads, ours, bare, ratio, processorMsAPicture: processor }) => [
        {
          measure: `pictures a second, ${threads} thread(s): ours / bare = ratio`,
          value: `${ours.toFixed(1)} / ${bare.toFixed(1)} = ${ratio.toFixed(2)}`,
        },
        {
          measure: `processor time a picture, ${threads} thread(s): ours / bare`,
          value: `${processor.ours.toFixed(1)} / ${processor.bare.toFixed(1)} ms`,
        },
      ]),
      {
        measure: `loop delay beyond the clock's resolution while ${loop.pictures} pictures are embedded, p99`,
        value: `${loop.p99Ms.toFixed(1)} ms`,
      },
      { measure: 'the same, longest', value: `${loop.maxMs.toFixed(1)} ms` },
      { measure: 'HTTP answer beside it, p99', value: `${loop.httpP99Ms.toFixed(1)} ms` },
      { measure: 'pictures a second beside it', value: loop.picturesPerSecond.toFixed(1) },
    ],
  };
};

const jpegs = async (folder: string | undefined, count: number): Promise<Buffer[]> => {
  if (folder) {
    const names = (await readdir(folder, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).slice(0, count);
    if (names.length === 0) throw new Error(`${folder} holds no JPEG`);
    return Promise.all(names.map((name) => readFile(join(folder, name))));
  }
  return madePictures(count, 900);
};

const sideBySide = async (
  model: string,
  facts: ModelFacts,
  pictures: readonly Buffer[],
  tensors: readonly Float32Array[],
  threads: number,
  rounds: number,
) => {
  const encoder = await TransformersEncoder.open({
    model,
    limits,
    cacheDir: '.',
    device: 'cpu',
    threads,
    first: 'backfill',
  });
  const bare = await bareRunner(facts, tensors, threads);
  const spent = { ours: [] as Spent[], bare: [] as Spent[] };
  await encoder.images(pictures.slice(0, BATCH));
  await bare(1);
  for (let round = 0; round < rounds; round++) {
    spent.bare.push(await spending(() => bare(Math.ceil(tensors.length / BATCH))));
    spent.ours.push(await spending(() => encoder.images(pictures)));
  }
  await encoder.close();
  const rate = (list: Spent[]) => pictures.length / middle(list.map((each) => each.seconds));
  const processor = (list: Spent[]) => (1000 * middle(list.map((each) => each.processor))) / pictures.length;
  const [ours, raw] = [rate(spent.ours), rate(spent.bare)];
  return {
    threads,
    ours,
    bare: raw,
    ratio: ours / raw,
    millisecondsAPicture: 1000 / ours,
    processorMsAPicture: { ours: processor(spent.ours), bare: processor(spent.bare) },
  };
};

interface Spent {
  seconds: number;
  /** Seconds of all processors together; unlike the time by the clock it hardly depends on what else the machine does. */
  processor: number;
}

const spending = async (work: () => Promise<unknown>): Promise<Spent> => {
  const from = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - from) / 1000, processor: (user + system) / 1e6 };
};

const middle = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;

/** Bare ONNX Runtime: batches of ready tensors, nothing else. */
const bareRunner = async (facts: ModelFacts, tensors: readonly Float32Array[], threads: number) => {
  const ort = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');
  const file = join(facts.folder, facts.subfolder, weightsFile('vision', facts.dtype.vision));
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: threads, interOpNumThreads: 1 });
  const { width, height } = facts.picture;
  const batches: InstanceType<typeof ort.Tensor>[] = [];
  for (let at = 0; at < tensors.length; at += BATCH) {
    const some = tensors.slice(at, at + BATCH);
    const data = new Float32Array(some.length * 3 * width * height);
    some.forEach((each, n) => {
      data.set(each, n * each.length);
    });
    batches.push(new ort.Tensor('float32', data, [some.length, 3, height, width]));
  }
  return async (count: number) => {
    for (const batch of batches.slice(0, count)) await session.run({ pixel_values: batch });
  };
};

const heldUp = async (model: string, pictures: readonly Buffer[], count: number) => {
  const encoder = await TransformersEncoder.open({ model, limits, cacheDir: '.', device: 'cpu', first: 'backfill' });
  const server = createServer((_, response) => response.end('ok'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const answers: number[] = [];
  const asking = setInterval(() => {
    const from = performance.now();
    get(url, (response) => response.resume().on('end', () => answers.push(performance.now() - from)));
  }, 20);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const from = performance.now();
  // As the backfill does: sixteen items at a time.
  for (let at = 0; at < count; at += 16) {
    await encoder.images(
      Array.from({ length: Math.min(16, count - at) }, (_, n) => pictures[(at + n) % pictures.length]!),
    );
  }
  const took = (performance.now() - from) / 1000;
  delay.disable();
  clearInterval(asking);
  server.close();
  await encoder.close();
  const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  answers.sort((a, b) => a - b);
  return {
    pictures: count,
    picturesPerSecond: count / took,
    p99Ms: beyond(delay.percentile(99)),
    maxMs: beyond(delay.max),
    httpP99Ms: answers[Math.floor(answers.length * 0.99)] ?? 0,
  };
};
