import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { DATABASE, type Database, fromVectorText, toVectorText } from '../platform/platform.api.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import { hashOf } from './pooling.js';

/** Vectors by content, so that the same picture or text is embedded once per encoder, whichever items have it. */
@Injectable()
export class VectorCache {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(ENCODER) private readonly encoder: Encoder,
  ) {}

  /** Vectors of texts in their order; only those unknown are embedded. */
  async texts(texts: readonly string[]): Promise<Float32Array[]> {
    const hashes = texts.map((text) => hashOf('text', text));
    const known = await this.read(hashes);
    const wanted = new Map<string, string>();
    hashes.forEach((hash, at) => {
      if (!known.has(hash)) wanted.set(hash, texts[at]!);
    });
    if (wanted.size > 0) {
      const vectors = await this.encoder.texts([...wanted.values()]);
      await this.keep([...wanted.keys()].map((hash, at) => [hash, vectors[at]!]));
      [...wanted.keys()].forEach((hash, at) => {
        known.set(hash, vectors[at]!);
      });
    }
    return hashes.map((hash) => known.get(hash)!);
  }

  /** A vector or an error for each picture, by content hash; the bytes of those unknown are asked for. */
  async pictures(
    hashes: readonly string[],
    bytesOf: (hash: string) => Promise<Buffer>,
  ): Promise<Map<string, Float32Array | Error>> {
    const found: Map<string, Float32Array | Error> = await this.read(hashes);
    const wanted = [...new Set(hashes)].filter((hash) => !found.has(hash));
    for (let from = 0; from < wanted.length; from += 16) {
      const some = wanted.slice(from, from + 16);
      const answers = await this.encoder.imagesSettled(await Promise.all(some.map(bytesOf)));
      some.forEach((hash, at) => {
        found.set(hash, answers[at]!);
      });
      await this.keep(
        some.flatMap((hash, at) =>
          answers[at] instanceof Float32Array ? [[hash, answers[at]] as [string, Float32Array]] : [],
        ),
      );
    }
    return found;
  }

  /** Forgets every vector of this encoder, so that everything is embedded anew. */
  async clear(): Promise<void> {
    await this.database.query.deleteFrom('vector_cache').where('encoder', '=', this.encoder.id).execute();
  }

  private async read(hashes: readonly string[]): Promise<Map<string, Float32Array>> {
    if (hashes.length === 0) return new Map();
    const rows = await this.database.query
      .selectFrom('vector_cache')
      .select(['content_hash', 'vector'])
      .where('encoder', '=', this.encoder.id)
      .where(sql<boolean>`content_hash = any(${[...new Set(hashes)]}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.content_hash, fromVectorText(row.vector)]));
  }

  private async keep(entries: readonly (readonly [string, Float32Array])[]): Promise<void> {
    if (entries.length === 0) return;
    await this.database.query
      .insertInto('vector_cache')
      .values(
        entries.map(([hash, vector]) => ({
          encoder: this.encoder.id,
          content_hash: hash,
          vector: toVectorText(vector),
        })),
      )
      .onConflict((conflict) => conflict.columns(['encoder', 'content_hash']).doNothing())
      .execute();
  }
}
