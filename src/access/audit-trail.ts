import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, mergeMap, type Observable } from 'rxjs';
import { ACCESS, type Caller, type RequiredRole } from '../platform/platform.api.js';
import { AuditLog } from './audit-log.js';

interface AskedRequest {
  method: string;
  params?: Record<string, string>;
  routeOptions?: { url?: string };
  caller?: Caller;
}

/**
 * Whatever an admin route changed is in the audit log before it is answered: handlers that tell more note it themselves, all others are
 * noted here by their method and address.
 */
@Injectable()
export class AuditTrail implements NestInterceptor {
  constructor(private readonly audit: AuditLog) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AskedRequest>();
    const role = (Reflect.getMetadata(ACCESS, context.getHandler()) ??
      Reflect.getMetadata(ACCESS, context.getClass())) as RequiredRole | undefined;
    if (role !== 'admin' || request.method === 'GET' || request.method === 'HEAD') return next.handle();
    return next.handle().pipe(mergeMap((answer) => from(this.note(request).then(() => answer))));
  }

  private async note({ caller, method, params, routeOptions }: AskedRequest): Promise<void> {
    if (caller === undefined || this.audit.hasNoted(caller)) return;
    const subject = Object.values(params ?? {}).join(' ') || null;
    await this.audit.note(caller, `${method} ${routeOptions?.url ?? ''}`, subject);
  }
}
