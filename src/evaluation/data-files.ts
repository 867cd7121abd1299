import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Problem } from '../platform/platform.api.js';
import type { EvaluationKind } from './evaluation-report.js';

const wrong = (detail: string): Problem =>
  new Problem({ code: 'VIT_EVALUATE_DATA', status: 400, title: 'The data cannot be used', detail });

const usage = (detail: string): Problem =>
  new Problem({ code: 'VIT_USAGE', status: 400, title: 'Wrong usage', detail });

/** Rows of a tab-separated file; blank lines are left out. @throws Problem when the file is not there. */
export function readRows(directory: string, name: string): string[][] {
  const file = join(directory, name);
  if (!existsSync(file)) throw wrong(`${file} does not exist.`);
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split('\t'));
}

/** Rows of a file of JSON lines; blank ones are left out. @throws Problem that names the line. */
export function readNdjsonRows<T>(file: string): T[] {
  if (!existsSync(file)) throw wrong(`${file} does not exist.`);
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .flatMap((line, k) => {
      if (line.trim() === '') return [];
      try {
        return [JSON.parse(line) as T];
      } catch {
        throw wrong(`${file} line ${k + 1} is not JSON.`);
      }
    });
}

/** The kind that the files of a folder speak for. @throws Problem when they leave it open. */
export function recogniseKind(directory: string): EvaluationKind {
  if (!existsSync(directory)) throw usage(`--data ${directory}: there is no such folder.`);
  if (existsSync(join(directory, 'queries.ndjson'))) return 'queries';
  if (existsSync(join(directory, 'links.tsv'))) return 'links';
  if (existsSync(join(directory, 'impressions.ndjson'))) return 'impressions';
  if (existsSync(join(directory, 'events.ndjson')) && !existsSync(join(directory, 'train.tsv'))) return 'shop';
  const rows = readRows(directory, 'train.tsv');
  const widths = new Set(rows.map((r) => r.length));
  if (widths.size > 1) return 'baskets';
  if (widths.has(2)) return 'users';
  throw usage(
    `${join(directory, 'train.tsv')} has ${[...widths][0] ?? 0} columns in every line, which fits more than one kind; say --kind users, sessions or baskets.`,
  );
}

export const datasetName = (directory: string): string => basename(directory.replace(/[/\\]+$/, ''));

/** Names of `features/<modality>.npy`, in order. */
export function featureNames(directory: string): string[] {
  const folder = join(directory, 'features');
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((f) => f.endsWith('.npy'))
        .map((f) => f.slice(0, -4))
        .sort()
    : [];
}

/** Numbers distinct names in the order of the names (whole numbers as numbers), so that the order of lines does not matter. */
export function numberNames(names: Iterable<string>): Map<string, number> {
  const distinct = [...new Set(names)];
  const whole = distinct.every((n) => /^\d{1,15}$/.test(n));
  distinct.sort(whole ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : 1));
  return new Map(distinct.map((n, k) => [n, k]));
}

export const badRow = (file: string, line: number, row: readonly string[], wanted: string): Problem =>
  wrong(`${file} line ${line}: "${row.join('\t').slice(0, 80)}" is not ${wanted}.`);
