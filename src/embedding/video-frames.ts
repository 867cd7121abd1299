import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../platform/platform.api.js';

/** A frame of a clip as JPEG, shown from `start` to `end` seconds. */
export interface Frame {
  start: number;
  end: number;
  jpeg: Buffer;
}

/** What a clip shows. */
export interface ClipView {
  duration: number;
  frames: Frame[];
  /** Scenes one after another, from 0 to the clip's end. */
  scenes: { start: number; end: number }[];
}

const MOST_FRAMES = 240;
const MOST_FRAMES_A_SECOND = 4;
const MOST_SECONDS = 1800;
const MOST_SCENES = 48;
/** Shorter ones belong to the scene before. */
const SHORTEST_SCENE = 0.6;
/** A scene without a cut is divided beyond this. */
const LONGEST_SCENE = 30;
/** Share of change between two frames (0–1) that makes a cut. */
const CUT = 0.2;
const PATIENCE_MS = 10 * 60_000;
/** Plain containers only: a play list could lead to other files and addresses. */
const CONTAINERS = 'mov,mp4,matroska,webm,avi,mpegts,mpeg,ogg,flv';

const problem = (what: string, detail: string, cause?: unknown): Problem =>
  new Problem({
    code: `VIT_VIDEO_${what}`,
    status: 400,
    title: 'The clip cannot be used',
    detail,
    fault: 'shop',
    cause,
  });

/**
 * Looks at a clip with the `ffmpeg` of this machine: its scenes by cuts, and frames at equal distances.
 *
 * @param file the clip, `folder` an empty folder for frames; both belong to the caller
 * @throws Problem `VIT_VIDEO_FFMPEG_MISSING`, `VIT_VIDEO_UNREADABLE`
 */
export const viewClip = async (file: string, folder: string, signal?: AbortSignal): Promise<ClipView> => {
  const input = [
    '-protocol_whitelist',
    'file',
    '-format_whitelist',
    CONTAINERS,
    '-threads',
    '1',
    '-t',
    String(MOST_SECONDS),
    '-i',
    `file:${file}`,
  ];
  const cuts = await ffmpeg(
    [...input, '-an', '-sn', '-vf', `scale=320:-2,select='gt(scene,${CUT})',metadata=print:file=-`, '-f', 'null', '-'],
    signal,
  );
  const duration = Math.min(MOST_SECONDS, durationOf(cuts.log));
  const rate = Math.min(MOST_FRAMES_A_SECOND, MOST_FRAMES / duration);
  const shrink = "scale='min(448,iw)':'min(448,ih)':force_original_aspect_ratio=decrease";
  await ffmpeg(
    [
      ...input,
      '-an',
      '-sn',
      '-vf',
      `fps=${rate.toFixed(4)}:round=down,${shrink}`,
      '-frames:v',
      String(MOST_FRAMES),
      '-q:v',
      '3',
      join(folder, '%05d.jpg'),
    ],
    signal,
  );
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
  if (names.length === 0) throw problem('UNREADABLE', 'The clip holds no picture.');
  const frames = await Promise.all(
    names.map(async (name, at) => ({
      start: at / rate,
      end: Math.min(duration, (at + 1) / rate),
      jpeg: await readFile(join(folder, name)),
    })),
  );
  const times = [...cuts.output.matchAll(/pts_time:([\d.]+)/g)].map(([, time]) => Number(time));
  return { duration, frames: frames.filter(({ start, end }) => end > start), scenes: scenesOf(times, duration) };
};

/** Scenes between cuts: none shorter than .6 s, none longer than 30 s, at most 48. */
export const scenesOf = (cuts: readonly number[], duration: number): { start: number; end: number }[] => {
  const borders = [0];
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut - borders.at(-1)! >= SHORTEST_SCENE && duration - cut >= SHORTEST_SCENE) borders.push(cut);
  }
  borders.push(duration);
  const scenes: { start: number; end: number }[] = [];
  for (let at = 0; at + 1 < borders.length; at++) {
    const [start, end] = [borders[at]!, borders[at + 1]!];
    const parts = Math.max(1, Math.ceil((end - start) / LONGEST_SCENE));
    for (let part = 0; part < parts; part++) {
      scenes.push({ start: start + ((end - start) * part) / parts, end: start + ((end - start) * (part + 1)) / parts });
    }
  }
  while (scenes.length > MOST_SCENES) joinShortest(scenes);
  return scenes;
};

/** Joins the two neighbours that make the shortest scene together. */
const joinShortest = (scenes: { start: number; end: number }[]): void => {
  let at = 0;
  for (let next = 1; next + 1 < scenes.length; next++) {
    if (scenes[next + 1]!.end - scenes[next]!.start < scenes[at + 1]!.end - scenes[at]!.start) at = next;
  }
  scenes.splice(at, 2, { start: scenes[at]!.start, end: scenes[at + 1]!.end });
};

const durationOf = (log: string): number => {
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d{2}):(\d{2}(?:\.\d+)?)/.exec(log) ?? [];
  const stated = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (stated > 0) return stated;
  // Streams without a stated length: the time of the last frame that was read.
  const read = [...log.matchAll(/time=(\d+):(\d{2}):(\d{2}(?:\.\d+)?)/g)].at(-1);
  const seen = read ? Number(read[1]) * 3600 + Number(read[2]) * 60 + Number(read[3]) : 0;
  if (seen > 0) return seen;
  throw problem('UNREADABLE', 'The clip states no duration and shows no frames.');
};

const ffmpeg = (args: readonly string[], signal?: AbortSignal): Promise<{ output: string; log: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-hide_banner', '-nostdin', '-y', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
      signal,
    });
    let output = '';
    let log = '';
    child.stdout.on('data', (chunk) => {
      output = (output + chunk).slice(-1_000_000);
    });
    child.stderr.on('data', (chunk) => {
      log = log.length < 20_000 ? log + chunk : `${log.slice(0, 10_000)}${(log + chunk).slice(-10_000)}`;
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') reject(error);
      else
        reject(
          problem(
            'FFMPEG_MISSING',
            'There is no ffmpeg on this machine, so the clip was not looked at. Install ffmpeg and store the item again.',
          ),
        );
    });
    child.once('close', (code, ended) => {
      if (code === 0) resolve({ output, log });
      else if (ended)
        reject(problem('UNREADABLE', `ffmpeg took longer than ${PATIENCE_MS / 60_000} minutes over the clip.`));
      else
        reject(
          problem(
            'UNREADABLE',
            `ffmpeg could not read the clip: ${log.trim().split('\n').at(-1)?.slice(0, 200) ?? `exit code ${code}`}.`,
          ),
        );
    });
  });
