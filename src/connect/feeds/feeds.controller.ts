import { randomUUID } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Patch, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { AuditLog } from '../../access/access.api.js';
import {
  Access,
  type Caller,
  CurrentCaller,
  Id,
  notFound,
  ZodBody,
  ZodParam,
  ZodResponse,
} from '../../platform/platform.api.js';
import { FeedInput, FeedList, FeedPatch, FeedRunRequest, FeedShown } from './feed.schema.js';
import { FeedBook } from './feed-book.js';
import { FeedJobs } from './feed-jobs.js';

/** Feeds that Vitrine fetches by itself, every so many minutes. */
@ApiTags('admin')
@Controller('v1/admin/feeds')
@Access('admin')
export class FeedsController {
  constructor(
    private readonly book: FeedBook,
    private readonly jobs: FeedJobs,
    private readonly audit: AuditLog,
  ) {}

  /** All feeds, what they give, how the last poll went and when the next one is. */
  @Get()
  @ZodResponse(FeedList)
  async list(): Promise<z.infer<typeof FeedList>> {
    return { feeds: await this.book.list() };
  }

  /** A new feed; unless paused it is polled at once. */
  @Post()
  @ZodResponse(FeedShown, 201)
  create(@ZodBody(FeedInput) input: FeedInput, @CurrentCaller() caller: Caller): Promise<FeedShown> {
    return this.store(randomUUID(), input, 'feed.create', caller);
  }

  /** One feed. */
  @Get(':id')
  @ZodResponse(FeedShown)
  read(@ZodParam('id', Id) id: string): Promise<FeedShown> {
    return this.book.get(id);
  }

  /** Stores a feed under a name of the shop's own choosing, whole. */
  @Put(':id')
  @ZodResponse(FeedShown)
  put(
    @ZodParam('id', Id) id: string,
    @ZodBody(FeedInput) input: FeedInput,
    @CurrentCaller() caller: Caller,
  ): Promise<FeedShown> {
    return this.store(id, input, 'feed.put', caller);
  }

  /** Changes some of a feed: `{ "paused": true }` holds it, `false` lets it go on at once. */
  @Patch(':id')
  @ZodResponse(FeedShown)
  async patch(
    @ZodParam('id', Id) id: string,
    @ZodBody(FeedPatch) patch: FeedPatch,
    @CurrentCaller() caller: Caller,
  ): Promise<FeedShown> {
    const feed = await this.book.patch(id, patch);
    await this.audit.note(caller, 'feed.patch', id, { fields: Object.keys(patch) });
    return this.polled(feed);
  }

  /** Forgets a feed. Its items stay as they are. */
  @Delete(':id')
  @ZodResponse(null, 204)
  async delete(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<void> {
    if (!(await this.book.delete(id))) throw notFound('feed', id);
    await this.audit.note(caller, 'feed.delete', id);
  }

  /** Polls a feed now, paused or not. `accept` also discontinues what a suspicious run left alone. */
  @Post(':id/run')
  @HttpCode(202)
  @ZodResponse(FeedShown, 202)
  async run(
    @ZodParam('id', Id) id: string,
    @ZodBody(FeedRunRequest) { accept }: z.infer<typeof FeedRunRequest>,
    @CurrentCaller() caller: Caller,
  ): Promise<FeedShown> {
    const feed = await this.book.due(id, accept);
    await this.audit.note(caller, 'feed.run', id, { accept });
    return this.polled(feed);
  }

  private async store(id: string, input: FeedInput, action: string, caller: Caller): Promise<FeedShown> {
    const feed = await this.book.put(id, input);
    await this.audit.note(caller, action, id, { url: feed.url });
    return this.polled(feed);
  }

  private async polled(feed: FeedShown): Promise<FeedShown> {
    if (feed.nextRunAt !== null && Date.parse(feed.nextRunAt) <= Date.now()) await this.jobs.send(feed.id);
    return feed;
  }
}
