import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { type Database, fromVectorText, type Outbox, type Tables, toVectorText } from '../platform/platform.api.js';
import type { ModalityMean } from './default-fusion.js';
import type { Fused } from './fusion-model.js';
import { type FusionParameters, GatedFusionModel } from './gated-fusion-model.js';

/** Rows of one transaction: on the embedded database it stays well under 50 ms. */
const ROWS_AT_ONCE = 50;

/** Reads and writes fusion models and fused vectors; decides nothing. */
export class FusionStore {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** The live model, or null before there was one. */
  async live(): Promise<GatedFusionModel | null> {
    const row = await this.rows().where('state', '=', 'live').executeTakeFirst();
    return row ? read(row) : null;
  }

  async byVersion(version: string): Promise<GatedFusionModel | null> {
    const row = await this.rows().where('version', '=', version).executeTakeFirst();
    return row ? read(row) : null;
  }

  /** Stores a model as a candidate; one of the same version is left as it is. */
  async register(model: GatedFusionModel, note: string | null): Promise<void> {
    const { parameters, artefact } = model.toStored();
    await this.database.query
      .insertInto('models')
      .values({
        kind: 'fusion',
        version: model.version,
        state: 'candidate',
        parameters: JSON.stringify(parameters),
        artefact,
        note,
      })
      .onConflict((conflict) => conflict.column('version').doNothing())
      .execute();
  }

  /** Makes a stored model the live one and tells every process. */
  async makeLive(version: string): Promise<void> {
    await this.outbox.write(async (trx, append) => {
      await trx
        .updateTable('models')
        .set({ state: 'retired' })
        .where('kind', '=', 'fusion')
        .where('state', '=', 'live')
        .where('version', '<>', version)
        .execute();
      await trx
        .updateTable('models')
        .set({ state: 'live', promoted_at: new Date() })
        .where('kind', '=', 'fusion')
        .where('version', '=', version)
        .execute();
      append({ topic: 'model', subject: 'fusion' });
    });
  }

  /** Writes fused vectors under a model's version; null removes an item's. Followers of `vectors` hear of each. */
  async write(version: string, entries: readonly { key: number; fused: Fused | null }[]): Promise<void> {
    for (let from = 0; from < entries.length; from += ROWS_AT_ONCE) {
      const part = entries.slice(from, from + ROWS_AT_ONCE);
      await this.outbox.write(async (trx, append) => {
        await this.writePart(trx, version, part);
        for (const { key } of part) append({ topic: 'vectors', subject: String(key) });
      });
    }
  }

  private async writePart(trx: Kysely<Tables>, version: string, part: readonly { key: number; fused: Fused | null }[]) {
    const gone = part.filter(({ fused }) => fused === null).map(({ key }) => key);
    if (gone.length > 0) {
      await trx.deleteFrom('item_vectors').where('fusion', '=', version).where('item_key', 'in', gone).execute();
    }
    const rows = part.flatMap(({ key, fused }) =>
      fused ? [{ item_key: key, gates: fused.gates, vector: toVectorText(fused.vector) }] : [],
    );
    if (rows.length === 0) return;
    // An item may have been deleted since its vectors were read: the join leaves it out instead of failing the batch.
    await sql`
      insert into item_vectors (item_key, fusion, gates, vector)
      select given.item_key, ${version}, given.gates, given.vector::vector
      from json_to_recordset(${JSON.stringify(rows)}::text::json) as given (item_key integer, gates jsonb, vector text)
      join items on items.key = given.item_key
      on conflict (fusion, item_key) do update set gates = excluded.gates, vector = excluded.vector, stored_at = now()`.execute(
      trx,
    );
  }

  /** Keys of items whose modality vectors are newer than their fused vector of this version, or that have none, ascending. */
  async stale(version: string, encoders: readonly string[], afterKey: number, limit: number): Promise<number[]> {
    const { rows } = await sql<{ item_key: number }>`
      select m.item_key from modality_vectors m
      left join item_vectors v on v.item_key = m.item_key and v.fusion = ${version}
      where m.encoder = any(${[...encoders]}::text[]) and m.ordinal = 0 and m.item_key > ${afterKey}
      group by m.item_key, v.stored_at
      having v.stored_at is null or max(m.stored_at) > v.stored_at
      order by m.item_key limit ${limit}`.execute(this.database.query);
    return rows.map((row) => row.item_key);
  }

  /** Means of the pooled vectors by modality and dimension. Cost: one scan of them. */
  async means(encoders: readonly string[]): Promise<ModalityMean[]> {
    const { rows } = await sql<{ modality: string; dimension: number; items: number; mean: string }>`
      select modality, vector_dims(vector) as dimension, count(*)::int as items, avg(vector)::text as mean
      from modality_vectors where ordinal = 0 and encoder = any(${[...encoders]}::text[])
      group by 1, 2 order by 1, 2`.execute(this.database.query);
    return rows.map((row) => ({ ...row, mean: fromVectorText(row.mean) }));
  }

  /** Number of items by modality, without reading a vector. */
  async counts(encoders: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await sql<{ modality: string; items: number }>`
      select modality, count(*)::int as items from modality_vectors
      where ordinal = 0 and encoder = any(${[...encoders]}::text[]) group by 1`.execute(this.database.query);
    return new Map(rows.map((row) => [row.modality, row.items]));
  }

  async countFused(version: string): Promise<number> {
    const row = await this.database.query
      .selectFrom('item_vectors')
      .select((select) => select.fn.countAll<number>().as('items'))
      .where('fusion', '=', version)
      .executeTakeFirstOrThrow();
    return Number(row.items);
  }

  /** Removes fused vectors of versions that are neither kept nor live. */
  async removeAllBut(versions: readonly string[]): Promise<void> {
    const rows = await this.database.query.selectFrom('item_vectors').select('fusion').distinct().limit(1000).execute();
    for (const { fusion } of rows) {
      if (versions.includes(fusion)) continue;
      for (let more = true; more; ) {
        const { rowCount } = await this.database.run(
          'delete from item_vectors where fusion = $1 and item_key in (select item_key from item_vectors where fusion = $1 limit 500)',
          [fusion],
        );
        more = rowCount > 0;
      }
    }
  }

  private rows() {
    return this.database.query
      .selectFrom('models')
      .select(['version', 'parameters', 'artefact'])
      .where('kind', '=', 'fusion');
  }
}

const read = (row: {
  version: string;
  parameters: Record<string, unknown>;
  artefact: Buffer | null;
}): GatedFusionModel =>
  GatedFusionModel.fromStored(row.version, {
    parameters: row.parameters as unknown as FusionParameters,
    artefact: row.artefact ?? Buffer.alloc(0),
  });
