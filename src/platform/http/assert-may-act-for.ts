import type { Caller } from './access.js';
import { Problem } from './problem.js';

/**
 * A publishable key acts for the one visitor whose token came along; server and admin keys for anybody.
 * @throws Problem 403 when a publishable key names a user, or a visitor without that visitor's token.
 */
export const assertMayActFor = (
  caller: Caller,
  person: { userId?: string | null; visitorId?: string | null },
): void => {
  if (caller.role === 'server' || caller.role === 'admin') return;
  if (person.userId != null)
    throw new Problem({
      code: 'VIT_ACCESS_USER',
      status: 403,
      title: 'Not allowed',
      detail: `userId "${person.userId.slice(0, 128)}": a publishable key acts for visitors only; name users from the shop's back end with a server key.`,
    });
  if (person.visitorId != null && person.visitorId !== caller.visitorId)
    throw new Problem({
      code: 'VIT_ACCESS_VISITOR',
      status: 403,
      title: 'Not allowed',
      detail: `visitorId "${person.visitorId.slice(0, 128)}": send that visitor's token in the Vitrine-Visitor header (POST /v1/visitors gives one).`,
    });
};
