import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  type FieldError,
  notFound,
  OUTBOX,
  type Outbox,
  Problem,
  type Tables,
} from '../platform/platform.api.js';
import type { Rule, RuleInput } from './rule.schema.js';

export const RULE_FILTERS = Symbol('RuleFilters');

/** Reads a rule's filter; names what is wrong with it by dotted path. Implemented by retrieval, which owns the language of filters. */
export type RuleFilterCheck = (json: unknown, path: string) => readonly FieldError[];

/** The shop's rules: stored, checked, and told to every process through the outbox. */
@Injectable()
export class RulesService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RULE_FILTERS) private readonly checkFilter: RuleFilterCheck,
  ) {}

  /** Rules after `cursor` (an id), in order of id. */
  async list(limit: number, cursor?: string): Promise<{ rules: Rule[]; cursor: string | null }> {
    let query = this.database.query
      .selectFrom('rules')
      .selectAll()
      .orderBy('id')
      .limit(limit + 1);
    if (cursor !== undefined) query = query.where('id', '>', cursor);
    const rows = await query.execute();
    const rules = rows.slice(0, limit).map(toRule);
    return { rules, cursor: rows.length > limit ? rules.at(-1)!.id : null };
  }

  /** @throws `Problem` `VIT_RULE_UNKNOWN` (404). */
  async get(id: string): Promise<Rule> {
    const row = await this.database.query.selectFrom('rules').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw notFound('rule', id);
    return toRule(row);
  }

  async create(input: RuleInput): Promise<Rule> {
    return this.put(randomUUID(), input);
  }

  /**
   * Stores a rule under this id, whole.
   * @throws `Problem` `VIT_RULE_INVALID` (400) with the filter's errors.
   */
  async put(id: string, input: RuleInput): Promise<Rule> {
    const errors = input.filter ? this.checkFilter(input.filter, 'filter') : [];
    if (errors.length > 0)
      throw new Problem({
        code: 'VIT_RULE_INVALID',
        status: 400,
        title: 'The rule is not valid',
        detail: `${errors[0]!.path}: ${errors[0]!.message}`,
        errors: [...errors],
      });
    const now = this.clock.now();
    const values = {
      kind: input.kind,
      placement: input.placement ?? null,
      filter: input.filter ? JSON.stringify(input.filter) : null,
      item_ids: [...new Set(input.itemIds)],
      amount: input.amount ?? null,
      position: input.position ?? null,
      starts_at: input.startsAt ?? null,
      ends_at: input.endsAt ?? null,
      active: input.active ?? true,
      note: input.note ?? null,
      updated_at: now,
    };
    await this.outbox.write(async (trx, append) => {
      await trx
        .insertInto('rules')
        .values({ id, ...values, created_at: now })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
      append({ topic: 'rules', subject: id });
    });
    return this.get(id);
  }

  /** Gives whether there was one. */
  async delete(id: string): Promise<boolean> {
    return this.outbox.write(async (trx, append) => {
      const { numDeletedRows } = await trx.deleteFrom('rules').where('id', '=', id).executeTakeFirstOrThrow();
      if (numDeletedRows > 0n) append({ topic: 'rules', subject: id });
      return numDeletedRows > 0n;
    });
  }
}

const toRule = (row: Selectable<Tables['rules']>): Rule => ({
  id: row.id,
  kind: row.kind,
  placement: row.placement,
  filter: row.filter,
  itemIds: row.item_ids,
  amount: row.amount,
  position: row.position,
  startsAt: row.starts_at?.toISOString() ?? null,
  endsAt: row.ends_at?.toISOString() ?? null,
  active: row.active,
  note: row.note,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
