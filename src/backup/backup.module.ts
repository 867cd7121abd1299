import { Module } from '@nestjs/common';
import { BackupController } from './backup.controller.js';
import { BackupService } from './backup.service.js';

/** Backups while serving. */
@Module({ controllers: [BackupController], providers: [BackupService] })
export class BackupModule {}
