import { Module } from '@nestjs/common';
import { RecommendationModule } from '../recommendation/recommendation.module.js';
import { AudienceService } from './audience.service.js';
import { CampaignsController } from './campaigns.controller.js';
import { ConsentingPeople } from './consenting-people.js';
import { SegmentNames } from './segment-names.js';
import { SegmentsService } from './segments.service.js';

/** Whom to write to, and about what. */
@Module({
  imports: [RecommendationModule],
  controllers: [CampaignsController],
  providers: [AudienceService, ConsentingPeople, SegmentNames, SegmentsService],
})
export class CampaignsModule {}
