import { Module } from '@nestjs/common';
import { ActiveBlend } from './active-blend.js';
import { CandidateFinder } from './candidate-finder.js';
import { ContextReader } from './context-reader.js';
import { Crowd } from './crowd.js';
import { LiveRules } from './live-rules.js';
import { NewArrivals } from './new-arrivals.js';
import { RecommendationController } from './recommendation.controller.js';
import { RecommendationService } from './recommendation.service.js';
import { Scorer } from './scorer.js';
import { SettledItems } from './settled-items.js';
import { VisitorReader } from './visitor-reader.js';

@Module({
  controllers: [RecommendationController],
  providers: [
    ActiveBlend,
    CandidateFinder,
    ContextReader,
    Crowd,
    LiveRules,
    NewArrivals,
    RecommendationService,
    Scorer,
    SettledItems,
    VisitorReader,
  ],
  exports: [ActiveBlend, LiveRules, RecommendationService],
})
export class RecommendationModule {}
