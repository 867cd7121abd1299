import { Inject, Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { DATABASE, type Database, type Tables } from '../../platform/platform.api.js';
import type { WebhookEvent } from './webhook.schema.js';
import { type Happened, WebhookDeliveries } from './webhook-deliveries.js';

/** Things told in one transaction. */
const AT_ONCE = 100;

/**
 * Finds what happened and nobody was told of yet, by marks on the rows themselves: found and marked in the transaction that writes the deliveries, so that
 * each is told once, whichever process wrote it and whichever was killed in between.
 */
@Injectable()
export class WebhookAnnouncer {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly deliveries: WebhookDeliveries,
  ) {}

  /** Writes deliveries of all that is new; returns their ids. Cost when nobody is to be told: one statement. */
  async run(): Promise<string[]> {
    const webhooks = await this.database.query.selectFrom('webhooks').select(['id', 'events', 'active']).execute();
    if (webhooks.length === 0) return [];
    const written: string[] = [];
    for (const find of [failedItems, promotedModels, doneErasures]) {
      for (let found = AT_ONCE; found === AT_ONCE; ) {
        found = await this.database.transaction(async (trx) => {
          const { happened, marked } = await find(trx);
          for (const each of happened) {
            const told = webhooks.filter(({ active, events }) => active && events.includes(each.type));
            written.push(
              ...(await this.deliveries.write(
                trx,
                told.map(({ id }) => id),
                each,
              )),
            );
          }
          return marked;
        });
      }
    }
    return written;
  }
}

type Found = { happened: (Happened & { type: WebhookEvent })[]; marked: number };

/** Pictures, clips and words of items that can't be used. A picture whose address is still tried is not among them. */
const failedItems = async (trx: Kysely<Tables>): Promise<Found> => {
  const { rows } = await sql<{
    id: string;
    modality: string | null;
    ordinal: number | null;
    code: string;
    detail: string;
    at: Date;
  }>`
    with told as (update quarantine set announced = true where key in (
        select q.key from quarantine q where not q.announced and q.item_key is not null
          and not exists (select 1 from item_images p
            where q.modality = 'image' and p.item_key = q.item_key and p.ordinal = q.ordinal and p.state = 'pending')
        order by q.key limit ${AT_ONCE} for update skip locked)
      returning item_key, modality, ordinal, code, detail, at)
    select items.id, modality, ordinal, code, detail, at from told join items on items.key = told.item_key
    order by items.key, modality, ordinal`.execute(trx);
  const byItem = new Map<string, typeof rows>();
  for (const row of rows) byItem.set(row.id, [...(byItem.get(row.id) ?? []), row]);
  const happened = [...byItem].map(([itemId, problems]) => ({
    type: 'item.failed' as const,
    at: new Date(Math.max(...problems.map(({ at }) => at.getTime()))),
    data: {
      itemId,
      problems: problems.map(({ modality, ordinal, code, detail, at }) => ({
        modality,
        ...(ordinal === null ? {} : { ordinal }),
        code,
        detail,
        at: at.toISOString(),
      })),
    },
  }));
  return { happened, marked: rows.length };
};

const promotedModels = async (trx: Kysely<Tables>): Promise<Found> => {
  const { rows } = await sql<{ kind: string; version: string; note: string | null; promoted_at: Date }>`
    update models set announced_at = promoted_at where key in (
      select key from models where promoted_at is distinct from announced_at and promoted_at is not null and state = 'live'
      order by promoted_at limit ${AT_ONCE} for update skip locked)
    returning kind, version, note, promoted_at`.execute(trx);
  const happened = rows.map(({ kind, version, note, promoted_at }) => ({
    type: 'model.promoted' as const,
    at: promoted_at,
    data: { kind, version, note, promotedAt: promoted_at.toISOString() },
  }));
  return { happened, marked: rows.length };
};

/** The receipt's name and what went, and nothing by which the person could be found: whoever asked for the erasure has the receipt. */
const doneErasures = async (trx: Kysely<Tables>): Promise<Found> => {
  const { rows } = await sql<{ receipt_id: string; kind: string; counts: Record<string, number>; at: Date }>`
    update erasures set announced = true where receipt_id in (
      select receipt_id from erasures where not announced order by at limit ${AT_ONCE} for update skip locked)
    returning receipt_id, kind, counts, at`.execute(trx);
  const happened = rows.map(({ receipt_id, kind, counts, at }) => ({
    type: 'erasure.done' as const,
    at,
    data: { receiptId: receipt_id, kind, counts, at: at.toISOString() },
  }));
  return { happened, marked: rows.length };
};
