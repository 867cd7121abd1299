import { Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ConsentInput } from '../interactions/interactions.api.js';
import {
  Access,
  assertMayActFor,
  type Caller,
  CurrentCaller,
  Id,
  type Person,
  ZodBody,
  ZodParam,
  ZodResponse,
} from '../platform/platform.api.js';
import { ConsentService, type StoredConsent } from './consent.service.js';
import { ErasureService, type ShownReceipt } from './erasure.service.js';

const ConsentView = z
  .object({
    personalization: z.boolean().nullable().describe('null: never said'),
    training: z.boolean().nullable(),
    at: z.string().nullable(),
  })
  .meta({ id: 'StoredConsent' });
const ExportView = z
  .object({
    person: z.object({ kind: z.enum(['user', 'visitor']), id: z.string() }),
    people: z.array(z.object({ kind: z.enum(['user', 'visitor']), id: z.string() })),
    at: z.string(),
    sections: z.record(z.string(), z.array(z.unknown())),
  })
  .meta({ id: 'PersonalDataExport' });
const ReceiptView = z
  .object({
    receiptId: z.string(),
    kind: z.enum(['user', 'visitor']),
    subjectHash: z.string(),
    counts: z.record(z.string(), z.int()),
    at: z.string(),
    previousHash: z.string().nullable(),
    hash: z.string(),
    verified: z.boolean().describe('Its hash, and those of all receipts before it, are as they should be'),
  })
  .meta({ id: 'ErasureReceipt' });

const view = (consent: StoredConsent): z.infer<typeof ConsentView> =>
  consent.is === 'said'
    ? { personalization: consent.personalization, training: consent.training, at: consent.at.toISOString() }
    : { personalization: null, training: null, at: null };

/** What a signed-in person allowed, has, and wants gone. */
@ApiTags('privacy')
@Controller('v1/users/:id')
@Access('server')
export class UsersPrivacyController {
  constructor(
    private readonly consents: ConsentService,
    private readonly erasures: ErasureService,
  ) {}

  /** What the user allowed. */
  @Get('consent')
  @ZodResponse(ConsentView)
  async consent(@ZodParam('id', Id) id: string): Promise<z.infer<typeof ConsentView>> {
    return view(await this.consents.read({ kind: 'user', id }));
  }

  /** Stores what the user allows. */
  @Put('consent')
  @ZodResponse(ConsentView)
  async allow(
    @ZodParam('id', Id) id: string,
    @ZodBody(ConsentInput) body: ConsentInput,
  ): Promise<z.infer<typeof ConsentView>> {
    return view(await this.consents.write({ kind: 'user', id }, body));
  }

  /** All that is stored about the user. */
  @Get('export')
  @ZodResponse(ExportView)
  export(@ZodParam('id', Id) id: string): Promise<z.infer<typeof ExportView>> {
    return this.erasures.export({ kind: 'user', id });
  }

  /** Removes all that is stored about the user; the receipt proves it. */
  @Delete()
  @ZodResponse(ReceiptView)
  erase(@ZodParam('id', Id) id: string): Promise<ShownReceipt> {
    return this.erasures.erase({ kind: 'user', id });
  }
}

/** The same for a browser; a page may call it for its own. */
@ApiTags('privacy')
@Controller('v1/visitors/:id')
@Access('publishable')
export class VisitorsPrivacyController {
  constructor(
    private readonly consents: ConsentService,
    private readonly erasures: ErasureService,
  ) {}

  /** What the visitor allowed. */
  @Get('consent')
  @ZodResponse(ConsentView)
  async consent(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<z.infer<typeof ConsentView>> {
    return view(await this.consents.read(own(caller, id)));
  }

  /** Stores what the visitor allows. */
  @Put('consent')
  @ZodResponse(ConsentView)
  async allow(
    @ZodParam('id', Id) id: string,
    @ZodBody(ConsentInput) body: ConsentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<z.infer<typeof ConsentView>> {
    return view(await this.consents.write(own(caller, id), body));
  }

  /** All that is stored about the visitor. */
  @Get('export')
  @ZodResponse(ExportView)
  async export(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<z.infer<typeof ExportView>> {
    return this.erasures.export(own(caller, id));
  }

  /** Removes all that is stored about the visitor; the receipt proves it. */
  @Delete()
  @ZodResponse(ReceiptView)
  async erase(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller): Promise<ShownReceipt> {
    return this.erasures.erase(own(caller, id));
  }
}

const own = (caller: Caller, visitorId: string): Person => {
  assertMayActFor(caller, { visitorId });
  return { kind: 'visitor', id: visitorId };
};

/** Proofs of erasure. They name nobody. */
@ApiTags('privacy')
@Controller('v1')
export class ErasuresController {
  constructor(private readonly erasures: ErasureService) {}

  /** A receipt, checked anew. */
  @Get('erasures/:receiptId')
  @Access('server')
  @ZodResponse(ReceiptView)
  read(@ZodParam('receiptId', Id) receiptId: string): Promise<ShownReceipt> {
    return this.erasures.receipt(receiptId);
  }

  /** The newest hundred receipts. */
  @Get('admin/erasures')
  @Access('admin')
  @ZodResponse(z.object({ erasures: z.array(ReceiptView.omit({ verified: true })) }).meta({ id: 'ErasureList' }))
  async list() {
    return { erasures: await this.erasures.list(100) };
  }
}
