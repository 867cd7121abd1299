import { Controller, Get, Inject, Post } from '@nestjs/common';
import { z } from 'zod';
import { AuditLog } from '../access/access.api.js';
import {
  Access,
  type Caller,
  CurrentCaller,
  Id,
  LOGGER,
  type Logger,
  packageVersion,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '../platform/platform.api.js';
import { QualityReport, QualityService } from '../quality/quality.api.js';
import { CatalogueMap, CatalogueMapView } from './catalogue-map.js';
import { AdminStatus, FailedJobs, PlacementMetrics, PlacementMetricsQuery } from './status.schema.js';
import { StatusService } from './status.service.js';
import { Traffic, TrafficLog } from './traffic-log.js';

const RetryInput = z
  .strictObject({ name: z.string().min(1).max(200).describe('Name of the job, as listed') })
  .meta({ id: 'JobRetry' });
const Retried = z.object({ id: z.string(), state: z.literal('waiting') }).meta({ id: 'RetriedJob' });

/** What the admin page shows first. */
@Controller('v1/admin')
@Access('admin')
export class AdminController {
  constructor(
    private readonly service: StatusService,
    private readonly qualityService: QualityService,
    private readonly catalogueMap: CatalogueMap,
    private readonly trafficLog: TrafficLog,
    private readonly audit: AuditLog,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Counts, live models, jobs and the database at a glance. */
  @Get('status')
  @ZodResponse(AdminStatus)
  status(): Promise<AdminStatus> {
    return this.service.status(packageVersion);
  }

  /** Jobs that wait, run and failed. */
  @Get('jobs')
  @ZodResponse(FailedJobs)
  jobs(): Promise<FailedJobs> {
    return this.service.failedJobs();
  }

  /** Puts a failed job back into its queue. */
  @Post('jobs/:id/retry')
  @ZodResponse(Retried)
  async retry(
    @ZodParam('id', Id) id: string,
    @ZodBody(RetryInput) input: z.infer<typeof RetryInput>,
    @CurrentCaller() caller: Caller,
  ): Promise<z.infer<typeof Retried>> {
    await this.service.retry(id, input.name);
    await this.audit.note(caller, 'job.retry', id, { name: input.name });
    this.logger.info({ job: input.name, id }, 'a failed job was put back');
    return { id, state: 'waiting' };
  }

  /** Findings on pictures, words, reviews and events, with what to do about each. */
  @Get('quality')
  @ZodResponse(QualityReport)
  quality(): Promise<QualityReport> {
    return this.qualityService.report();
  }

  /** Lists shown and clicked by time and placement, what people did, and how much of the catalogue is shown at all. */
  @Get('metrics')
  @ZodResponse(PlacementMetrics)
  metrics(@ZodQuery(PlacementMetricsQuery) { by }: PlacementMetricsQuery): Promise<PlacementMetrics> {
    return this.service.placements(by);
  }

  /** Calls and their times in this process, by minute. */
  @Get('traffic')
  @ZodResponse(Traffic)
  traffic(): Traffic {
    return this.trafficLog.read();
  }

  /** The catalogue in the plane: products that are alike lie together. */
  @Get('map')
  @ZodResponse(CatalogueMapView)
  map(): CatalogueMapView {
    return this.catalogueMap.read();
  }

  /** Draws the map anew. */
  @Post('map')
  @ZodResponse(CatalogueMapView, 202)
  redraw(): CatalogueMapView {
    return this.catalogueMap.read(true);
  }
}
