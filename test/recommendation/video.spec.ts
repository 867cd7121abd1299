import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { testDatabases } from '../support/databases.js';
import { type Answer, type OpenShop, openShop, pictureOf } from './open-shop.js';

const haveFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!haveFfmpeg && process.env.CI) throw new Error('ffmpeg is missing; with CI=true it must be there');
const leftOut = haveFfmpeg ? '' : ' (left out: no ffmpeg on this machine)';

const SECONDS = 4;
const scenes = ['red', 'blue', 'lime'].map((colour) => ({
  colour,
  words: `a plain ${colour === 'lime' ? 'green' : colour} surface`,
}));
const stamp = (seconds: number) => `00:${String(Math.floor(seconds)).padStart(2, '0')}.${seconds % 1 ? '500' : '000'}`;
/** Captions of the three scenes, all `shift` seconds too late. */
const captions = (shift: number) =>
  [
    'WEBVTT',
    ...scenes.map(
      ({ words }, n) => `${stamp(n * SECONDS + 0.5 + shift)} --> ${stamp(n * SECONDS + 3.5 + shift)}\n${words}`,
    ),
  ].join('\n\n');

interface StoredItem {
  status: { modalities: Record<string, string>; problems: { code: string; detail: string }[] };
}
type Because = { segment?: { start: number; end: number } };

describe.skipIf(!haveFfmpeg)(`a clip of three scenes${leftOut}`, () => {
  let folder: string;
  let host: Server;
  let shop: OpenShop;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-clip-'));
    const sources = scenes.flatMap(({ colour }) => [
      '-f',
      'lavfi',
      '-i',
      `color=${colour}:s=320x240:d=${SECONDS}:r=12`,
    ]);
    const join3 = ['-filter_complex', `concat=n=${scenes.length}`, '-c:v', 'mpeg4'];
    const made = spawnSync('ffmpeg', ['-y', '-loglevel', 'error', ...sources, ...join3, join(folder, 'clip.mp4')]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    host = createServer((request, response) => {
      readFile(join(folder, (request.url ?? '').slice(1))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => host.listen(0, '127.0.0.1', listening));
    shop = await openShop(testDatabases()[0]!, { VITRINE_ALLOW_PRIVATE_URLS: 'true' });
    const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/clip.mp4`;
    await shop.fill([
      { id: 'poster', title: 'a poster', images: [{ data: await pictureOf('circle', 'orange') }] },
      { id: 'in-time', title: 'a thing with a clip', video: { url, captions: captions(0) } },
      { id: 'late', title: 'another thing with a clip', video: { url, captions: captions(1.5) } },
    ]);
    for (const id of ['in-time', 'late'])
      await vi.waitUntil(async () => (await stored(id)).status.modalities.video === 'ready', {
        timeout: 60_000,
        interval: 200,
      });
  }, 180_000);
  afterAll(async () => {
    await shop?.close();
    host?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const stored = async (id: string) => (await shop.call<StoredItem>('GET', `/v1/items/${id}`)).body;
  const timeOf = ({ items }: Answer, id: string) => {
    const reasons = items.find((item) => item.id === id)?.reasons ?? [];
    const words = reasons.find(({ source }) => source === 'context.text');
    return (words?.because as Because | undefined)?.segment;
  };

  it('whose captions come 1.5 s late: the item says by how much, within half a second', async () => {
    const { problems } = (await stored('late')).status;
    expect(problems.map(({ code }) => code)).toEqual(['VIT_VIDEO_CAPTIONS_SHIFTED']);
    const seconds = Number(/come ([\d.]+) s too late/.exec(problems[0]!.detail)?.[1]);
    expect(Math.abs(seconds - 1.5)).toBeLessThanOrEqual(0.5);
    expect((await stored('in-time')).status.problems).toEqual([]);
  });

  it.each([0, 1, 2])('asked for in the words of scene %i: the answer names the time of that scene', async (n) => {
    const { status, body } = await shop.call('POST', '/v1/search', { text: scenes[n]!.words });
    const placed = await shop.recommend({ placement: 'product', context: { text: scenes[n]!.words } });
    expect(status).toBe(200);
    for (const answer of [body, placed]) {
      for (const id of ['in-time', 'late']) {
        const time = timeOf(answer, id);
        expect(time?.start).toBeCloseTo(n * SECONDS, 0);
        expect(time?.end).toBeCloseTo((n + 1) * SECONDS, 0);
      }
    }
  });
});
