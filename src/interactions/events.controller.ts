import { Controller, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { BatchQuery } from '../platform/http/page-query.js';
import {
  Access,
  assertMayActFor,
  BatchAnswer,
  type Caller,
  CurrentCaller,
  Id,
  NdjsonBody,
  type NdjsonSource,
  Problem,
  readNdjson,
  ZodBody,
  ZodQuery,
  ZodResponse,
} from '../platform/platform.api.js';
import { EventAnswer, EventInput } from './event.schema.js';
import { EventsService } from './events.service.js';
import { PeopleService } from './people.service.js';

const MergeInput = z.strictObject({ visitorId: Id, userId: Id }).meta({ id: 'Merge' });

/** What visitors do, over HTTP. */
@ApiTags('events')
@Controller('v1')
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly people: PeopleService,
  ) {}

  /** One event. It is committed when the answer comes, and the next recommendation knows it. */
  @Post('events')
  @Access('publishable')
  @ZodResponse(EventAnswer, 202)
  async one(@ZodBody(EventInput) event: EventInput, @CurrentCaller() caller: Caller): Promise<EventAnswer> {
    assertMayActFor(caller, event);
    const { accepted, unchanged, ignored } = await this.events.record([event]);
    return { accepted, unchanged, ignored, ...(ignored > 0 ? { reason: 'no_consent' as const } : {}) };
  }

  /** Many events, one a line. Good lines are kept, bad ones named. */
  @Post('events/batch')
  @Access('publishable')
  @NdjsonBody(EventInput)
  @ZodResponse(BatchAnswer)
  async batch(
    @Req() request: NdjsonSource,
    @ZodQuery(BatchQuery) { dryRun }: BatchQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<BatchAnswer> {
    const mayBe = (event: EventInput) => refusalFor(caller, event);
    const counts = await this.events.importRows(readNdjson(request), { dryRun, refusalFor: mayBe });
    return { ...counts, ...(counts.ignored > 0 ? { reason: 'no_consent' } : {}) };
  }

  /** At sign-in: what the visitor did counts for the user from now on. */
  @Post('users/merge')
  @Access('server')
  @ZodResponse(MergeInput)
  async merge(@ZodBody(MergeInput) body: z.infer<typeof MergeInput>): Promise<z.infer<typeof MergeInput>> {
    await this.people.merge(body.visitorId, body.userId);
    return body;
  }
}

const refusalFor = (
  caller: Caller,
  event: EventInput,
): { path: string; message: string; received?: unknown } | null => {
  try {
    assertMayActFor(caller, event);
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return event.userId === undefined
      ? { path: 'visitorId', message: error.detail, received: event.visitorId }
      : { path: 'userId', message: error.detail, received: event.userId };
  }
};
