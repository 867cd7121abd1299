import { Inject, Injectable } from '@nestjs/common';
import { FusionService } from '../fusion/fusion.api.js';
import { fromCursor, toCursor } from '../platform/http/page-query.js';
import {
  DATABASE,
  type Database,
  type ModelKind,
  notFound,
  OUTBOX,
  type Outbox,
  Problem,
} from '../platform/platform.api.js';

/** A row of the registry without its artefact. */
export interface RegisteredModel {
  kind: ModelKind;
  version: string;
  state: string;
  parameters: Record<string, unknown>;
  dataWindow: Record<string, unknown> | null;
  metrics: Record<string, unknown> | null;
  note: string | null;
  stale: boolean;
  createdAt: string;
  promotedAt: string | null;
}

/** A page of the registry. */
export interface RegistryPage {
  kind?: ModelKind | undefined;
  limit: number;
  cursor?: string | undefined;
  judged?: boolean;
}

const COLUMNS = [
  'kind',
  'version',
  'state',
  'parameters',
  'data_window',
  'metrics',
  'note',
  'stale',
  'created_at',
  'promoted_at',
] as const;

/** Lists models, puts one live, and goes back to the one before. */
@Injectable()
export class ModelRegistry {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    private readonly fusion: FusionService,
  ) {}

  /** Newest first, from after the place that the page before ended at; `judged` leaves out what was never measured. */
  async list({ kind, limit, cursor, judged = false }: RegistryPage): Promise<{
    models: RegisteredModel[];
    cursor: string | null;
  }> {
    let query = this.database.query.selectFrom('models').select([...COLUMNS, 'key']);
    if (kind) query = query.where('kind', '=', kind);
    if (judged) query = query.where('metrics', 'is not', null);
    const before = fromCursor(cursor);
    if (before > 0) query = query.where('key', '<', before);
    const rows = await query
      .orderBy('key', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    return { models: page.map(view), cursor: rows.length > limit ? toCursor(Number(page.at(-1)!.key)) : null };
  }

  /** @throws Problem `VIT_MODEL_UNKNOWN`. */
  async byVersion(version: string): Promise<RegisteredModel> {
    const row = await this.database.query
      .selectFrom('models')
      .select(COLUMNS)
      .where('version', '=', version)
      .executeTakeFirst();
    if (!row) throw notFound('model', version);
    return view(row);
  }

  /** Makes a stored model live and tells every process. A model that failed or was refused for its numbers never goes live. */
  async promote(version: string): Promise<RegisteredModel> {
    const model = await this.byVersion(version);
    if (model.state === 'failed')
      throw new Problem({
        code: 'VIT_MODEL_FAILED',
        status: 409,
        title: 'This model cannot go live',
        detail: `"${version}" failed in training: ${model.note ?? 'no reason noted'}.`,
      });
    if (model.kind === 'fusion') await this.fusion.activate(version);
    else {
      await this.outbox.write(async (trx, append) => {
        await trx
          .updateTable('models')
          .set({ state: 'retired' })
          .where('kind', '=', model.kind)
          .where('state', '=', 'live')
          .execute();
        await trx
          .updateTable('models')
          .set({ state: 'live', promoted_at: new Date() })
          .where('version', '=', version)
          .execute();
        append({ topic: 'model', subject: model.kind });
      });
    }
    return this.byVersion(version);
  }

  /** Back to the model of this kind that was live before. @throws Problem 409 when there was none. */
  async rollback(kind: ModelKind): Promise<RegisteredModel> {
    const before = await this.database.query
      .selectFrom('models')
      .select('version')
      .where('kind', '=', kind)
      .where('state', '=', 'retired')
      .where('promoted_at', 'is not', null)
      .orderBy('promoted_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!before)
      throw new Problem({
        code: 'VIT_MODEL_NO_EARLIER',
        status: 409,
        title: 'Nothing to go back to',
        detail: `No ${kind} model was live before the present one.`,
      });
    return this.promote(before.version);
  }
}

const view = (row: {
  kind: ModelKind;
  version: string;
  state: string;
  parameters: Record<string, unknown>;
  data_window: Record<string, unknown> | null;
  metrics: Record<string, unknown> | null;
  note: string | null;
  stale: boolean;
  created_at: Date;
  promoted_at: Date | null;
}): RegisteredModel => ({
  kind: row.kind,
  version: row.version,
  state: row.state,
  parameters: row.parameters,
  dataWindow: row.data_window,
  metrics: row.metrics,
  note: row.note,
  stale: row.stale,
  createdAt: row.created_at.toISOString(),
  promotedAt: row.promoted_at?.toISOString() ?? null,
});
