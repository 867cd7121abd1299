import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContentModality } from '../behaviour/behaviour.api.js';
import { addSparse, readNpy, type SparseMatrix, sparseFromTriples } from '../maths/maths.api.js';
import { canonicalOrder } from './canonical-order.js';
import { badRow, featureNames, numberNames, readRows } from './data-files.js';
import { encodeCatalogue } from './encoded-catalogue.js';

/** People × items of each part, and content by item, in an order that does not depend on how the files number them. */
export interface UserData {
  train: SparseMatrix;
  val: SparseMatrix;
  test: SparseMatrix | null;
  content: ContentModality[];
}

/** Entries of both, each 1. */
export const union = (a: SparseMatrix, b: SparseMatrix): SparseMatrix => {
  const sum = addSparse(a, b);
  return { ...sum, values: sum.values.fill(1) };
};

interface Content {
  /** Names of the items by row; null where the item's own number is its row. */
  ids: readonly string[] | null;
  rows: number;
  modalities: ContentModality[];
}

/**
 * Reads train, val and (where wanted) test pairs, and what is known of the items: `features/*.npy`, or else `catalog.ndjson`, which is encoded. Repeated pairs count once. People and
 * items are put into their canonical order, so that figures stay the same when they are numbered otherwise.
 */
export async function readUserData(
  directory: string,
  wantsTest: boolean,
  progress?: (line: string) => void,
): Promise<UserData> {
  const parts = ['train.tsv', 'val.tsv', ...(wantsTest ? ['test.tsv'] : [])].map((file) => ({
    file,
    rows: readRows(directory, file),
  }));
  for (const { file, rows } of parts) {
    const bad = rows.findIndex((r) => r.length < 2 || r.length > 3 || r[0] === '' || r[1] === '');
    if (bad >= 0) throw badRow(file, bad + 1, rows[bad]!, 'user <tab> item [<tab> unix seconds]');
  }
  const content = await readContent(directory, progress);
  const all = parts.flatMap((p) => p.rows);
  const users = numberNames(all.map((r) => r[0]!));
  const byRow = content.ids === null && content.rows > 0;
  // A table too short for an item leaves that item without content.
  const names = byRow ? null : numberNames([...(content.ids ?? []), ...all.map((r) => r[1]!)]);
  const items = names?.size ?? Math.max(content.rows, ...all.map((r) => Number(r[1]) + 1));
  if (byRow) {
    for (const { file, rows } of parts) {
      const bad = rows.findIndex((r) => !/^\d+$/.test(r[1]!));
      if (bad >= 0) throw badRow(file, bad + 1, rows[bad]!, "user <tab> number of the item's row in features/*.npy");
    }
  }
  const matrix = (rows: readonly string[][]): SparseMatrix => {
    const m = sparseFromTriples(
      users.size,
      items,
      rows.map((r) => users.get(r[0]!)!),
      rows.map((r) => names?.get(r[1]!) ?? Number(r[1])),
    );
    return { ...m, values: m.values.fill(1) };
  };
  const placed = content.modalities.map((m) =>
    content.ids === null
      ? m
      : {
          ...m,
          values: placedRows(
            m,
            content.ids.map((id) => names!.get(id)!),
            items,
          ),
        },
  );
  return inCanonicalOrder({
    train: matrix(parts[0]!.rows),
    val: matrix(parts[1]!.rows),
    test: wantsTest ? matrix(parts[2]!.rows) : null,
    content: placed,
  });
}

async function readContent(directory: string, progress?: (line: string) => void): Promise<Content> {
  const features = featureNames(directory).map((name) => ({
    name,
    matrix: readNpy(readFileSync(join(directory, 'features', `${name}.npy`))),
  }));
  if (features.length > 0 || !existsSync(join(directory, 'catalog.ndjson')))
    return {
      ids: null,
      rows: Math.max(0, ...features.map((f) => f.matrix.rows)),
      modalities: features.map(({ name, matrix: m }) => ({ name, width: m.columns, values: m.values })),
    };
  const catalogue = await encodeCatalogue(directory, progress);
  await catalogue.encoder.close();
  return {
    ids: catalogue.ids,
    rows: catalogue.ids.length,
    modalities: catalogue.modalities.map((m) => ({ name: m.name, width: m.width, values: m.vectors })),
  };
}

/** Rows moved to the places given, zeros elsewhere. */
const placedRows = (m: ContentModality, places: readonly number[], items: number): Float32Array => {
  const out = new Float32Array(items * m.width);
  places.forEach((place, row) => {
    out.set(m.values.subarray(row * m.width, (row + 1) * m.width), place * m.width);
  });
  return out;
};

function inCanonicalOrder(data: UserData): UserData {
  const { train, val, test, content } = data;
  const order = canonicalOrder(union(train, val), content);
  const placeOf = (numbers: Int32Array): Int32Array => {
    const places = new Int32Array(numbers.length);
    numbers.forEach((number, place) => {
      places[number] = place;
    });
    return places;
  };
  const people = placeOf(order.people);
  const items = placeOf(order.items);
  const moved = (m: SparseMatrix): SparseMatrix => {
    const rows: number[] = [];
    const columns: number[] = [];
    for (let r = 0; r < m.rows; r++)
      for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) {
        rows.push(people[r]!);
        columns.push(items[m.indices[e]!]!);
      }
    return sparseFromTriples(m.rows, m.columns, rows, columns);
  };
  return {
    train: moved(train),
    val: moved(val),
    test: test && moved(test),
    content: content.map((m) => ({
      ...m,
      values: placedRows(
        { ...m, values: m.values.subarray(0, Math.min(m.values.length, items.length * m.width)) },
        [...items.subarray(0, Math.floor(m.values.length / m.width))],
        items.length,
      ),
    })),
  };
}
