import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { PageQuery } from '../platform/http/page-query.js';
import { Access, Id, ZodBody, ZodParam, ZodQuery, ZodResponse } from '../platform/platform.api.js';
import { ModelRegistry, type RegisteredModel } from './model-registry.js';
import { type TrainingRun, TrainingService } from './training.service.js';
import { TRAINED_KINDS } from './training-data.js';

const Kind = z.enum(['encoder', 'fusion', 'behaviour', 'blend']);
const TrainingInputBody = z
  .strictObject({
    kinds: z.array(z.enum(TRAINED_KINDS)).min(1).optional().describe('What to learn; everything by default'),
    windowDays: z.number().int().min(1).max(3650).optional().describe('Events of this many days; 180 by default'),
    reason: z.string().min(1).max(200).optional(),
  })
  .meta({ id: 'TrainingRequest' });
const Numbers = z.record(z.string(), z.unknown());
const RunView = z
  .object({
    id: z.string(),
    state: z.enum(['queued', 'running', 'done', 'failed', 'skipped']),
    progress: z.number(),
    step: z.string().nullable(),
    request: Numbers,
    result: Numbers.nullable(),
    reason: z.string().nullable().describe('Why it failed or was skipped'),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'TrainingRun' });
const ModelView = z
  .object({
    kind: Kind,
    version: z.string(),
    state: z.enum(['candidate', 'live', 'retired', 'rejected', 'failed']),
    parameters: Numbers.describe('For fusion models `weights` holds the shares of each modality'),
    dataWindow: Numbers.nullable(),
    metrics: Numbers.nullable().describe('On the held-back part, with intervals'),
    note: z.string().nullable(),
    stale: z.boolean().describe('It saw people who have been erased since'),
    createdAt: z.string(),
    promotedAt: z.string().nullable(),
  })
  .meta({ id: 'Model' });
const Runs = z.object({ runs: z.array(RunView) }).meta({ id: 'TrainingRuns' });
const Cursor = z.string().nullable().describe('For the next page; null on the last');
const Models = z.object({ models: z.array(ModelView), cursor: Cursor }).meta({ id: 'Models' });
const EvaluationView = ModelView.pick({
  kind: true,
  version: true,
  state: true,
  metrics: true,
  dataWindow: true,
  note: true,
  createdAt: true,
}).meta({ id: 'Evaluation' });
const Evaluations = z.object({ evaluations: z.array(EvaluationView), cursor: Cursor }).meta({ id: 'Evaluations' });
const RunsQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(20) });
const ModelsQuery = z.strictObject({
  cursor: PageQuery.shape.cursor,
  kind: Kind.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const RollbackBody = z.strictObject({ kind: Kind });

/** Learning, for the people who run the shop. */
@ApiTags('admin')
@Controller('v1/admin')
@Access('admin')
export class TrainingController {
  constructor(
    private readonly training: TrainingService,
    private readonly registry: ModelRegistry,
  ) {}

  @Post('training')
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a training run in the background' })
  @ZodResponse(RunView, 202)
  start(@ZodBody(TrainingInputBody) request: z.infer<typeof TrainingInputBody>): Promise<TrainingRun> {
    return this.training.start({ ...request, reason: request.reason ?? 'asked for' });
  }

  @Get('training')
  @ApiOperation({ summary: 'Training runs, newest first, with progress' })
  @ZodResponse(Runs)
  async runs(@ZodQuery(RunsQuery) query: z.infer<typeof RunsQuery>): Promise<{ runs: TrainingRun[] }> {
    return { runs: await this.training.runs(query.limit) };
  }

  @Get('training/:id')
  @ApiOperation({ summary: 'One training run' })
  @ZodResponse(RunView)
  run(@ZodParam('id', Id) id: string): Promise<TrainingRun> {
    return this.training.run(id);
  }

  @Get('models')
  @ApiOperation({ summary: 'The registry of models, newest first' })
  @ZodResponse(Models)
  models(@ZodQuery(ModelsQuery) query: z.infer<typeof ModelsQuery>): Promise<z.infer<typeof Models>> {
    return this.registry.list(query) as Promise<z.infer<typeof Models>>;
  }

  @Get('evaluations')
  @ApiOperation({ summary: 'How each learned model did on the held-back part, and what became of it, newest first' })
  @ZodResponse(Evaluations)
  async evaluations(@ZodQuery(ModelsQuery) query: z.infer<typeof ModelsQuery>): Promise<z.infer<typeof Evaluations>> {
    const { models, cursor } = await this.registry.list({ ...query, judged: true });
    const evaluations = models.map(({ kind, version, state, metrics, dataWindow, note, createdAt }) => ({
      kind,
      version,
      state,
      metrics,
      dataWindow,
      note,
      createdAt,
    }));
    return { evaluations: evaluations as z.infer<typeof EvaluationView>[], cursor };
  }

  @Get('models/:version')
  @ApiOperation({ summary: 'One model with its weights, data window and metrics' })
  @ZodResponse(ModelView)
  model(@ZodParam('version', Id) version: string): Promise<RegisteredModel> {
    return this.registry.byVersion(version);
  }

  @Post('models/rollback')
  @HttpCode(200)
  @ApiOperation({ summary: 'Back to the model of this kind that was live before' })
  @ZodResponse(ModelView)
  rollback(@ZodBody(RollbackBody) body: z.infer<typeof RollbackBody>): Promise<RegisteredModel> {
    return this.registry.rollback(body.kind);
  }

  @Post('models/:version/promote')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a stored model the live one' })
  @ZodResponse(ModelView)
  promote(@ZodParam('version', Id) version: string): Promise<RegisteredModel> {
    return this.registry.promote(version);
  }
}
