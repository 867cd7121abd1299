import { Global, Module } from '@nestjs/common';
import { ExperimentsController } from './experiments.controller.js';
import { ExperimentsService } from './experiments.service.js';
import { LiveExperiments } from './live-experiments.js';

/** Assignment, exposure and results of comparisons. */
@Global()
@Module({
  controllers: [ExperimentsController],
  providers: [ExperimentsService, LiveExperiments],
  exports: [ExperimentsService, LiveExperiments],
})
export class ExperimentsModule {}
