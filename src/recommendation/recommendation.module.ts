import { Module } from '@nestjs/common';
import { ActiveBlend } from './active-blend.js';
import { ArmPipelines } from './arm-pipelines.js';
import { CandidateFinder } from './candidate-finder.js';
import { ContextReader } from './context-reader.js';
import { Crowd } from './crowd.js';
import { LiveRules } from './live-rules.js';
import { NewArrivals } from './new-arrivals.js';
import { OtherFusions } from './other-fusions.js';
import { Pace } from './pace.js';
import { RecommendationController } from './recommendation.controller.js';
import { RecommendationService } from './recommendation.service.js';
import { Scorer } from './scorer.js';
import { SettledItems } from './settled-items.js';
import { TryOutController } from './try-out.controller.js';
import { TryOutService } from './try-out.service.js';
import { VisitorReader } from './visitor-reader.js';

@Module({
  controllers: [RecommendationController, TryOutController],
  providers: [
    ActiveBlend,
    ArmPipelines,
    CandidateFinder,
    ContextReader,
    Crowd,
    LiveRules,
    NewArrivals,
    OtherFusions,
    Pace,
    RecommendationService,
    Scorer,
    SettledItems,
    TryOutService,
    VisitorReader,
  ],
  exports: [ActiveBlend, ContextReader, LiveRules, RecommendationService, VisitorReader],
})
export class RecommendationModule {}
