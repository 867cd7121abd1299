import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AccessController, VisitorsController } from './access.controller.js';
import { AccessGate, LOCAL_TOKEN } from './access-gate.js';
import { AdminSessions } from './admin-sessions.js';
import { AuditLog } from './audit-log.js';
import { AuditTrail } from './audit-trail.js';
import { KeyRing } from './key-ring.js';
import { RateLimits } from './rate-limits.js';
import { SessionController } from './session.controller.js';
import { VisitorTokens } from './visitor-tokens.js';

/** Keys, visitor tokens, limits and the audit log. `localToken` is the folder lock's, or null. */
@Global()
@Module({})
export class AccessModule {
  static with(localToken: string | null): DynamicModule {
    return {
      module: AccessModule,
      controllers: [VisitorsController, SessionController, AccessController],
      providers: [
        KeyRing,
        AdminSessions,
        VisitorTokens,
        RateLimits,
        AuditLog,
        AccessGate,
        { provide: APP_INTERCEPTOR, useClass: AuditTrail },
        { provide: LOCAL_TOKEN, useValue: localToken },
      ],
      exports: [KeyRing, VisitorTokens, AuditLog, AccessGate],
    };
  }
}
