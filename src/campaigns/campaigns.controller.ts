import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Post, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Access, type Caller, CurrentCaller, ZodBody, ZodQuery, ZodResponse } from '../platform/platform.api.js';
import { AudienceRequest, PeoplePage, PeopleQuery } from './audience.schema.js';
import { AudienceService } from './audience.service.js';
import { ConsentingPeople } from './consenting-people.js';
import { SegmentList, SegmentQuery } from './segment.schema.js';
import { SegmentsService } from './segments.service.js';

/** Campaigns: whom to write to, and about what. Only people who agreed to personal recommendations are ever named. */
@ApiTags('admin')
@Controller('v1/admin')
@Access('admin')
export class CampaignsController {
  constructor(
    private readonly audiences: AudienceService,
    private readonly people: ConsentingPeople,
    private readonly segments: SegmentsService,
  ) {}

  /** Who is nearest to a product, a picture or a sentence: one person a line, nearest first. */
  @Post('audience')
  @HttpCode(200)
  @ZodResponse(null, 200, 'NDJSON')
  async audience(
    @ZodBody(AudienceRequest) request: AudienceRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<StreamableFile> {
    const members = await this.audiences.nearest(request, caller);
    const lines = function* () {
      for (const member of members) yield `${JSON.stringify(member)}\n`;
    };
    return new StreamableFile(Readable.from(lines()), { type: 'application/x-ndjson' });
  }

  /** Ids of the people who did something and agreed to personal recommendations. */
  @Get('people')
  @ZodResponse(PeoplePage)
  list(
    @ZodQuery(PeopleQuery) { people, after, limit }: z.infer<typeof PeopleQuery>,
  ): Promise<z.infer<typeof PeoplePage>> {
    return this.people.page(people, after ?? null, limit);
  }

  /** Groups of consenting users by what they like, or of products, named by their nearest words. Nobody is named, and no group is small. */
  @Get('segments')
  @ZodResponse(SegmentList)
  listSegments(@ZodQuery(SegmentQuery) query: SegmentQuery): Promise<SegmentList> {
    return this.segments.of(query);
  }
}
