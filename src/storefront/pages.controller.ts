import { Controller, Get, Header, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { KeyRing } from '../access/access.api.js';
import { CatalogReader, ReviewReader } from '../catalog/catalog.api.js';
import { Access, DATABASE, type Database, notFound } from '../platform/platform.api.js';
import { filledPage, pageFile } from './page-files.js';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
  redirect(url: string): unknown;
}

interface Asked {
  headers: Record<string, string | undefined>;
}

const LONG = 'public, max-age=31536000, immutable';

/** The demo shop, the admin page and the widgets' script: files that the build made, and the little a shop's own back end would add. */
@ApiExcludeController()
@Controller()
@Access('none')
export class PagesController {
  constructor(
    private readonly keys: KeyRing,
    private readonly catalog: CatalogReader,
    private readonly reviews: ReviewReader,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  @Get()
  home(@Res() reply: Reply): unknown {
    return reply.redirect('/shop');
  }

  @Get(['shop', 'shop/category/*', 'shop/product/*', 'shop/search', 'shop/cart', 'shop/privacy'])
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'no-cache')
  shop(): string {
    return filledPage('shop', { KEY: this.keys.publishable() ?? '' });
  }

  @Get(['admin', 'admin/*'])
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'no-cache')
  admin(): string {
    return filledPage('admin', {});
  }

  @Get('shop/assets/:name')
  shopAsset(@Param('name') name: string, @Req() request: Asked, @Res() reply: Reply): unknown {
    return this.file('shop', name, request, reply, LONG);
  }

  @Get('admin-assets/:name')
  adminAsset(@Param('name') name: string, @Req() request: Asked, @Res() reply: Reply): unknown {
    return this.file('admin', name, request, reply, LONG);
  }

  /** Loaded by shops on other origins: checked again every five minutes. */
  @Get('widget/vitrine.js')
  widget(@Req() request: Asked, @Res() reply: Reply): unknown {
    return this.file(
      'widget',
      'vitrine.js',
      request,
      reply.header('access-control-allow-origin', '*'),
      'public, max-age=300',
    );
  }

  /** What the widgets take and tell, for editors and documentation tools. */
  @Get('widget/custom-elements.json')
  manifest(@Req() request: Asked, @Res() reply: Reply): unknown {
    return this.file(
      'widget',
      'custom-elements.json',
      request,
      reply.header('access-control-allow-origin', '*'),
      'public, max-age=300',
    );
  }

  /** Leaf categories with a picture each. */
  @Get('shop/data/categories')
  async categories(): Promise<{ categories: { path: string; items: number; image: string | null }[] }> {
    const { rows } = await this.database.run(`
      select category as path, count(distinct i.key)::int as items, min(p.content_hash) as hash
      from items i cross join unnest(i.categories) as category
      left join item_images p on p.item_key = i.key and p.ordinal = 1 and p.state = 'ready'
      where i.availability in ('in_stock', 'preorder') group by category order by count(distinct i.key) desc, category limit 60`);
    return {
      categories: rows.map((row) => ({
        path: String(row.path),
        items: Number(row.items),
        image: row.hash ? `/v1/pictures/${row.hash}` : null,
      })),
    };
  }

  /** What any shop shows under a product. */
  @Get('shop/data/reviews/:id')
  async itemReviews(@Param('id') id: string): Promise<{ reviews: unknown[] }> {
    const key = (await this.catalog.keysOf([id])).get(id);
    if (key === undefined) throw notFound('item', id);
    const reviews = await this.reviews.of(key, 100);
    return {
      reviews: reviews.map(({ id: reviewId, title, text, rating, author, language }) => ({
        id: reviewId,
        title,
        text,
        rating,
        author,
        language,
      })),
    };
  }

  private file(
    folder: 'shop' | 'admin' | 'widget',
    name: string,
    request: Asked,
    reply: Reply,
    caching: string,
  ): unknown {
    const { bytes, mediaType, etag } = pageFile(folder, name);
    reply.header('etag', etag).header('cache-control', caching);
    if (request.headers['if-none-match'] === etag) return reply.status(304).send('');
    return reply.header('content-type', mediaType).send(bytes);
  }
}
