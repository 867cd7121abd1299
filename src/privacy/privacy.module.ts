import { Global, Module } from '@nestjs/common';
import { CONSENT } from '../interactions/interactions.api.js';
import { ConsentService } from './consent.service.js';
import { ErasureService } from './erasure.service.js';
import { ErasuresController, UsersPrivacyController, VisitorsPrivacyController } from './privacy.controller.js';
import { Retention } from './retention.js';

/** Consent, export, erasure, retention. */
@Global()
@Module({
  controllers: [UsersPrivacyController, VisitorsPrivacyController, ErasuresController],
  providers: [ConsentService, { provide: CONSENT, useExisting: ConsentService }, ErasureService, Retention],
  exports: [CONSENT, ConsentService, ErasureService, Retention],
})
export class PrivacyModule {}
