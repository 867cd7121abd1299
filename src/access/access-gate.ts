import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type Caller,
  Problem,
  type RequiredRole,
  roleSuffices,
  SETTINGS,
  type Settings,
} from '../platform/platform.api.js';
import { AdminSessions, sessionIn } from './admin-sessions.js';
import { KeyRing, type KnownKey } from './key-ring.js';
import { networkOf } from './network-of.js';
import { RateLimits } from './rate-limits.js';
import { VisitorTokens } from './visitor-tokens.js';

/** What of a request decides who calls: headers only, never the body. */
export interface Credentials {
  authorization?: string;
  origin?: string;
  /** `Sec-Fetch-Site`, which browsers set and pages cannot. */
  fetchSite?: string;
  /** `Vitrine-Visitor`. */
  visitorToken?: string;
  /** `Cookie`: the admin page's session is looked for in it where no key was sent. */
  cookie?: string;
  /** `Vitrine-Admin`, with which the admin page says that its session is meant; no other site can make a browser send it. */
  adminPage?: string;
  address: string;
  /** Scheme and host of this server as the caller sees it. */
  self?: string;
}

/** The token of this start's folder lock, with which commands on the same machine act as admin. */
export const LOCAL_TOKEN = Symbol('LocalToken');

const LOCALHOST = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

const unauthorized = (detail: string): Problem =>
  new Problem({ code: 'VIT_ACCESS_KEY', status: 401, title: 'A key is needed', detail });
const forbidden = (code: string, detail: string): Problem =>
  new Problem({ code, status: 403, title: 'Not allowed', detail });

/** Judges every request from its headers alone, before a byte of the body is read. */
@Injectable()
export class AccessGate {
  constructor(
    private readonly keys: KeyRing,
    private readonly tokens: VisitorTokens,
    private readonly limits: RateLimits,
    private readonly sessions: AdminSessions,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOCAL_TOKEN) private readonly localToken: string | null,
  ) {}

  /** Whether pages of this origin may call at all (preflight). */
  originAllowed(origin: string, self?: string): boolean {
    if (self !== undefined && origin === self) return true;
    const listed = [...this.settings.origins, ...this.keys.list().flatMap((key) => (key.revokedAt ? [] : key.origins))];
    if (listed.includes('*') || listed.includes(origin)) return true;
    return this.settings.origins.length === 0 && LOCALHOST.test(origin);
  }

  /**
   * Who calls, when that suffices for the route.
   * @throws Problem 401 (no key, or a wrong one), 403 (role, origin or visitor token), 429.
   */
  judge(credentials: Credentials, needed: RequiredRole): Caller {
    const { address } = credentials;
    const network = networkOf(address);
    const given = /^Bearer +(\S+) *$/i.exec(credentials.authorization ?? '')?.[1];
    if (given === undefined) {
      if (needed !== 'none') {
        const signedIn = credentials.authorization === undefined ? this.signedIn(credentials) : null;
        if (signedIn) return signedIn;
        if (credentials.authorization === undefined) throw unauthorized('Send the key as "Authorization: Bearer KEY".');
        throw unauthorized('The Authorization header is not of the form "Bearer KEY".');
      }
      this.limits.take('none', network);
      return { role: 'none', keyId: null, address };
    }
    if (this.isLocal(given)) return { role: 'admin', keyId: 'local', address };
    const key = this.keys.find(given);
    if (!key) {
      if (needed === 'none') {
        this.limits.take('none', network);
        return { role: 'none', keyId: null, address };
      }
      this.limits.take('refused', network);
      throw unauthorized('This key is not known here, or it was revoked.');
    }
    if (!roleSuffices(key.role, needed))
      throw forbidden(
        'VIT_ACCESS_ROLE',
        `This call needs the role "${needed}"; the key given has the role "${key.role}".`,
      );
    this.limits.take(key.role, key.role === 'publishable' ? `${key.id} ${network}` : key.id);
    if (key.role === 'publishable') this.checkOrigin(credentials, key);
    const caller: Caller = { role: key.role, keyId: key.id, address };
    if (credentials.visitorToken !== undefined) {
      const visitorId = this.tokens.verify(credentials.visitorToken);
      if (visitorId === null)
        throw forbidden(
          'VIT_ACCESS_VISITOR_TOKEN',
          'The Vitrine-Visitor header holds no token of this installation; get one with POST /v1/visitors.',
        );
      caller.visitorId = visitorId;
    }
    return caller;
  }

  /**
   * The admin whose page calls. Browsers that say where a request comes from must say: from this very origin; of older ones the page's own
   * header is asked, which other sites cannot send. A cookie alone is never enough.
   */
  private signedIn({ cookie, fetchSite, adminPage, address }: Credentials): Caller | null {
    const token = sessionIn(cookie);
    if (token === undefined) return null;
    if (fetchSite === undefined ? adminPage !== '1' : fetchSite !== 'same-origin') return null;
    const found = this.sessions.find(token);
    if (!found) {
      this.limits.take('refused', networkOf(address));
      return null;
    }
    this.limits.take('admin', found.key.id);
    return { role: 'admin', keyId: found.key.id, address };
  }

  /** `Origin` must be allowed; it may be missing when `Sec-Fetch-Site` is same-origin or absent (no browser, or the page itself). */
  private checkOrigin({ origin, fetchSite, self }: Credentials, key: KnownKey): void {
    if (origin === undefined) {
      if (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none') return;
      throw forbidden('VIT_ACCESS_ORIGIN', 'A publishable key was used from another site without an Origin header.');
    }
    const own =
      key.origins.length > 0
        ? key.origins.includes(origin) || key.origins.includes('*') || (self !== undefined && origin === self)
        : this.originAllowed(origin, self);
    if (!own)
      throw forbidden(
        'VIT_ACCESS_ORIGIN',
        `Pages of ${origin.slice(0, 200)} may not use this publishable key; add the origin to VITRINE_ORIGINS.`,
      );
  }

  private isLocal(given: string): boolean {
    if (this.localToken === null) return false;
    const a = Buffer.from(given);
    const b = Buffer.from(this.localToken);
    return a.length === b.length && timingSafeEqual(a, b);
  }
}
