import { Module } from '@nestjs/common';
import { ExportController } from './export.controller.js';
import { FeedBook } from './feeds/feed-book.js';
import { FeedItems } from './feeds/feed-items.js';
import { FeedJobs } from './feeds/feed-jobs.js';
import { FeedRunner } from './feeds/feed-runner.js';
import { FeedsController } from './feeds/feeds.controller.js';
import { WebhookAnnouncer } from './webhooks/webhook-announcer.js';
import { WebhookBook } from './webhooks/webhook-book.js';
import { WebhookDeliveries } from './webhooks/webhook-deliveries.js';
import { WebhookSender } from './webhooks/webhook-sender.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

/** Where the shop's data comes from and goes to. */
@Module({
  controllers: [ExportController, FeedsController, WebhooksController],
  providers: [
    FeedBook,
    FeedItems,
    FeedJobs,
    FeedRunner,
    WebhookAnnouncer,
    WebhookBook,
    WebhookDeliveries,
    WebhookSender,
  ],
})
export class ConnectModule {}
