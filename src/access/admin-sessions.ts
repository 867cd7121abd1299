import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock, DATABASE, type Database, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { hashOfKey, KeyRing, type KnownKey } from './key-ring.js';

/** Name of the cookie that the admin page signs in with. */
export const ADMIN_COOKIE = 'vitrine_admin';
/** The session's text in a request's `Cookie` header; undefined without one. */
export const sessionIn = (header: string | undefined): string | undefined =>
  new RegExp(`(?:^|;)\\s*${ADMIN_COOKIE}=([A-Za-z0-9_-]+)`).exec(header ?? '')?.[1];
/** A working day: then the key is asked for again. */
export const SESSION_HOURS = 12;
/** One key's sessions beyond these end, the oldest first. */
const MOST_PER_KEY = 50;

interface KnownSession {
  keyId: string;
  expiresAt: number;
}

/** A sign-in just made: the only moment its text is known. */
export interface OpenedSession {
  token: string;
  keyId: string;
  expiresAt: Date;
}

/**
 * Who is signed in on the admin page, in memory by hash, following the outbox topic `keys`: a sign-out or a revoked key ends a session in
 * every process. The text of a session is 256 random bits and lives only in the browser's cookie.
 */
@Injectable()
export class AdminSessions implements OnModuleInit {
  private byHash = new Map<string, KnownSession>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly keys: KeyRing,
  ) {}

  async onModuleInit(): Promise<void> {
    this.outbox.follow('keys', () => this.reload());
    await this.reload();
  }

  /** A session for whoever holds this key; null when it is no admin key. Cost: one hash, and one row when it is. */
  async open(key: string): Promise<OpenedSession | null> {
    const found = this.keys.find(key);
    if (found?.role !== 'admin') return null;
    const token = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + SESSION_HOURS * 3_600_000);
    await this.outbox.write(async (trx, append) => {
      await trx.deleteFrom('admin_sessions').where('expires_at', '<=', now).execute();
      const kept = await trx
        .selectFrom('admin_sessions')
        .select('hash')
        .where('key_id', '=', found.id)
        .orderBy('created_at', 'desc')
        .limit(MOST_PER_KEY - 1)
        .execute();
      let surplus = trx.deleteFrom('admin_sessions').where('key_id', '=', found.id);
      if (kept.length > 0)
        surplus = surplus.where(
          'hash',
          'not in',
          kept.map(({ hash }) => hash),
        );
      await surplus.execute();
      await trx
        .insertInto('admin_sessions')
        .values({ hash: hashOfKey(token), key_id: found.id, created_at: now, expires_at: expiresAt })
        .execute();
      append({ topic: 'keys', subject: found.id });
    });
    return { token, keyId: found.id, expiresAt };
  }

  /** The key behind a session that has not ended; null otherwise. Cost: one hash and two look-ups. */
  find(token: string): { key: KnownKey; expiresAt: Date } | null {
    const session = this.byHash.get(hashOfKey(token));
    if (!session || session.expiresAt <= this.clock.now().getTime()) return null;
    const key = this.keys.byId(session.keyId);
    if (!key || key.revokedAt || key.role !== 'admin') return null;
    return { key, expiresAt: new Date(session.expiresAt) };
  }

  /** Ends a session; one that is not there is no error. */
  async close(token: string): Promise<void> {
    const hash = hashOfKey(token);
    await this.outbox.write(async (trx, append) => {
      const gone = await trx
        .deleteFrom('admin_sessions')
        .where('hash', '=', hash)
        .returning('key_id')
        .executeTakeFirst();
      if (gone) append({ topic: 'keys', subject: gone.key_id });
    });
  }

  private async reload(): Promise<void> {
    const rows = await this.database.query
      .selectFrom('admin_sessions')
      .selectAll()
      .where('expires_at', '>', this.clock.now())
      .limit(10_000)
      .execute();
    this.byHash = new Map(rows.map((row) => [row.hash, { keyId: row.key_id, expiresAt: row.expires_at.getTime() }]));
  }
}
