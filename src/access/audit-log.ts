import { Inject, Injectable } from '@nestjs/common';
import { type Caller, DATABASE, type Database } from '../platform/platform.api.js';

export interface AuditEntry {
  key: number;
  at: string;
  actor: string;
  action: string;
  subject: string | null;
  detail: Record<string, unknown>;
}

/** Who did what in the administration; rows are only added. */
@Injectable()
export class AuditLog {
  private readonly told = new WeakSet<object>();

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Whether an entry was written for this very call (each call has a `Caller` of its own). */
  hasNoted(caller: object): boolean {
    return this.told.has(caller);
  }

  async note(
    caller: Pick<Caller, 'keyId'>,
    action: string,
    subject: string | null,
    detail: Record<string, unknown> = {},
  ): Promise<void> {
    this.told.add(caller);
    await this.database.query
      .insertInto('audit_log')
      .values({ actor: caller.keyId ?? 'unknown', action, subject, detail: JSON.stringify(detail) })
      .execute();
  }

  /** Entries before `beforeKey`, newest first. */
  async list(limit: number, beforeKey?: number): Promise<AuditEntry[]> {
    let query = this.database.query.selectFrom('audit_log').selectAll().orderBy('key', 'desc').limit(limit);
    if (beforeKey !== undefined) query = query.where('key', '<', beforeKey);
    const rows = await query.execute();
    return rows.map((row) => ({
      key: row.key,
      at: row.at.toISOString(),
      actor: row.actor,
      action: row.action,
      subject: row.subject,
      detail: row.detail,
    }));
  }
}
