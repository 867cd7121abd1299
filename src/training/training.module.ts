import { Module } from '@nestjs/common';
import { FusionModule } from '../fusion/fusion.module.js';
import { ModelKeeper } from './model-keeper.js';
import { ModelRegistry } from './model-registry.js';
import { TrainingController } from './training.controller.js';
import { TrainingService } from './training.service.js';
import { TrainingReader } from './training-reader.js';
import { TrainingSteps } from './training-steps.js';

/** Learns fusion, behaviour and blend from events, judges, promotes, goes back. */
@Module({
  imports: [FusionModule],
  controllers: [TrainingController],
  providers: [ModelKeeper, ModelRegistry, TrainingReader, TrainingService, TrainingSteps],
  exports: [ModelRegistry, TrainingService],
})
export class TrainingModule {}
