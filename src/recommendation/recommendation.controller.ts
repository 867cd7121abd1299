import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Access,
  type Caller,
  CurrentCaller,
  Id,
  notFound,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '../platform/platform.api.js';
import { LiveCatalogue } from '../retrieval/retrieval.api.js';
import { ListQuery, RecommendationAnswer, RecommendationRequest, SearchRequest } from './recommendation.schema.js';
import { RecommendationService } from './recommendation.service.js';

/** Recommendations, search, and the simpler lists; all answer alike. */
@ApiTags('recommendations')
@Controller('v1')
@Access('publishable')
export class RecommendationController {
  constructor(
    private readonly recommendations: RecommendationService,
    private readonly catalogue: LiveCatalogue,
  ) {}

  @Post('recommendations')
  @HttpCode(200)
  @ApiOperation({ summary: 'What should this visitor see next, from what they did and what they are looking at now' })
  @ZodResponse(RecommendationAnswer)
  recommend(
    @ZodBody(RecommendationRequest) request: RecommendationRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<RecommendationAnswer> {
    return this.recommendations.recommend(request, caller);
  }

  @Post('search')
  @HttpCode(200)
  @ApiOperation({ summary: 'Items by words, pictures or both; an exact title, id or SKU stands first' })
  @ZodResponse(RecommendationAnswer)
  search(
    @ZodBody(SearchRequest) search: SearchRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<RecommendationAnswer> {
    const request = RecommendationRequest.parse({
      placement: 'search',
      limit: search.limit,
      filter: search.filter,
      negatives: search.negatives,
    });
    request.context = { itemIds: [], images: search.images, text: search.text };
    return this.recommendations.recommend(request, caller, { at: '', impersonal: true });
  }

  @Get('items/:id/similar')
  @ApiOperation({ summary: 'Items that look and read like this one' })
  @ZodResponse(RecommendationAnswer)
  similar(
    @ZodParam('id', Id) id: string,
    @ZodQuery(ListQuery) query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<RecommendationAnswer> {
    return this.beside('similar', id, query, caller);
  }

  @Get('items/:id/bought-together')
  @ApiOperation({ summary: 'Items bought together with this one, then what goes with it' })
  @ZodResponse(RecommendationAnswer)
  together(
    @ZodParam('id', Id) id: string,
    @ZodQuery(ListQuery) query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<RecommendationAnswer> {
    return this.beside('bought-together', id, query, caller);
  }

  @Get('popular')
  @ApiOperation({ summary: 'What many look at and buy these days' })
  @ZodResponse(RecommendationAnswer)
  popular(@ZodQuery(ListQuery) query: ListQuery, @CurrentCaller() caller: Caller): Promise<RecommendationAnswer> {
    const request = RecommendationRequest.parse({ placement: 'popular', ...query, diversity: 0 });
    return this.recommendations.recommend(request, caller, { impersonal: true });
  }

  private beside(placement: string, id: string, query: ListQuery, caller: Caller): Promise<RecommendationAnswer> {
    if (!this.catalogue.byId(id)) throw notFound('item', id);
    const request = RecommendationRequest.parse({ placement, ...query, context: { itemIds: [id] }, diversity: 0 });
    return this.recommendations.recommend(request, caller, { impersonal: true });
  }
}
