import { Controller, Delete, Get, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  Access,
  type Caller,
  CurrentCaller,
  Id,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '../platform/platform.api.js';
import { AuditLog } from './audit-log.js';
import { KeyRing, type KnownKey } from './key-ring.js';
import { VisitorTokens } from './visitor-tokens.js';

const Nothing = z.strictObject({});
const VisitorAnswer = z
  .object({ visitorId: z.string(), token: z.string().describe('Send it as the header Vitrine-Visitor') })
  .meta({ id: 'VisitorToken' });

const Origin = z.string().regex(/^(\*|https?:\/\/[^/\s]+)$/, 'an origin such as https://shop.example');
const KeyInput = z
  .strictObject({
    role: z.enum(['publishable', 'server', 'admin']),
    name: z.string().min(1).max(200).optional(),
    origins: z.array(Origin).max(100).optional(),
  })
  .meta({ id: 'KeyInput' });
const KeyView = z
  .object({
    id: z.string(),
    role: z.enum(['publishable', 'server', 'admin']),
    name: z.string().nullable(),
    origins: z.array(z.string()),
    readable: z.string().nullable(),
    createdAt: z.string(),
    revokedAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
  })
  .meta({ id: 'Key' });
const MadeKeyView = KeyView.extend({ key: z.string().describe('Shown this once') }).meta({ id: 'MadeKey' });
const AuditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.coerce.number().int().min(1).optional(),
});
const AuditPage = z
  .object({
    entries: z.array(
      z.object({
        key: z.number(),
        at: z.string(),
        actor: z.string(),
        action: z.string(),
        subject: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
    cursor: z.string().nullable(),
  })
  .meta({ id: 'AuditPage' });

/** Signed ids for pages. */
@ApiTags('visitors')
@Controller('v1/visitors')
export class VisitorsController {
  constructor(private readonly tokens: VisitorTokens) {}

  /** A new visitor id with the token that lets a page act for it. */
  @Post()
  @Access('publishable')
  @ZodResponse(VisitorAnswer, 201)
  issue(@ZodBody(Nothing) _body: unknown): z.infer<typeof VisitorAnswer> {
    return this.tokens.issue();
  }
}

/** Keys and the audit log, for the people who run the shop. */
@ApiTags('admin')
@Controller('v1/admin')
@Access('admin')
export class AccessController {
  constructor(
    @Inject(KeyRing) private readonly keys: KeyRing,
    private readonly audit: AuditLog,
  ) {}

  @Get('keys')
  @ZodResponse(z.object({ keys: z.array(KeyView) }))
  list(): { keys: z.infer<typeof KeyView>[] } {
    return { keys: this.keys.list().map((key) => this.view(key)) };
  }

  /** Makes a key; its text is shown this once. */
  @Post('keys')
  @ZodResponse(MadeKeyView, 201)
  async create(
    @ZodBody(KeyInput) input: z.infer<typeof KeyInput>,
    @CurrentCaller() caller: Caller,
  ): Promise<z.infer<typeof MadeKeyView>> {
    const made = await this.keys.create(input.role, input.name ?? null, input.origins ?? []);
    await this.audit.note(caller, 'key.create', made.id, { role: made.role, name: made.name });
    return { ...this.view(made), key: made.key };
  }

  /** Revokes a key: refused from the next request on, by every process. */
  @Delete('keys/:id')
  @ZodResponse(null, 204)
  async revoke(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.keys.revoke(id);
    await this.audit.note(caller, 'key.revoke', id);
  }

  /** Who did what, newest first. */
  @Get('audit')
  @ZodResponse(AuditPage)
  async entries(@ZodQuery(AuditQuery) query: z.infer<typeof AuditQuery>): Promise<z.infer<typeof AuditPage>> {
    const entries = await this.audit.list(query.limit, query.cursor);
    return { entries, cursor: entries.length === query.limit ? String(entries.at(-1)!.key) : null };
  }

  private view(key: KnownKey): z.infer<typeof KeyView> {
    const used = this.keys.lastUsed(key.id);
    return {
      id: key.id,
      role: key.role,
      name: key.name,
      origins: key.origins,
      readable: key.readable,
      createdAt: key.createdAt.toISOString(),
      revokedAt: key.revokedAt?.toISOString() ?? null,
      lastUsedAt: used === null ? null : new Date(used).toISOString(),
    };
  }
}
