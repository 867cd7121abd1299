import { sql } from 'kysely';
import type { Database } from '../platform/platform.api.js';
import { vectorFromBytes } from './vector-bytes.js';

const AT_ONCE = 2_000;

/** A stored fused vector. */
export interface FusedVector {
  key: number;
  vector: Float32Array;
}

const select = (database: Database, fusion: string) =>
  database.query
    .selectFrom('item_vectors')
    .select(['item_key', sql<Buffer>`vector_send(vector)`.as('bytes')])
    .where('fusion', '=', fusion);

/** All vectors of a fusion model, ascending by key, read in batches. */
export async function* fusedVectors(database: Database, fusion: string): AsyncGenerator<FusedVector[]> {
  for (let after = -1; ; ) {
    const rows = await select(database, fusion)
      .where('item_key', '>', after)
      .orderBy('item_key')
      .limit(AT_ONCE)
      .execute();
    if (rows.length > 0) yield rows.map(({ item_key, bytes }) => ({ key: item_key, vector: vectorFromBytes(bytes) }));
    if (rows.length < AT_ONCE) return;
    after = rows.at(-1)!.item_key;
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
    const rows = await select(database, fusion).where(sql<boolean>`item_key = any(${some}::int[])`).execute();
    for (const { item_key, bytes } of rows) found.push({ key: item_key, vector: vectorFromBytes(bytes) });
  }
  return found;
};
