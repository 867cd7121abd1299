import { Controller, Delete, Get, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { BatchQuery, fromCursor, PageQuery, toCursor } from '../platform/http/page-query.js';
import {
  Access,
  BatchAnswer,
  Id,
  invalidField,
  NdjsonBody,
  type NdjsonSource,
  readNdjson,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '../platform/platform.api.js';
import { ImportLedger } from './import-ledger.js';
import { ReviewBody, ReviewInput, ReviewPage } from './review.schema.js';
import { ReviewsService } from './reviews.service.js';

/** Reviews over HTTP. */
@ApiTags('reviews')
@Controller('v1')
@Access('server')
export class ReviewsController {
  constructor(
    private readonly reviews: ReviewsService,
    private readonly imports: ImportLedger,
  ) {}

  /** An item's reviews, newest first. */
  @Get('items/:id/reviews')
  @ZodResponse(ReviewPage)
  async list(
    @ZodParam('id', Id) itemId: string,
    @ZodQuery(PageQuery) query: PageQuery,
  ): Promise<z.infer<typeof ReviewPage>> {
    const after = fromCursor(query.cursor);
    const { reviews, more } = await this.reviews.list(itemId, after, query.limit);
    return { reviews, cursor: more ? toCursor(after + query.limit) : null };
  }

  /** Stores a review: 201 when it is new. */
  @Put('items/:id/reviews/:reviewId')
  @ZodResponse(ReviewInput, 201, 'It is new')
  @ZodResponse(ReviewInput)
  async put(
    @ZodParam('id', Id) itemId: string,
    @ZodParam('reviewId', Id) id: string,
    @ZodBody(ReviewBody) body: ReviewBody,
    @Res({ passthrough: true }) reply: { status(code: number): void },
  ): Promise<ReviewInput> {
    if (body.id !== undefined && body.id !== id)
      throw invalidField('id', `must be "${id}" as in the path, or left out`, body.id);
    if (body.itemId !== undefined && body.itemId !== itemId)
      throw invalidField('itemId', `must be "${itemId}" as in the path, or left out`, body.itemId);
    const review = { ...body, id, itemId };
    if ((await this.reviews.put(review)) === 'created') reply.status(201);
    return review;
  }

  /** Removes a review; removing it twice is no error. */
  @Delete('items/:id/reviews/:reviewId')
  @ZodResponse(null, 204)
  async remove(@ZodParam('id', Id) itemId: string, @ZodParam('reviewId', Id) id: string): Promise<void> {
    await this.reviews.delete(itemId, id);
  }

  /** Many reviews, one a line. A review of an unknown item is rejected. */
  @Post('reviews/batch')
  @NdjsonBody(ReviewInput)
  @ZodResponse(BatchAnswer)
  async batch(
    @Req() request: NdjsonSource,
    @ZodQuery(BatchQuery) { dryRun, importId }: BatchQuery,
  ): Promise<BatchAnswer> {
    const startedAt = new Date();
    const answer = await this.reviews.importRows(readNdjson(request), { dryRun });
    if (!dryRun && importId === undefined) await this.imports.recordBatch('reviews', answer, startedAt);
    return answer;
  }
}
