import { Readable } from 'node:stream';
import { Controller, Get, Put, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { fromCursor, PageQuery, toCursor } from '../platform/http/page-query.js';
import { Access, ZodBody, ZodParam, ZodQuery, ZodResponse } from '../platform/platform.api.js';
import { EmbeddingLedger } from './embedding-ledger.js';
import { ImportReported, ImportShown } from './import.schema.js';
import { ImportLedger } from './import-ledger.js';

const ImportId = z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, _ and -, at most 64');
const ImportList = z
  .object({
    due: z.int().describe('Items that wait to be embedded'),
    imports: z.array(ImportShown),
    cursor: z.string().nullable(),
  })
  .meta({ id: 'Imports' });

/** What was taken in, how far it is, and which rows were refused. */
@ApiTags('admin')
@Controller('v1/admin/imports')
@Access('admin')
export class ImportsController {
  constructor(
    private readonly imports: ImportLedger,
    private readonly ledger: EmbeddingLedger,
  ) {}

  /** Imports, newest first, and how many items wait to be embedded. */
  @Get()
  @ZodResponse(ImportList)
  async list(@ZodQuery(PageQuery) { cursor, limit }: PageQuery): Promise<z.infer<typeof ImportList>> {
    const from = fromCursor(cursor);
    const [due, found] = await Promise.all([this.ledger.countDue(), this.imports.list(from, limit + 1)]);
    return { due, imports: found.slice(0, limit), cursor: found.length > limit ? toCursor(from + limit) : null };
  }

  /** One import. */
  @Get(':id')
  @ZodResponse(ImportShown)
  read(@ZodParam('id', ImportId) id: string): Promise<ImportShown> {
    return this.imports.read(id);
  }

  /** The rows that were refused, and why, one JSON object a line (the first 10,000). */
  @Get(':id/rejected')
  @ZodResponse(null, 200, 'NDJSON')
  async rejected(@ZodParam('id', ImportId) id: string): Promise<StreamableFile> {
    const rows = await this.imports.rejected(id);
    return new StreamableFile(Readable.from(rows.map((row) => `${JSON.stringify(row)}\n`)), {
      type: 'application/x-ndjson',
      disposition: `attachment; filename="rejected-${id}.ndjson"`,
    });
  }

  /** Whoever imports in several batches says here how far it is. */
  @Put(':id')
  @ZodResponse(ImportShown)
  async report(
    @ZodParam('id', ImportId) id: string,
    @ZodBody(ImportReported) report: ImportReported,
  ): Promise<ImportShown> {
    await this.imports.record(id, report);
    return this.imports.read(id);
  }
}
