import { Module } from '@nestjs/common';
import { QualityService } from '../quality/quality.api.js';
import { AdminController } from './admin.controller.js';
import { CatalogueMap } from './catalogue-map.js';
import { StatusService } from './status.service.js';
import { TrafficLog } from './traffic-log.js';

/** What only the people who run the shop see. */
@Module({ controllers: [AdminController], providers: [StatusService, QualityService, CatalogueMap, TrafficLog] })
export class AdminModule {}
