import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../../test/support/databases.js';
import { type EmbeddingContext, openEmbedding } from '../../test/support/embedding-context.js';
import { CatalogReader, CatalogService } from '../catalog/catalog.api.js';
import { packageRoot } from '../platform/package-root.js';
import { EmbeddingService } from './embedding.service.js';
import { ModalityVectors } from './modality-vectors.js';
import { scenesOf } from './video-frames.js';
import { VideoSegments } from './video-segments.js';

const model = join(packageRoot, 'models', 'vitrine-clip');
const haveFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!haveFfmpeg && process.env.CI) throw new Error('ffmpeg is missing; with CI=true it must be there');
const runnable = haveFfmpeg && existsSync(join(model, 'config.json'));

const scenes = [
  { colour: 'red', words: 'a plain red surface' },
  { colour: 'blue', words: 'a plain blue surface' },
  { colour: 'lime', words: 'a plain green surface' },
];
const SECONDS = 4;
const clock = (seconds: number) =>
  `00:${Math.floor(seconds).toString().padStart(2, '0')}.${Math.round((seconds % 1) * 1000)
    .toString()
    .padStart(3, '0')}`;
const captions = (shift: number) =>
  [
    'WEBVTT',
    ...scenes.map(
      ({ words }, n) =>
        `${clock(Math.max(0, n * SECONDS + 0.5 + shift))} --> ${clock(n * SECONDS + 3.5 + shift)}\n${words}`,
    ),
  ].join('\n\n');

/** Three scenes of four seconds, cut hard. */
const makeClip = (path: string): void => {
  const sources = scenes.flatMap(({ colour }) => ['-f', 'lavfi', '-i', `color=${colour}:s=320x240:d=${SECONDS}:r=12`]);
  const made = spawnSync('ffmpeg', [
    '-y',
    '-loglevel',
    'error',
    ...sources,
    '-filter_complex',
    `concat=n=${scenes.length}`,
    '-c:v',
    'mpeg4',
    path,
  ]);
  if (made.status !== 0) throw new Error(String(made.stderr));
};

describe('the scenes of a clip', () => {
  it('lie between its cuts: none too short, none too long, at most 48', () => {
    expect(scenesOf([4, 8, 8.2], 12)).toEqual([
      { start: 0, end: 4 },
      { start: 4, end: 8 },
      { start: 8, end: 12 },
    ]);
    expect(scenesOf([], 75)).toHaveLength(3);
    const many = scenesOf(
      Array.from({ length: 200 }, (_, n) => n + 1),
      201,
    );
    expect(many).toHaveLength(48);
    expect(many.at(-1)!.end).toBe(201);
  });
});

