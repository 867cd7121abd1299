import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  DATABASE,
  type Database,
  notFound,
  OUTBOX,
  type Outbox,
  Problem,
  type Role,
  SETTINGS,
  type Settings,
} from '../platform/platform.api.js';

/** A key as it is known in memory; its text is known only while it is made (publishable ones stay readable). */
export interface KnownKey {
  id: string;
  role: Role;
  name: string | null;
  /** Origins that may use it, besides `VITRINE_ORIGINS`; only for publishable keys. */
  origins: string[];
  readable: string | null;
  createdAt: Date;
  revokedAt: Date | null;
}

/** A key just made: the only moment its text can be shown. */
export interface MadeKey extends KnownKey {
  key: string;
}

const PREFIX: Record<Role, string> = { publishable: 'pk', server: 'sk', admin: 'ak' };
const ROLES: readonly Role[] = ['admin', 'server', 'publishable'];

/** Random keys of 256 bits need no slow hash: SHA-256 is not to be guessed backwards. */
export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** All keys, in memory by hash; follows the outbox topic `keys`, so that a revoked key is refused by every process. */
@Injectable()
export class KeyRing implements OnModuleInit {
  private byHash = new Map<string, KnownKey>();
  private readonly used = new Map<string, number>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onModuleInit(): Promise<void> {
    this.outbox.follow('keys', () => this.reload());
    await this.addFixed();
    await this.reload();
  }

  /** The key with this text, unless it was revoked. Cost: one hash and one look-up. */
  find(key: string): KnownKey | null {
    const found = this.byHash.get(hashOfKey(key));
    if (!found || found.revokedAt) return null;
    this.used.set(found.id, Date.now());
    return found;
  }

  /** The key with this id, revoked ones too. Counts as a use of it. */
  byId(id: string): KnownKey | undefined {
    for (const key of this.byHash.values()) {
      if (key.id !== id) continue;
      this.used.set(id, Date.now());
      return key;
    }
    return undefined;
  }

  list(): KnownKey[] {
    return [...this.byHash.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  }

  /** The text of a publishable key, which is no secret: pages carry it. */
  publishable(): string | null {
    return this.list().find((key) => key.role === 'publishable' && !key.revokedAt && key.readable)?.readable ?? null;
  }

  /** Makes keys for the roles that have none yet (a first start); returns them with their texts. */
  async makeMissing(): Promise<MadeKey[]> {
    const made: MadeKey[] = [];
    for (const role of ROLES)
      if (!this.list().some((key) => key.role === role && !key.revokedAt))
        made.push(await this.create(role, 'first start'));
    return made;
  }

  async create(role: Role, name: string | null = null, origins: string[] = []): Promise<MadeKey> {
    return this.store(`${PREFIX[role]}_${randomBytes(32).toString('base64url')}`, role, name, origins, randomUUID());
  }

  /** @throws Problem 404 for an unknown id. */
  async revoke(id: string): Promise<void> {
    const gone = await this.outbox.write(async (trx, append) => {
      append({ topic: 'keys', subject: id });
      return trx
        .updateTable('api_keys')
        .set({ revoked_at: new Date() })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returning('id')
        .executeTakeFirst();
    });
    if (!gone && !this.list().some((key) => key.id === id)) throw notFound('key', id);
  }

  /** When each key was last used, as far as this process knows; epoch milliseconds. */
  lastUsed(id: string): number | null {
    return this.used.get(id) ?? null;
  }

  /** Keys fixed by the environment are added at every start, their role by the variable. */
  private async addFixed(): Promise<void> {
    const fixed: [Role, string | undefined, string][] = [
      ['admin', this.settings.adminKey, 'VITRINE_ADMIN_KEY'],
      ['server', this.settings.serverKey, 'VITRINE_SERVER_KEY'],
      ['publishable', this.settings.publishableKey, 'VITRINE_PUBLISHABLE_KEY'],
    ];
    const texts = fixed.map(([, text]) => text).filter((text) => text !== undefined);
    if (new Set(texts).size !== texts.length)
      throw new Problem({
        code: 'VIT_KEY_SHARED',
        status: 500,
        fault: 'shop',
        title: 'Two roles share a key',
        detail: 'VITRINE_ADMIN_KEY, VITRINE_SERVER_KEY and VITRINE_PUBLISHABLE_KEY must differ from each other.',
      });
    for (const [role, text, variable] of fixed) {
      if (text === undefined) continue;
      const known = await this.database.query
        .selectFrom('api_keys')
        .select(['id', 'role', 'revoked_at'])
        .where('hash', '=', hashOfKey(text))
        .executeTakeFirst();
      if (!known) await this.store(text, role, variable, [], `fixed-${role}-${hashOfKey(text).slice(0, 8)}`);
      else if (known.role !== role || known.revoked_at)
        await this.database.query
          .updateTable('api_keys')
          .set({ role, revoked_at: null, readable: role === 'publishable' ? text : null })
          .where('id', '=', known.id)
          .execute();
    }
  }

  private async store(key: string, role: Role, name: string | null, origins: string[], id: string): Promise<MadeKey> {
    const readable = role === 'publishable' ? key : null;
    await this.outbox.write(async (trx, append) => {
      await trx
        .insertInto('api_keys')
        .values({ id, role, name, hash: hashOfKey(key), readable, origins })
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
      append({ topic: 'keys', subject: id });
    });
    return { id, role, name, origins, readable, createdAt: new Date(), revokedAt: null, key };
  }

  private async reload(): Promise<void> {
    const rows = await this.database.query.selectFrom('api_keys').selectAll().execute();
    this.byHash = new Map(
      rows.map((row) => [
        row.hash,
        {
          id: row.id,
          role: row.role,
          name: row.name,
          origins: row.origins,
          readable: row.readable,
          createdAt: row.created_at,
          revokedAt: row.revoked_at,
        },
      ]),
    );
  }
}
