import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DATABASE, type Database, LOGGER, type Logger, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { compileFilter, type Filter, filterOf, type LiveItem } from '../retrieval/retrieval.api.js';

/** A merchandiser's rule, ready to be asked. */
export interface LiveRule {
  id: string;
  kind: 'pin' | 'boost' | 'bury' | 'exclude';
  placement: string | null;
  /** Items named one by one, in the order given. */
  itemIds: readonly string[];
  /** What else it is about, as a filter; null for the named items alone. */
  filter: Filter | null;
  /** Boost and bury: share of the best score that is added or taken, 0–1. */
  amount: number;
  /** Pin: place in the list, from 1. */
  position: number;
  matches(item: LiveItem): boolean;
}

interface DatedRule extends LiveRule {
  from: number;
  until: number;
}

const AMOUNT = 0.3;

/** The active rules in memory; follows every change of them. */
@Injectable()
export class LiveRules implements OnModuleInit, OnApplicationShutdown {
  private rules: DatedRule[] = [];
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.unfollow = outbox.follow('rules', () => this.reload());
  }

  onModuleInit(): Promise<void> {
    return this.reload();
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  /** Rules that hold at this placement now, in order of their ids. */
  at(placement: string, now: Date): readonly LiveRule[] {
    const time = now.getTime();
    return this.rules.filter(
      (rule) => (rule.placement === null || rule.placement === placement) && rule.from <= time && time < rule.until,
    );
  }

  private async reload(): Promise<void> {
    const rows = await this.database.query
      .selectFrom('rules')
      .selectAll()
      .where('active', '=', true)
      .orderBy('id')
      .limit(5_000)
      .execute();
    this.rules = rows.flatMap((row): DatedRule[] => {
      const ids = new Set(row.item_ids);
      let filter: Filter | null = null;
      try {
        filter = row.filter ? filterOf(row.filter) : null;
      } catch (error) {
        this.logger.warn({ rule: row.id, err: error }, 'a rule whose filter cannot be read is left out');
        return [];
      }
      const holds = filter && compileFilter(filter);
      return [
        {
          id: row.id,
          kind: row.kind,
          placement: row.placement,
          itemIds: row.item_ids,
          filter,
          amount: row.amount ?? AMOUNT,
          position: row.position ?? 1,
          from: row.starts_at?.getTime() ?? Number.NEGATIVE_INFINITY,
          until: row.ends_at?.getTime() ?? Number.POSITIVE_INFINITY,
          matches: (item) => ids.has(item.id) || holds?.(item) === true,
        },
      ];
    });
  }
}
