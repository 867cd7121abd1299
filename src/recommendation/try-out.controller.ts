import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, type Caller, CurrentCaller, ZodBody, ZodResponse } from '../platform/platform.api.js';
import { RecommendationAnswer } from './recommendation.schema.js';
import { TryOutRequest } from './try-out.schema.js';
import { TryOutService } from './try-out.service.js';

/** What would be answered with other models or another rule. */
@ApiTags('admin')
@Controller('v1/admin/try-out')
@Access('admin')
export class TryOutController {
  constructor(private readonly service: TryOutService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'What would be recommended with these models, or with this rule; nothing is logged or changed',
  })
  @ZodResponse(RecommendationAnswer)
  ask(@ZodBody(TryOutRequest) input: TryOutRequest, @CurrentCaller() caller: Caller): Promise<RecommendationAnswer> {
    return this.service.ask(input, caller);
  }
}
