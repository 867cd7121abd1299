import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock, DATABASE, type Database, notFound, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { type Placement, PlacementSettings } from './rule.schema.js';

/** What the shop has set for its placements: in memory, following every change. */
@Injectable()
export class PlacementBook implements OnModuleInit, OnApplicationShutdown {
  private settings = new Map<string, PlacementSettings>();
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.unfollow = outbox.follow('placements', () => this.reload());
  }

  onModuleInit(): Promise<void> {
    return this.reload();
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  /** What is set for a placement; empty for one that nobody has set. */
  of(placement: string): PlacementSettings {
    return this.settings.get(placement) ?? {};
  }

  async list(): Promise<Placement[]> {
    const rows = await this.database.query.selectFrom('placements').selectAll().orderBy('name').limit(1_000).execute();
    return rows.map(({ name, settings, updated_at }) => ({
      name,
      settings: settings as PlacementSettings,
      updatedAt: updated_at.toISOString(),
    }));
  }

  /** @throws `Problem` `VIT_PLACEMENT_UNKNOWN` (404). */
  async get(name: string): Promise<Placement> {
    const found = (await this.list()).find((placement) => placement.name === name);
    if (!found) throw notFound('placement', name);
    return found;
  }

  async put(name: string, settings: PlacementSettings): Promise<Placement> {
    const values = { settings: JSON.stringify(settings), updated_at: this.clock.now() };
    await this.outbox.write(async (trx, append) => {
      await trx
        .insertInto('placements')
        .values({ name, ...values })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
        .execute();
      append({ topic: 'placements', subject: name });
    });
    return this.get(name);
  }

  async delete(name: string): Promise<boolean> {
    return this.outbox.write(async (trx, append) => {
      const { numDeletedRows } = await trx.deleteFrom('placements').where('name', '=', name).executeTakeFirstOrThrow();
      if (numDeletedRows > 0n) append({ topic: 'placements', subject: name });
      return numDeletedRows > 0n;
    });
  }

  private async reload(): Promise<void> {
    const rows = await this.list();
    this.settings = new Map(
      rows.flatMap(({ name, settings }) => {
        const read = PlacementSettings.safeParse(settings);
        return read.success ? [[name, read.data] as const] : [];
      }),
    );
  }
}
