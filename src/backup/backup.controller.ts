import { Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AuditLog } from '../access/access.api.js';
import { Access, type Caller, CurrentCaller, Id, ZodBody, ZodParam, ZodResponse } from '../platform/platform.api.js';
import { BackupRecord, BackupService } from './backup.service.js';

const Nothing = z.strictObject({});

/** Backups, made while serving. Restoring is a command: nothing may serve meanwhile. */
@ApiTags('admin')
@Controller('v1/admin/backups')
@Access('admin')
export class BackupController {
  constructor(
    private readonly backups: BackupService,
    private readonly audit: AuditLog,
  ) {}

  /** Backups in this machine's data folder, newest first. */
  @Get()
  @ZodResponse(z.object({ backups: z.array(BackupRecord) }).meta({ id: 'Backups' }))
  async list(): Promise<{ backups: BackupRecord[] }> {
    return { backups: await this.backups.list() };
  }

  /** Makes a backup of everything; answers when it is whole. */
  @Post()
  @ZodResponse(BackupRecord, 201)
  async make(@ZodBody(Nothing) _body: unknown, @CurrentCaller() caller: Caller): Promise<BackupRecord> {
    const made = await this.backups.make();
    await this.audit.note(caller, 'backup.make', made.id, { bytes: made.bytes });
    return made;
  }

  /** Removes a backup. */
  @Delete(':id')
  @ZodResponse(null, 204)
  async remove(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.backups.remove(id);
    await this.audit.note(caller, 'backup.remove', id);
  }
}
