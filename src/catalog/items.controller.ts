import { Controller, Delete, Get, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BatchQuery, fromCursor, PageQuery, toCursor } from '../platform/http/page-query.js';
import {
  Access,
  BatchAnswer,
  type Caller,
  CurrentCaller,
  Id,
  invalidField,
  NdjsonBody,
  type NdjsonSource,
  readNdjson,
  roleSuffices,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '../platform/platform.api.js';
import { CatalogService } from './catalog.service.js';
import { ImportLedger } from './import-ledger.js';
import { ItemBody, ItemInput, ItemPage, ItemPatch, PublicItem, StoredItem } from './item.schema.js';
import { toPublic } from './stored-items.js';

/** The catalogue over HTTP. */
@ApiTags('catalogue')
@Controller('v1/items')
@Access('server')
export class ItemsController {
  constructor(
    private readonly catalog: CatalogService,
    private readonly imports: ImportLedger,
  ) {}

  /** Items in the order in which they were first stored. */
  @Get()
  @Access('publishable')
  @ZodResponse(ItemPage)
  async list(
    @ZodQuery(PageQuery) query: PageQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<{ items: (StoredItem | PublicItem)[]; cursor: string | null }> {
    const { items, lastKey } = await this.catalog.listItems(fromCursor(query.cursor), query.limit);
    const shown = roleSuffices(caller.role, 'server') ? items : items.map(toPublic);
    return { items: shown, cursor: lastKey === null ? null : toCursor(lastKey) };
  }

  /** Many items, one a line. Good lines are kept, bad ones named. */
  @Post('batch')
  @NdjsonBody(ItemInput)
  @ZodResponse(BatchAnswer)
  async batch(
    @Req() request: NdjsonSource,
    @ZodQuery(BatchQuery) { dryRun, importId }: BatchQuery,
  ): Promise<BatchAnswer> {
    const startedAt = new Date();
    const answer = await this.catalog.importRows(readNdjson(request), { dryRun });
    if (!dryRun && importId === undefined) await this.imports.recordBatch('items', answer, startedAt);
    return answer;
  }

  /** One item: everything for server keys, the public fields for publishable ones. */
  @Get(':id')
  @Access('publishable')
  @ZodResponse(StoredItem)
  async read(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<StoredItem | PublicItem> {
    const item = await this.catalog.getItem(id);
    return roleSuffices(caller.role, 'server') ? item : toPublic(item);
  }

  /** Stores an item: 201 when it is new. The same content again changes nothing. */
  @Put(':id')
  @ZodResponse(StoredItem, 201, 'It is new')
  @ZodResponse(StoredItem)
  async put(
    @ZodParam('id', Id) id: string,
    @ZodBody(ItemBody) body: ItemBody,
    @Res({ passthrough: true }) reply: { status(code: number): void },
  ): Promise<StoredItem> {
    if (body.id !== undefined && body.id !== id)
      throw invalidField('id', `must be "${id}" as in the path, or left out`, body.id);
    const { outcome, item } = await this.catalog.putItem({ ...body, id });
    if (outcome === 'created') reply.status(201);
    return item;
  }

  /** Merges fields into a stored item; null removes one. */
  @Patch(':id')
  @ZodResponse(StoredItem)
  async patch(@ZodParam('id', Id) id: string, @ZodBody(ItemPatch) patch: ItemPatch): Promise<StoredItem> {
    return (await this.catalog.patchItem(id, patch)).item;
  }

  /** Removes an item; the next answer is without it. Removing it twice is no error. */
  @Delete(':id')
  @ZodResponse(null, 204)
  async remove(@ZodParam('id', Id) id: string): Promise<void> {
    await this.catalog.deleteItem(id);
  }
}
