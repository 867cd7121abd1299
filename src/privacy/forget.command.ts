import type { Command } from 'commander';
import { createPictureVault } from '../catalog/catalog.api.js';
import { PeopleService, personalDataHolders } from '../interactions/interactions.api.js';
import { createLogger } from '../platform/logging/logger.js';
import { DatabaseOutbox } from '../platform/outbox/database-outbox.js';
import {
  type Database,
  type FolderOwner,
  type Person,
  Problem,
  type Settings,
  SystemClock,
} from '../platform/platform.api.js';
import { ConsentService } from './consent.service.js';
import { ErasureService, type ShownReceipt } from './erasure.service.js';

/** What the command needs of the `vitrine` program. */
export interface ForgetSurroundings {
  running(): FolderOwner | null;
  withDatabase<T>(work: (database: Database, settings: Settings) => Promise<T>): Promise<T>;
  print(text: string): void;
  printJson(value: unknown): void;
}

/** `vitrine forget`: removes all that is stored about a person and prints the receipt. */
export const registerForget = (program: Command, context: ForgetSurroundings): void => {
  program
    .command('forget')
    .description('remove all that is stored about a person, with a receipt')
    .option('--user <id>', 'a signed-in user, with the browsers they signed in on')
    .option('--visitor <id>', 'a browser')
    .option('--json', 'print one JSON document alone')
    .action(async (flags: { user?: string; visitor?: string; json?: boolean }) => {
      if ((flags.user === undefined) === (flags.visitor === undefined)) {
        throw new Problem({
          code: 'VIT_USAGE',
          status: 400,
          fault: 'shop',
          title: 'Wrong usage',
          detail: 'Name one person: --user ID or --visitor ID.',
        });
      }
      const person: Person =
        flags.user === undefined ? { kind: 'visitor', id: flags.visitor! } : { kind: 'user', id: flags.user };
      const owner = context.running();
      const receipt = owner?.url
        ? await overHttp(owner.url, owner.token, person)
        : await context.withDatabase((database, settings) => directly(database, settings, person));
      if (flags.json) return context.printJson(receipt);
      const counts = Object.entries(receipt.counts).map(([section, count]) => `${count} ${section}`);
      context.print(`Forgotten: ${counts.join(', ')}.\nReceipt ${receipt.receiptId}, hash ${receipt.hash}`);
    });
};

const overHttp = async (url: string, token: string, person: Person): Promise<ShownReceipt> => {
  const response = await fetch(`${url}/v1/${person.kind}s/${encodeURIComponent(person.id)}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  const answer = (await response.json()) as ShownReceipt & { detail?: string };
  if (response.ok) return answer;
  throw new Problem({
    code: 'VIT_FORGET_REFUSED',
    status: response.status,
    title: 'The erasure failed',
    detail: `The running Vitrine answered ${response.status}: ${answer.detail ?? 'no reason given'}`,
  });
};

const directly = (database: Database, settings: Settings, person: Person): Promise<ShownReceipt> => {
  const outbox = new DatabaseOutbox(database, createLogger(settings.logLevel));
  const clock = new SystemClock();
  const consents = new ConsentService(database, outbox, clock, settings);
  const holders = personalDataHolders(database, outbox, createPictureVault(settings, database));
  return new ErasureService(
    database,
    outbox,
    clock,
    holders,
    consents,
    new PeopleService(database, outbox, clock),
    settings,
  ).erase(person);
};
