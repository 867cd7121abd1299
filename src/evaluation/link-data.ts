import type { HeldOut } from '../behaviour/behaviour.api.js';
import { columnCounts, type SparseMatrix, sparseFromTriples } from '../maths/maths.api.js';
import { Problem } from '../platform/platform.api.js';
import { badRow, readRows } from './data-files.js';
import type { EncodedCatalogue } from './encoded-catalogue.js';

/** Pairs of item numbers, from → to. */
export type Pairs = readonly [number, number][];
export type Links = Record<'train' | 'val' | 'test', [number, number][]>;

/** Reads `links.tsv`; links that name no item of the catalogue, or lead to where they start, are left out. @throws Problem VIT_EVALUATE_DATA for a row of another shape or when `split` has no link */
export function readLinks(directory: string, catalogue: EncodedCatalogue, split: keyof Links): Links {
  const links: Links = { train: [], val: [], test: [] };
  for (const [k, row] of readRows(directory, 'links.tsv').entries()) {
    if (k === 0 && row[0] === 'from') continue;
    const split = row[3] as keyof Links;
    if (row.length !== 4 || !links[split])
      throw badRow('links.tsv', k + 1, row, 'from <tab> to <tab> kind <tab> train, val or test');
    const from = catalogue.numbers.get(row[0]!);
    const to = catalogue.numbers.get(row[1]!);
    if (from !== undefined && to !== undefined && from !== to) links[split].push([from, to]);
  }
  if (links[split].length === 0)
    throw new Problem({
      code: 'VIT_EVALUATE_DATA',
      status: 400,
      title: 'The data cannot be used',
      detail: `links.tsv has no link of split "${split}".`,
    });
  return links;
}

/** Links as a matrix (items, items). */
export const linkMatrix = (items: number, pairs: Pairs): SparseMatrix =>
  sparseFromTriples(
    items,
    items,
    pairs.map((p) => p[0]),
    pairs.map((p) => p[1]),
  );

/** A row for every item that `part` leads from: its history is the item itself; itself and what `train` links it to are masked. */
export function heldLinks(train: SparseMatrix, part: Pairs): HeldOut {
  const from = [...new Set(part.map((p) => p[0]))].sort((a, b) => a - b);
  const rowOf = new Map(from.map((f, k) => [f, k]));
  const rows = (cells: Pairs): SparseMatrix =>
    sparseFromTriples(
      from.length,
      train.columns,
      cells.map((c) => c[0]),
      cells.map((c) => c[1]),
    );
  const known = from.flatMap((f, k): [number, number][] => [
    [k, f],
    ...Array.from(train.indices.subarray(train.offsets[f]!, train.offsets[f + 1]!), (to): [number, number] => [k, to]),
  ]);
  return {
    histories: rows(from.map((f, k) => [k, f])),
    masked: rows(known),
    relevant: rows(part.map(([f, to]) => [rowOf.get(f)!, to])),
    degrees: columnCounts(train),
  };
}
