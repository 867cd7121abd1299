import { Module } from '@nestjs/common';
import { ExportController } from './export.controller.js';
import { FeedBook } from './feeds/feed-book.js';
import { FeedItems } from './feeds/feed-items.js';
import { FeedJobs } from './feeds/feed-jobs.js';
import { FeedRunner } from './feeds/feed-runner.js';
import { FeedsController } from './feeds/feeds.controller.js';

/** Where the shop's data comes from and goes to. */
@Module({
  controllers: [ExportController, FeedsController],
  providers: [FeedBook, FeedItems, FeedJobs, FeedRunner],
})
export class ConnectModule {}
