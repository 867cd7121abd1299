import { Controller, Get, Inject, Post } from '@nestjs/common';
import { z } from 'zod';
import { Access, DATABASE, type Database, ZodResponse } from '../platform/platform.api.js';
import { IndexEngine } from './index-engine.js';
import { LiveCatalogue } from './live-catalogue.js';

const Kind = z.enum(['exact', 'hnsw', 'pgvector', 'weaviate']);
const RecallSchema = z
  .object({ at: z.number(), queries: z.number(), value: z.number(), low: z.number(), high: z.number() })
  .meta({ id: 'IndexRecall' });
const Indexes = z
  .object({
    configured: Kind,
    serving: Kind,
    fusion: z.string().nullable(),
    dimension: z.number().nullable(),
    items: z.number(),
    pending: z.number(),
    waste: z.number(),
    isRebuilding: z.boolean(),
    warmStart: z.boolean(),
    refusedSnapshot: z.string().nullable(),
    recall: RecallSchema.nullable(),
    degraded: z.string().nullable(),
    catalogue: z.number(),
    vectorBytes: z.record(z.string(), z.number()),
    generations: z.array(
      z.object({
        key: z.number(),
        adapter: z.string(),
        fusion: z.string(),
        state: z.enum(['building', 'live', 'retired', 'failed']),
        items: z.number(),
        recall: z.record(z.string(), z.unknown()).nullable(),
        createdAt: z.string(),
        liveAt: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Indexes' });

/** The vector index, for those who run it. */
@Controller('v1/admin/indexes')
@Access('admin')
export class IndexesController {
  constructor(
    private readonly engine: IndexEngine,
    private readonly catalogue: LiveCatalogue,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  @Get()
  @ZodResponse(Indexes)
  async status(): Promise<z.infer<typeof Indexes>> {
    const rows = await this.database.query
      .selectFrom('index_generations')
      .selectAll()
      .orderBy('key', 'desc')
      .limit(20)
      .execute();
    return {
      ...this.engine.status(),
      catalogue: this.catalogue.size,
      vectorBytes: this.catalogue.vectorBytes(),
      generations: rows.map((row) => ({
        key: row.key,
        adapter: row.adapter,
        fusion: row.fusion,
        state: row.state,
        items: row.items,
        recall: row.recall,
        createdAt: row.created_at.toISOString(),
        liveAt: row.live_at?.toISOString() ?? null,
      })),
    };
  }

  /** Builds the index anew beside the present one; answers when it has taken over, or was refused for its recall. */
  @Post('build')
  @ZodResponse(z.object({ tookOver: z.boolean(), recall: RecallSchema.nullable() }).meta({ id: 'IndexBuild' }))
  async build() {
    const tookOver = await this.engine.build();
    return { tookOver, recall: this.engine.status().recall };
  }

  /** Measures recall@10 against the exact answer on a sample. */
  @Post('verify')
  @ZodResponse(z.object({ recall: RecallSchema.nullable() }).meta({ id: 'IndexVerification' }))
  async verify() {
    return { recall: await this.engine.verify() };
  }
}
