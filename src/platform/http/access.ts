import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';

/** What a key may do. Admin may do all that server may, server all that publishable may. */
export type Role = 'publishable' | 'server' | 'admin';

/** What a route asks for; `none` needs no key. */
export type RequiredRole = 'none' | Role;

/** Who is calling: the role of the key, which key, and the visitor whose token came along. */
export interface Caller {
  role: 'none' | Role;
  /** Id of the key; `local` for the token of the folder's lock; null without a key. */
  keyId: string | null;
  /** From a valid `Vitrine-Visitor` token. */
  visitorId?: string;
  /** For rate limits and the audit log. */
  address: string;
}

export const ACCESS = Symbol('Access');

/** States a route's role; every route states one, on the method or its class. */
export const Access = (role: RequiredRole): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, role);

/** A request that was judged. */
export interface JudgedRequest {
  caller?: Caller;
}

/** The caller, as judged before the body was read. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<JudgedRequest>();
  return request.caller ?? { role: 'none', keyId: null, address: '' };
});

const rank: Record<RequiredRole, number> = { none: 0, publishable: 1, server: 2, admin: 3 };

/** Whether `held` suffices where `needed` is asked. */
export const roleSuffices = (held: RequiredRole, needed: RequiredRole): boolean => rank[held] >= rank[needed];
