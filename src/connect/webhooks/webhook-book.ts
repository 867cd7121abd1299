import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SafeDownloader } from '../../catalog/catalog.api.js';
import {
  DATABASE,
  type Database,
  invalidField,
  notFound,
  SETTINGS,
  SecretBox,
  type Settings,
  type WebhooksTable,
} from '../../platform/platform.api.js';
import { assertAsked } from '../asked-address.js';
import type { WebhookEvent, WebhookInput, WebhookMade, WebhookPatch, WebhookShown } from './webhook.schema.js';
import { newSecret } from './webhook-signature.js';

/** Webhooks a shop may have. */
const MOST_WEBHOOKS = 100;
/** A receiver has a day to change over to a new secret. */
const FORMER_MS = 86_400_000;

/** A webhook as it is needed to send something. */
export interface Receiver {
  id: string;
  url: string;
  /** The present one first. */
  secrets: string[];
}

/** Whom to tell of what. Secrets have to be used for signing, so they are stored to be read: encrypted once `VITRINE_SECRET_KEY` is set. */
@Injectable()
export class WebhookBook implements OnApplicationBootstrap {
  private readonly box: SecretBox;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly downloader: SafeDownloader,
    @Inject(SETTINGS) settings: Pick<Settings, 'secretKey'>,
  ) {
    this.box = new SecretBox(settings.secretKey);
  }

  /** What was stored in the clear before there was a key is sealed. */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.box.locks) return;
    for (const row of await this.rows().execute()) {
      const secret = this.box.seal(row.secret, row.id);
      const former_secret = row.former_secret === null ? null : this.box.seal(row.former_secret, row.id);
      if (secret === row.secret && former_secret === row.former_secret) continue;
      await this.database.query
        .updateTable('webhooks')
        .set({ secret, former_secret })
        .where('id', '=', row.id)
        .where('secret', '=', row.secret)
        .execute();
    }
  }

  /** All of them, oldest first. */
  async list(): Promise<WebhookShown[]> {
    return (await this.rows().limit(MOST_WEBHOOKS).execute()).map(shown);
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<WebhookShown> {
    const row = await this.rows().where('id', '=', id).executeTakeFirst();
    if (!row) throw notFound('webhook', id);
    return shown(row);
  }

  /** A new webhook; it hears of what happens from now on. @throws Problem 400 for an address that may not be asked */
  async create(input: WebhookInput): Promise<WebhookMade> {
    assertAsked(this.downloader, input.url);
    const id = randomUUID();
    const secret = newSecret();
    await this.database.transaction(async (trx) => {
      const known = await trx.selectFrom('webhooks').select('id').limit(MOST_WEBHOOKS).execute();
      if (known.length === MOST_WEBHOOKS)
        throw invalidField('url', `there are ${MOST_WEBHOOKS} webhooks already; delete one first`);
      // While there was none nobody kept count of what is still to be told.
      if (known.length === 0) {
        await sql`update quarantine set announced = true where not announced`.execute(trx);
        await sql`update erasures set announced = true where not announced`.execute(trx);
        await sql`update models set announced_at = promoted_at where announced_at is distinct from promoted_at`.execute(
          trx,
        );
      }
      await trx
        .insertInto('webhooks')
        .values({
          id,
          secret: this.box.seal(secret, id),
          url: input.url,
          events: [...new Set(input.events)],
          name: input.name ?? null,
          active: input.active,
        })
        .execute();
    });
    return { ...(await this.get(id)), secret };
  }

  /** Changes what `patch` names. @throws Problem 404, 400 */
  async patch(id: string, patch: WebhookPatch): Promise<WebhookShown> {
    if (patch.url !== undefined) assertAsked(this.downloader, patch.url);
    const { events, ...rest } = patch;
    await this.database.query
      .updateTable('webhooks')
      .set({
        ...rest,
        ...(events ? { events: [...new Set(events)] } : {}),
        ...(patch.active ? { note: null } : {}),
        updated_at: new Date(),
      })
      .where('id', '=', id)
      .execute();
    return this.get(id);
  }

  /** Forgets a webhook and its log. Gives whether there was one. */
  async delete(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.database.query
      .deleteFrom('webhooks')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }

  /** A new secret; for a day the former one signs too. @throws Problem 404 */
  async rotate(id: string): Promise<{ secret: string; formerUntil: string }> {
    const secret = newSecret();
    const until = new Date(Date.now() + FORMER_MS);
    const { numUpdatedRows } = await this.database.query
      .updateTable('webhooks')
      .set((row) => ({
        former_secret: row.ref('secret'),
        former_until: until,
        secret: this.box.seal(secret, id),
        updated_at: new Date(),
      }))
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw notFound('webhook', id);
    return { secret, formerUntil: until.toISOString() };
  }

  /** Where to send and what to sign with; null when it is gone or switched off. */
  async receiver(id: string): Promise<Receiver | null> {
    const row = await this.rows().where('id', '=', id).where('active', '=', true).executeTakeFirst();
    if (!row) return null;
    const isFormerGood = row.former_secret !== null && (row.former_until?.getTime() ?? 0) > Date.now();
    const stored = isFormerGood ? [row.secret, row.former_secret!] : [row.secret];
    return { id, url: row.url, secrets: stored.map((secret) => this.box.open(secret, id)) };
  }

  /** Switches a webhook off, because its receiver says that it is gone for good. */
  async switchOff(id: string, note: string): Promise<void> {
    await this.database.query
      .updateTable('webhooks')
      .set({ active: false, note, updated_at: new Date() })
      .where('id', '=', id)
      .execute();
  }

  private rows() {
    return this.database.query.selectFrom('webhooks').selectAll().orderBy('created_at').orderBy('id');
  }
}

const shown = (row: Selectable<WebhooksTable>): WebhookShown => ({
  id: row.id,
  name: row.name,
  url: row.url,
  events: row.events as WebhookEvent[],
  active: row.active,
  note: row.note,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
