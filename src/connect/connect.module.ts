import { Module } from '@nestjs/common';
import { ExportController } from './export.controller.js';

/** Where the shop's data comes from and goes to. */
@Module({ controllers: [ExportController] })
export class ConnectModule {}
