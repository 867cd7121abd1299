import { Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  Access,
  type Caller,
  CurrentCaller,
  Problem,
  SETTINGS,
  type Settings,
  ZodBody,
  ZodResponse,
} from '../platform/platform.api.js';
import { ADMIN_COOKIE, AdminSessions, sessionIn } from './admin-sessions.js';
import { AuditLog } from './audit-log.js';
import { networkOf } from './network-of.js';
import { RateLimits } from './rate-limits.js';

const SignIn = z.strictObject({ key: z.string().min(1).max(400).describe('An admin key') }).meta({ id: 'AdminSignIn' });
const SessionView = z
  .object({
    signedIn: z.boolean(),
    keyId: z.string().nullable().describe('Key that was signed in with'),
    expiresAt: z.string().nullable(),
  })
  .meta({ id: 'AdminSession' });
type SessionView = z.infer<typeof SessionView>;

interface Asked {
  headers: Record<string, string | undefined>;
}
interface Reply {
  header(name: string, value: string): Reply;
}

/**
 * Signing in on the admin page. The key is sent once and kept nowhere in the browser; what stays is a cookie that no script can read, that no
 * other site can make the browser send, and that is good for calls of this server's own pages alone.
 */
@ApiTags('admin')
@Controller('v1/admin/session')
@Access('none')
export class SessionController {
  constructor(
    private readonly sessions: AdminSessions,
    private readonly limits: RateLimits,
    private readonly audit: AuditLog,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Sign in with an admin key: answers with a session cookie' })
  @ZodResponse(SessionView, 201)
  async open(
    @ZodBody(SignIn) { key }: z.infer<typeof SignIn>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<SessionView> {
    this.limits.take('signIn', networkOf(caller.address));
    const opened = await this.sessions.open(key);
    if (!opened)
      throw new Problem({
        code: 'VIT_ACCESS_SIGN_IN',
        status: 401,
        title: 'Not an admin key',
        detail:
          'This is no admin key of this installation, or it was revoked. A new one: vitrine keys create --role admin.',
      });
    this.limits.giveBack('signIn', networkOf(caller.address));
    await this.audit.note({ keyId: opened.keyId }, 'session.open', null, { address: caller.address });
    reply.header('set-cookie', this.cookie(opened.token, opened.expiresAt)).header('cache-control', 'no-store');
    return { signedIn: true, keyId: opened.keyId, expiresAt: opened.expiresAt.toISOString() };
  }

  @Get()
  @ApiOperation({ summary: 'Whether this browser is signed in' })
  @ZodResponse(SessionView)
  read(@Req() request: Asked, @Res({ passthrough: true }) reply: Reply): SessionView {
    reply.header('cache-control', 'no-store');
    const token = sessionIn(request.headers.cookie);
    const found = token === undefined ? null : this.sessions.find(token);
    return {
      signedIn: found !== null,
      keyId: found?.key.id ?? null,
      expiresAt: found?.expiresAt.toISOString() ?? null,
    };
  }

  @Delete()
  @ApiOperation({ summary: 'Sign out: the session ends on the server too' })
  @ZodResponse(null, 204)
  async close(@Req() request: Asked, @Res({ passthrough: true }) reply: Reply): Promise<void> {
    const token = sessionIn(request.headers.cookie);
    const found = token === undefined ? null : this.sessions.find(token);
    if (token !== undefined && found) {
      await this.sessions.close(token);
      await this.audit.note({ keyId: found.key.id }, 'session.close', null);
    }
    reply.header('set-cookie', this.cookie('', new Date(0)));
  }

  /** `Strict`: no other site's link or form brings it along. It is sent to the API only, never to pages and pictures. */
  private cookie(token: string, expires: Date): string {
    const secure = this.settings.publicUrl?.startsWith('https:') ? '; Secure' : '';
    return `${ADMIN_COOKIE}=${token}; Path=/v1; Expires=${expires.toUTCString()}; HttpOnly; SameSite=Strict${secure}`;
  }
}
