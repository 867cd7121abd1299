import { Module } from '@nestjs/common';
import { FusionModule } from '../fusion/fusion.module.js';
import { ModelRegistry } from './model-registry.js';
import { TrainingController } from './training.controller.js';
import { TrainingService } from './training.service.js';
import { TrainingReader } from './training-reader.js';

/** Learns fusion and behaviour from events, judges, promotes, goes back. */
@Module({
  imports: [FusionModule],
  controllers: [TrainingController],
  providers: [ModelRegistry, TrainingReader, TrainingService],
  exports: [ModelRegistry, TrainingService],
})
export class TrainingModule {}
