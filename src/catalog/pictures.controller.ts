import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Access, DATABASE, type Database, Problem, ZodParam, ZodQuery, ZodResponse } from '../platform/platform.api.js';
import { KEPT_WIDTHS } from './derive-image.js';
import { IMAGE_STORE, type ImageStore } from './image-store.port.js';

const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of a picture in hex');
const SizeQuery = z.strictObject({
  width: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(KEPT_WIDTHS.at(-1)!)
    .describe(`Pixels; rounded up to one of ${KEPT_WIDTHS.join(', ')}, never enlarged`),
});

interface Reply {
  header(name: string, value: string): Reply;
  send(body: Buffer): Reply;
}

/** Catalogue pictures as pages load them. */
@ApiTags('catalogue')
@Controller('v1/pictures')
export class PicturesController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(IMAGE_STORE) private readonly store: ImageStore,
  ) {}

  /** A picture of an item, at most `width` wide. What visitors upload is not to be had here. */
  @Get(':hash')
  @Access('none')
  @ZodResponse(null, 200, 'The picture as WebP')
  async read(
    @ZodParam('hash', Hash) hash: string,
    @ZodQuery(SizeQuery) { width }: z.infer<typeof SizeQuery>,
    @Res() reply: Reply,
  ): Promise<void> {
    const used = await this.database.query
      .selectFrom('item_images')
      .select('item_key')
      .where('content_hash', '=', hash)
      .limit(1)
      .executeTakeFirst();
    if (!used)
      throw new Problem({
        code: 'VIT_IMAGE_MISSING',
        status: 404,
        title: 'Not found',
        detail: `No item has a picture ${hash}.`,
      });
    const { bytes, mediaType } = await this.store.derived(hash, width);
    reply.header('content-type', mediaType).header('cache-control', 'public, max-age=31536000, immutable').send(bytes);
  }
}