describe.skipIf(!runnable)("an item's clip", () => {
  let folder: string;
  let installation: TestInstallation;
  let context: EmbeddingContext;
  let shop: Server;
  let address: string;
  const get = <T>(type: abstract new (...args: never[]) => T): T => context.app.get(type as never) as T;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-video-'));
    makeClip(join(folder, 'clip.mp4'));
    await writeFile(join(folder, 'broken.mp4'), 'this is no clip');
    await writeFile(
      join(folder, 'list.mp4'),
      `#EXTM3U\n#EXTINF:4,\nfile://${join(folder, 'clip.mp4')}\n#EXT-X-ENDLIST\n`,
    );
    await writeFile(join(folder, 'late.vtt'), captions(1.5));
    shop = createServer((request, response) => {
      readFile(join(folder, (request.url ?? '').slice(1))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => shop.listen(0, '127.0.0.1', listening));
    address = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
    installation = await testDatabases()[0]!.install();
    context = await openEmbedding({ ...installation.env, CLIP_MODEL: model });
  });
  afterAll(async () => {
    await context?.close();
    await installation?.remove();
    shop?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const stored = async (id: string, video: { url: string; captions?: string }) => {
    await get(CatalogService).putItem({ id, title: 'A thing with a clip', video });
    await context.settled();
    const key = (await get(CatalogReader).keysOf([id])).get(id)!;
    const vectors = ((await get(ModalityVectors).read([key])).get(key) ?? []).filter(
      ({ modality }) => modality === 'video',
    );
    const { status } = await get(CatalogService).getItem(id);
    return {
      key,
      segments: vectors.filter(({ ordinal }) => ordinal > 0).map(({ segment }) => segment!),
      pooled: vectors.some(({ ordinal }) => ordinal === 0),
      status,
    };
  };
  const expectEachItsOwn = (segments: { start: number; end: number; words: string }[]) => {
    expect(segments.map(({ words }) => words)).toEqual(scenes.map(({ words }) => words));
    segments.forEach(({ start, end }, n) => {
      expect(start).toBeCloseTo(n * SECONDS, 0);
      expect(end).toBeCloseTo((n + 1) * SECONDS, 0);
    });
  };

  it('becomes segments that hold their own scene and words', async () => {
    const { segments, pooled, status } = await stored('in-time', { url: `${address}/clip.mp4`, captions: captions(0) });
    expectEachItsOwn(segments);
    expect(pooled).toBe(true);
    expect(status.modalities.video).toBe('ready');
    expect(status.problems).toEqual([]);
  });

  it.each([1.5, -1.5])(
    'with captions shifted by %d s has them put right within half a second, and says so',
    async (shift) => {
      const { segments, status } = await stored(`shifted${shift}`, {
        url: `${address}/clip.mp4`,
        captions: captions(shift),
      });
      expectEachItsOwn(segments);
      expect(status.problems.map(({ code }) => code)).toEqual(['VIT_VIDEO_CAPTIONS_SHIFTED']);
      const [, found] = /come ([\d.]+) s too (?:late|early)/.exec(status.problems[0]!.detail)!;
      expect(status.problems[0]!.detail).toContain(shift > 0 ? 'late' : 'early');
      expect(Math.abs(Number(found) - Math.abs(shift))).toBeLessThanOrEqual(0.5);
    },
  );

  it("takes captions from an address, and names the time at which a scene's words are said", async () => {
    const { key, segments } = await stored('by-address', {
      url: `${address}/clip.mp4`,
      captions: `${address}/late.vtt`,
    });
    expectEachItsOwn(segments);
    for (const [n, { words }] of scenes.entries()) {
      const found = await get(VideoSegments).search(await get(EmbeddingService).embedText(words), key);
      expect(found!.start).toBeCloseTo(n * SECONDS, 0);
    }
  });

  it("without captions, or with ones that can't be read, keeps its pictures", async () => {
    const silent = await stored('silent', { url: `${address}/clip.mp4` });
    expect(silent.segments.map(({ words }) => words)).toEqual(['', '', '']);
    const garbled = await stored('garbled', { url: `${address}/clip.mp4`, captions: 'no captions' });
    expect(garbled.segments).toHaveLength(3);
    expect(garbled.status.problems.map(({ code }) => code)).toEqual(['VIT_VIDEO_CAPTIONS']);
  });

  it("that is no clip, is gone, or is a play list is named as the item's problem, and the item lives", async () => {
    for (const [file, code] of [
      ['broken.mp4', 'VIT_VIDEO_UNREADABLE'],
      ['gone.mp4', 'VIT_DOWNLOAD_STATUS'],
      ['list.mp4', 'VIT_VIDEO_UNREADABLE'],
    ]) {
      const { segments, status } = await stored(file!, { url: `${address}/${file}` });
      expect(segments).toEqual([]);
      expect(status.modalities).toMatchObject({ video: 'failed', text: 'ready' });
      expect(status.problems.map((problem) => problem.code)).toEqual([code]);
    }
  });

  it('on a machine without ffmpeg is left out with a sentence that says so', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      const { status } = await stored('no-ffmpeg', { url: `${address}/clip.mp4` });
      expect(status.modalities.video).toBe('failed');
      expect(status.problems[0]).toMatchObject({
        code: 'VIT_VIDEO_FFMPEG_MISSING',
        detail: expect.stringContaining('no ffmpeg on this machine'),
      });
    } finally {
      process.env.PATH = path;
    }
  });
});
