import { Readable } from 'node:stream';
import { Controller, Get, Inject, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { IMAGE_STORE, type ImageStore } from '../catalog/catalog.api.js';
import { Access, DATABASE, type Database, ZodQuery, ZodResponse } from '../platform/platform.api.js';
import { exportRows, picturesAsData } from './export-rows.js';

const ExportQuery = z.strictObject({
  type: z.enum(['items', 'reviews', 'events']).optional().describe('One kind; all when left out'),
});

/** Everything out again, for the commands of this machine and for moving house. */
@ApiTags('admin')
@Controller('v1/admin')
@Access('admin')
export class ExportController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(IMAGE_STORE) private readonly store: ImageStore,
  ) {}

  /** Items, reviews and events, one JSON object a line, as an import reads them back. */
  @Get('export')
  @ZodResponse(null, 200, 'NDJSON')
  export(@ZodQuery(ExportQuery) { type }: z.infer<typeof ExportQuery>): StreamableFile {
    const rows = exportRows(this.database, type ? [type] : ['items', 'reviews', 'events'], picturesAsData(this.store));
    const lines = async function* () {
      for await (const row of rows) yield `${JSON.stringify(row)}\n`;
    };
    return new StreamableFile(Readable.from(lines()), { type: 'application/x-ndjson' });
  }
}
