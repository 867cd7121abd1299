import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { DATABASE, type Database } from '../database/database.port.js';
import { JOB_QUEUE, type JobQueue } from '../jobs/job-queue.port.js';
import { Readiness } from '../lifecycle/readiness.js';
import { Metrics } from '../metrics.js';
import { Access } from './access.js';
import { ZodResponse } from './zod-decorators.js';

const Health = z
  .object({ status: z.enum(['ok', 'waiting']), missing: z.record(z.string(), z.string()).optional() })
  .meta({ id: 'Health' });

/** A database that takes longer than this is not ready to serve. */
const DATABASE_MS = 2_000;

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
}

/** Is it alive, is it ready, how is it doing. */
@ApiTags('operations')
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
  ) {}

  /** The process answers. */
  @Get('health/live')
  @Access('none')
  @ZodResponse(Health)
  live(): z.infer<typeof Health> {
    return { status: 'ok' };
  }

  /** 200 when everything that serving needs is there; 503 says what is missing. */
  @Get('health/ready')
  @Access('none')
  @ZodResponse(Health)
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<z.infer<typeof Health>> {
    const missing = this.readiness.missing();
    const answers = await Promise.race([
      this.database.ping().then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((resolve) => setTimeout(resolve, DATABASE_MS, false).unref()),
    ]);
    if (!answers) missing.database = 'does not answer';
    if (Object.keys(missing).length === 0) return { status: 'ok' };
    reply.status(503).header('retry-after', '1');
    return { status: 'waiting', missing };
  }

  /** Prometheus metrics; with the admin key, or open with VITRINE_METRICS_OPEN=true. */
  @Get('metrics')
  @Access('admin')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ZodResponse(z.string())
  async prometheus(): Promise<string> {
    await Promise.race([
      this.countJobs().catch(() => undefined),
      new Promise((late) => setTimeout(late, DATABASE_MS).unref()),
    ]);
    return this.metrics.registry.metrics();
  }

  /** Asked when somebody looks; without the database the numbers before are shown. */
  private async countJobs(): Promise<void> {
    const depth = this.metrics.gauge('vitrine_jobs', 'Jobs by name and state', ['job', 'state']);
    const counts = await this.jobs.counts();
    depth.reset();
    for (const [job, states] of Object.entries(counts))
      for (const [state, count] of Object.entries(states)) depth.set({ job, state }, count);
  }
}
