import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type Kysely, type Selectable, sql } from 'kysely';
import { fromCursor, toCursor } from '../../platform/http/page-query.js';
import {
  DATABASE,
  type Database,
  notFound,
  type Tables,
  type WebhookDeliveriesTable,
} from '../../platform/platform.api.js';
import type { WebhookDelivery } from './webhook.schema.js';

/** Something that happened, as receivers are told of it. */
export interface Happened {
  type: string;
  at: Date;
  data: Record<string, unknown>;
}

/** Days for which a delivery stays in the log. */
const KEPT_DAYS = 30;

/** Messages to receivers: what is to be sent, and the log of how it went. */
@Injectable()
export class WebhookDeliveries {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Writes one delivery for each webhook, inside the caller's transaction. Returns their ids. */
  async write(trx: Kysely<Tables>, webhookIds: readonly string[], { type, at, data }: Happened): Promise<string[]> {
    if (webhookIds.length === 0) return [];
    const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
    const rows = webhookIds.map((webhook_id) => ({ id: `msg_${randomUUID()}`, webhook_id, type, body }));
    await trx.insertInto('webhook_deliveries').values(rows).execute();
    return rows.map(({ id }) => id);
  }

  /** What is still to be sent under this id; null when it was sent, given up, or forgotten. */
  async pending(id: string): Promise<{ webhookId: string; body: string } | null> {
    const row = await this.database.query
      .selectFrom('webhook_deliveries')
      .select(['webhook_id', 'body'])
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .executeTakeFirst();
    return row ? { webhookId: row.webhook_id, body: row.body } : null;
  }

  /** Notes an attempt. */
  async note(
    id: string,
    state: 'pending' | 'delivered' | 'failed',
    status: number | null,
    error: string | null,
  ): Promise<void> {
    const now = new Date();
    await this.database.query
      .updateTable('webhook_deliveries')
      .set((row) => ({
        state,
        status,
        error: error?.slice(0, 1_000) ?? null,
        attempts: row('attempts', '+', 1),
        attempted_at: now,
        delivered_at: state === 'delivered' ? now : null,
      }))
      .where('id', '=', id)
      .execute();
  }

  /** Newest first. */
  async list(
    webhookId: string,
    { cursor, limit, state }: { cursor?: string; limit: number; state?: WebhookDelivery['state'] },
  ): Promise<{ deliveries: WebhookDelivery[]; cursor: string | null }> {
    let query = this.database.query
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('webhook_id', '=', webhookId)
      .orderBy('key', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) query = query.where('key', '<', fromCursor(cursor));
    if (state) query = query.where('state', '=', state);
    const rows = await query.execute();
    const page = rows.slice(0, limit);
    return { deliveries: page.map(shown), cursor: rows.length > limit ? toCursor(page.at(-1)!.key) : null };
  }

  /** Makes a delivery one that is to be sent, whatever became of it before. @throws Problem 404 */
  async again(webhookId: string, id: string): Promise<WebhookDelivery> {
    const row = await this.database.query
      .updateTable('webhook_deliveries')
      .set({ state: 'pending' })
      .where('webhook_id', '=', webhookId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw notFound('delivery', id);
    return shown(row);
  }

  /** Deliveries whose job was lost with a process before anybody tried them. */
  async forgotten(): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`select id from webhook_deliveries
      where state = 'pending' and attempts = 0 and created_at < now() - interval '2 minutes' order by key limit 500`.execute(
      this.database.query,
    );
    return rows.map(({ id }) => id);
  }

  /** Removes what is older than 30 days. */
  async sweep(): Promise<void> {
    await sql`delete from webhook_deliveries where created_at < now() - ${KEPT_DAYS} * interval '1 day'`.execute(
      this.database.query,
    );
  }
}

const shown = (row: Selectable<WebhookDeliveriesTable>): WebhookDelivery => ({
  id: row.id,
  type: row.type,
  state: row.state,
  attempts: row.attempts,
  status: row.status,
  error: row.error,
  body: JSON.parse(row.body),
  createdAt: row.created_at.toISOString(),
  attemptedAt: row.attempted_at?.toISOString() ?? null,
  deliveredAt: row.delivered_at?.toISOString() ?? null,
});
