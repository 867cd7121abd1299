import { sql } from 'kysely';
import type { Database } from '../platform/platform.api.js';
import { vectorsFromBytes } from './vector-bytes.js';

const AT_ONCE = 2_000;

/** A stored fused vector. */
export interface FusedVector {
  key: number;
  vector: Float32Array;
}

interface Batch {
  keys: number[] | null;
  bytes: Buffer | null;
}

/** One row a batch, of all its keys and all its vectors: so many small values are what reading them costs. */
const read = async (database: Database, rows: ReturnType<typeof sql>): Promise<FusedVector[]> => {
  const { rows: found } = await sql<Batch>`
    select array_agg(item_key order by item_key) as keys, string_agg(vector_send(vector), '' order by item_key) as bytes
    from (${rows}) as batch`.execute(database.query);
  const { keys, bytes } = found[0]!;
  if (!keys || !bytes) return [];
  const vectors = vectorsFromBytes(bytes);
  return keys.map((key, at) => ({ key, vector: vectors[at]! }));
};

/** All vectors of a fusion model, ascending by key, read in batches. */
export async function* fusedVectors(database: Database, fusion: string): AsyncGenerator<FusedVector[]> {
  for (let after = -1; ; ) {
    const batch = await read(
      database,
      sql`select item_key, vector from item_vectors where fusion = ${fusion} and item_key > ${after} order by item_key limit ${AT_ONCE}`,
    );
    if (batch.length > 0) yield batch;
    if (batch.length < AT_ONCE) return;
    after = batch.at(-1)!.key;
  }
}

/** Those of these items that have one. */
export const fusedVectorsOf = async (
  database: Database,
  fusion: string,
  keys: readonly number[],
): Promise<FusedVector[]> => {
  const found: FusedVector[] = [];
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const some = keys.slice(from, from + AT_ONCE);
    const batch = await read(
      database,
      sql`select item_key, vector from item_vectors where fusion = ${fusion} and item_key = any(${some}::int[])`,
    );
    found.push(...batch);
  }
  return found;
};
