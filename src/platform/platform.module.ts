import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { CLOCK, type Clock } from './clock/clock.port.js';
import { SETTINGS, type Settings } from './config/settings.js';
import { DATABASE, type Database } from './database/database.port.js';
import { HealthController } from './http/health.controller.js';
import { JOB_QUEUE, type JobQueue } from './jobs/job-queue.port.js';
import { PROCESS_ROLE, type ProcessRole } from './lifecycle/process-role.js';
import { Readiness } from './lifecycle/readiness.js';
import { LOGGER } from './logging/logger.js';
import { Metrics } from './metrics.js';
import { OUTBOX, type Outbox } from './outbox/outbox.port.js';

/** What the composition root made before any module starts: the database is open and migrated. */
export interface PlatformParts {
  settings: Settings;
  database: Database;
  outbox: Outbox;
  jobs: JobQueue;
  clock: Clock;
  logger: Logger;
  role: ProcessRole;
}

/** Gives every module the platform. */
@Global()
@Module({})
export class PlatformModule {
  static with(parts: PlatformParts): DynamicModule {
    const values = [
      { provide: SETTINGS, useValue: parts.settings },
      { provide: DATABASE, useValue: parts.database },
      { provide: OUTBOX, useValue: parts.outbox },
      { provide: JOB_QUEUE, useValue: parts.jobs },
      { provide: CLOCK, useValue: parts.clock },
      { provide: LOGGER, useValue: parts.logger },
      { provide: PROCESS_ROLE, useValue: parts.role },
    ];
    return {
      module: PlatformModule,
      controllers: [HealthController],
      providers: [...values, Readiness, Metrics],
      exports: [...values, Readiness, Metrics],
    };
  }
}
