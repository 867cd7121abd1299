import { Controller, Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AuditLog } from '../../access/access.api.js';
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
} from '../../platform/platform.api.js';
import {
  DeliveryList,
  DeliveryQuery,
  WebhookDelivery,
  WebhookInput,
  WebhookList,
  WebhookMade,
  WebhookPatch,
  WebhookSecret,
  WebhookShown,
} from './webhook.schema.js';
import { WebhookBook } from './webhook-book.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookSender } from './webhook-sender.js';

const Sent = z.object({ deliveryId: z.string() }).meta({ id: 'WebhookTest' });

/** Who is told of what, signed, and how the telling went. */
@ApiTags('admin')
@Controller('v1/admin/webhooks')
@Access('admin')
export class WebhooksController {
  constructor(
    private readonly book: WebhookBook,
    private readonly deliveries: WebhookDeliveries,
    private readonly sender: WebhookSender,
    private readonly audit: AuditLog,
  ) {}

  /** All webhooks. Their secrets are not shown. */
  @Get()
  @ZodResponse(WebhookList)
  async list(): Promise<z.infer<typeof WebhookList>> {
    return { webhooks: await this.book.list() };
  }

  /** A new webhook: what happens from now on is sent to it. The answer has its secret, this once. */
  @Post()
  @ZodResponse(WebhookMade, 201)
  async create(@ZodBody(WebhookInput) input: WebhookInput, @CurrentCaller() caller: Caller): Promise<WebhookMade> {
    const webhook = await this.book.create(input);
    await this.audit.note(caller, 'webhook.create', webhook.id, { url: webhook.url, events: webhook.events });
    return webhook;
  }

  /** One webhook. */
  @Get(':id')
  @ZodResponse(WebhookShown)
  read(@ZodParam('id', Id) id: string): Promise<WebhookShown> {
    return this.book.get(id);
  }

  /** Changes address, events, name, or whether anything is sent. */
  @Patch(':id')
  @ZodResponse(WebhookShown)
  async patch(
    @ZodParam('id', Id) id: string,
    @ZodBody(WebhookPatch) patch: WebhookPatch,
    @CurrentCaller() caller: Caller,
  ): Promise<WebhookShown> {
    const webhook = await this.book.patch(id, patch);
    await this.audit.note(caller, 'webhook.patch', id, { fields: Object.keys(patch) });
    return webhook;
  }

  /** Forgets a webhook and its log. */
  @Delete(':id')
  @ZodResponse(null, 204)
  async delete(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<void> {
    if (!(await this.book.delete(id))) throw notFound('webhook', id);
    await this.audit.note(caller, 'webhook.delete', id);
  }

  /** A new secret, shown this once; for a day messages carry both signatures. */
  @Post(':id/secret')
  @HttpCode(200)
  @ZodResponse(WebhookSecret)
  async rotate(
    @ZodParam('id', Id) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<z.infer<typeof WebhookSecret>> {
    const made = await this.book.rotate(id);
    await this.audit.note(caller, 'webhook.secret', id);
    return made;
  }

  /** Sends a `webhook.test` message. */
  @Post(':id/test')
  @HttpCode(202)
  @ZodResponse(Sent, 202)
  async test(@ZodParam('id', Id) id: string): Promise<z.infer<typeof Sent>> {
    return { deliveryId: await this.sender.test(await this.book.get(id)) };
  }

  /** What was sent or is to be, newest first; kept for 30 days. */
  @Get(':id/deliveries')
  @ZodResponse(DeliveryList)
  async log(
    @ZodParam('id', Id) id: string,
    @ZodQuery(DeliveryQuery) query: z.infer<typeof DeliveryQuery>,
  ): Promise<z.infer<typeof DeliveryList>> {
    await this.book.get(id);
    return this.deliveries.list(id, query);
  }

  /** Sends a message once more, under the same `webhook-id`. */
  @Post(':id/deliveries/:deliveryId/retry')
  @HttpCode(202)
  @ZodResponse(WebhookDelivery, 202)
  async retry(
    @ZodParam('id', Id) id: string,
    @ZodParam('deliveryId', Id) deliveryId: string,
  ): Promise<WebhookDelivery> {
    const delivery = await this.deliveries.again(id, deliveryId);
    await this.sender.enqueue([deliveryId]);
    return delivery;
  }
}
