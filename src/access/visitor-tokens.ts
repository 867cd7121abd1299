import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DATABASE, type Database } from '../platform/platform.api.js';

const NAME = 'visitor-tokens';

/**
 * Signed visitor ids: `v1.<id, base64url>.<HMAC-SHA-256>`. A page can act only for the visitor whose token it holds, and nobody can
 * make a token without the installation's secret, which lives in the database so that all processes share it.
 */
@Injectable()
export class VisitorTokens implements OnModuleInit {
  private secret = Buffer.alloc(0);

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async onModuleInit(): Promise<void> {
    await this.database.query
      .insertInto('secrets')
      .values({ name: NAME, value: randomBytes(32).toString('base64url') })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    const row = await this.database.query
      .selectFrom('secrets')
      .select('value')
      .where('name', '=', NAME)
      .executeTakeFirstOrThrow();
    this.secret = Buffer.from(row.value, 'base64url');
  }

  /** A new visitor with a token. Nothing is stored. */
  issue(): { visitorId: string; token: string } {
    const visitorId = `v-${randomUUID()}`;
    return { visitorId, token: this.sign(visitorId) };
  }

  sign(visitorId: string): string {
    const id = Buffer.from(visitorId, 'utf8').toString('base64url');
    return `v1.${id}.${this.seal(id)}`;
  }

  /** The visitor's id when the token is one of ours; null otherwise. */
  verify(token: string): string | null {
    const [version, id, seal, more] = token.split('.');
    if (version !== 'v1' || !id || !seal || more !== undefined) return null;
    const right = Buffer.from(this.seal(id));
    const given = Buffer.from(seal);
    if (right.length !== given.length || !timingSafeEqual(right, given)) return null;
    return Buffer.from(id, 'base64url').toString('utf8');
  }

  private seal(id: string): string {
    return createHmac('sha256', this.secret).update(id).digest('base64url');
  }
}
