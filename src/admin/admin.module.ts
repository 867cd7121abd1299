import { Module } from '@nestjs/common';
import { QualityService } from '../quality/quality.api.js';
import { AdminController } from './admin.controller.js';
import { StatusService } from './status.service.js';

/** What only the people who run the shop see. */
@Module({ controllers: [AdminController], providers: [StatusService, QualityService] })
export class AdminModule {}
