import { Inject, Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { DATABASE, type Database, fromVectorText, type Tables, toVectorText } from '../platform/platform.api.js';
import { ENCODER, type Encoder } from './encoder.port.js';

/** Where a piece of a clip lies, in seconds from its start, and what is said in it. */
export interface Segment {
  start: number;
  end: number;
  words: string;
}

/**
 * One unit vector of an item. Ordinal 0 is the pooled vector of the modality; 1… are its parts: each picture in the item's order,
 * each review (newest first, at most 64), each segment of the clip in time.
 */
export interface ModalityVector {
  modality: string;
  ordinal: number;
  vector: Float32Array;
  segment?: Segment;
}

/** A vector on its way into the table, with the hash of what it was made from. */
export interface StoredVector extends Omit<ModalityVector, 'modality'> {
  contentHash: string;
}

/** What an item's vectors of its own encoder are called when the shop supplied them. */
export const SHOP_ENCODER = 'shop';

/** Modalities that Vitrine's own encoder makes. */
export const OWN_MODALITIES = ['image', 'text', 'review', 'video'] as const;

/** One modality over the catalogue. */
export interface ModalityCount {
  modality: string;
  /** Numbers in a vector. */
  dimension: number;
  /** Items that have it. */
  items: number;
}

/**
 * The vectors of items by modality, as made by the encoder in use or supplied by the shop. Vectors of another encoder stay in
 * the table beside them and are never mixed in. A shop's own pooled vector goes before ours of the same name.
 */
@Injectable()
export class ModalityVectors {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(ENCODER) private readonly encoder: Encoder,
  ) {}

  /** All vectors of these items, by item key, sorted by modality and ordinal; an item without any is absent from the map. */
  async read(keys: readonly number[]): Promise<Map<number, ModalityVector[]>> {
    const found = new Map<number, ModalityVector[]>();
    for (let from = 0; from < keys.length; from += 500) {
      const rows = await this.rows()
        .where('item_key', 'in', keys.slice(from, from + 500))
        .execute();
      collect(rows, found);
    }
    return found;
  }

  /** The next `limit` items that have any vector, in key order, with all their vectors. Start with −1; ends with an empty answer. */
  async stream(afterKey: number, limit: number): Promise<{ itemKey: number; vectors: ModalityVector[] }[]> {
    const keys = await this.database.query
      .selectFrom('modality_vectors')
      .select('item_key')
      .distinct()
      .where('item_key', '>', afterKey)
      .where('encoder', 'in', [this.encoder.id, SHOP_ENCODER])
      .orderBy('item_key')
      .limit(limit)
      .execute();
    const vectors = await this.read(keys.map((row) => row.item_key));
    return [...vectors].map(([itemKey, list]) => ({ itemKey, vectors: list })).sort((a, b) => a.itemKey - b.itemKey);
  }

  /** Replaces what an item has in one modality, in one transaction; an empty list removes the modality. */
  async put(
    itemKey: number,
    modality: string,
    vectors: readonly StoredVector[],
    encoder = this.encoder.id,
  ): Promise<void> {
    await this.database.transaction((trx) => replaceVectors(trx, { itemKey, modality, encoder }, vectors));
  }

  async delete(itemKey: number, modality: string, encoder = this.encoder.id): Promise<void> {
    await this.put(itemKey, modality, [], encoder);
  }

  /** Which modalities the catalogue has. Cost: one scan of the pooled rows. */
  async modalities(): Promise<ModalityCount[]> {
    const { rows } = await this.database.run(
      `select modality, vector_dims(vector) as dimension, count(distinct item_key)::int as items from modality_vectors
       where ordinal = 0 and encoder in ($1, $2) group by 1, 2 order by 1, 2 limit 1000`,
      [this.encoder.id, SHOP_ENCODER],
    );
    return rows.map((row) => ({
      modality: String(row.modality),
      dimension: Number(row.dimension),
      items: Number(row.items),
    }));
  }

  private rows() {
    return this.database.query
      .selectFrom('modality_vectors')
      .select(['item_key', 'modality', 'ordinal', 'encoder', 'segment', 'vector'])
      .where('encoder', 'in', [this.encoder.id, SHOP_ENCODER])
      .orderBy('item_key')
      .orderBy('modality')
      .orderBy('ordinal');
  }
}

/** Replaces one modality of one item inside a transaction. */
export const replaceVectors = async (
  trx: Kysely<Tables>,
  target: { itemKey: number; modality: string; encoder: string },
  vectors: readonly StoredVector[],
): Promise<void> => {
  await trx
    .deleteFrom('modality_vectors')
    .where('item_key', '=', target.itemKey)
    .where('encoder', '=', target.encoder)
    .where('modality', '=', target.modality)
    .execute();
  if (vectors.length === 0) return;
  await trx
    .insertInto('modality_vectors')
    .values(
      vectors.map((part) => ({
        item_key: target.itemKey,
        modality: target.modality,
        ordinal: part.ordinal,
        encoder: target.encoder,
        content_hash: part.contentHash,
        segment: part.segment ? JSON.stringify(part.segment) : null,
        vector: toVectorText(part.vector),
      })),
    )
    .execute();
};

type Row = Pick<
  Selectable<Tables['modality_vectors']>,
  'item_key' | 'modality' | 'ordinal' | 'encoder' | 'segment' | 'vector'
>;

const collect = (rows: readonly Row[], into: Map<number, ModalityVector[]>): void => {
  const supplied = new Set(
    rows.filter((row) => row.encoder === SHOP_ENCODER).map((row) => `${row.item_key} ${row.modality} ${row.ordinal}`),
  );
  for (const row of rows) {
    if (row.encoder !== SHOP_ENCODER && supplied.has(`${row.item_key} ${row.modality} ${row.ordinal}`)) continue;
    const part: ModalityVector = { modality: row.modality, ordinal: row.ordinal, vector: fromVectorText(row.vector) };
    if (row.segment) part.segment = row.segment as unknown as Segment;
    const list = into.get(row.item_key);
    if (list) list.push(part);
    else into.set(row.item_key, [part]);
  }
};
