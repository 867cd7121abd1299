import type { Command } from 'commander';
import type { FeedShown } from './feed.schema.js';

interface Surroundings {
  withApi<T>(
    work: (api: { call<A>(method: string, path: string, body?: unknown): Promise<A> }) => Promise<T>,
  ): Promise<T>;
  print(text: string): void;
  printJson(value: unknown): void;
}

interface AddFlags {
  id?: string;
  name?: string;
  every: string;
  format?: string;
  type?: string;
  currency: string;
  map?: string[];
  header?: string[];
  keep?: boolean;
}

const path = (id: string): string => `/v1/admin/feeds/${encodeURIComponent(id)}`;

/** `vitrine feeds`: addresses that Vitrine fetches by itself. */
export const registerFeeds = (program: Command, context: Surroundings): void => {
  const feeds = program
    .command('feeds')
    .description('feeds that are fetched every so many minutes: list, add, run, pause, resume, remove');
  const show = (feed: FeedShown): void => context.print(lineOf(feed));
  const one = (method: string, suffix = '') => {
    return async (id: string, body?: unknown): Promise<FeedShown> =>
      context.withApi((api) => api.call<FeedShown>(method, `${path(id)}${suffix}`, body));
  };

  feeds
    .command('list', { isDefault: true })
    .description('all of them, how the last poll went and when the next one is')
    .option('--json', 'one JSON document')
    .action(async ({ json }: { json?: boolean }) => {
      const answer = await context.withApi((api) => api.call<{ feeds: FeedShown[] }>('GET', '/v1/admin/feeds'));
      if (json) return context.printJson(answer);
      if (answer.feeds.length === 0) context.print('no feeds; `vitrine feeds add URL` makes one');
      for (const feed of answer.feeds) show(feed);
    });
  feeds
    .command('add')
    .description('fetch an address from now on')
    .argument('<url>', 'https://NAME:PASSWORD@… is taken apart: the password is stored beside, and never shown again')
    .option('--id <id>', 'a name of your own; the same again changes that feed')
    .option('--name <name>', 'what people call it')
    .option('--every <minutes>', 'between two polls', '60')
    .option('--format <format>', 'when its first bytes do not say')
    .option('--type <items|reviews|events>', 'what the rows are, when their shape does not say')
    .option('--currency <code>', 'of prices that carry none', 'USD')
    .option('--map <field=column...>', 'columns of a CSV that are named otherwise')
    .option('--header <name: value...>', 'sent along, such as a password; never shown again')
    .option('--keep', 'leave items that vanish from it as they are')
    .action(async (url: string, flags: AddFlags) => {
      const body = {
        url,
        name: flags.name,
        everyMinutes: Number(flags.every),
        format: flags.format,
        type: flags.type,
        currency: flags.currency.toUpperCase(),
        mapping: Object.fromEntries(
          (flags.map ?? []).map((pair) => [pair.split('=', 1)[0]!, pair.slice(pair.indexOf('=') + 1)]),
        ),
        headers: Object.fromEntries(
          (flags.header ?? []).map((pair) => [pair.split(':', 1)[0]!.trim(), pair.slice(pair.indexOf(':') + 1).trim()]),
        ),
        vanished: flags.keep ? 'keep' : 'discontinue',
      };
      show(
        await context.withApi((api) =>
          flags.id === undefined
            ? api.call<FeedShown>('POST', '/v1/admin/feeds', body)
            : api.call<FeedShown>('PUT', path(flags.id), body),
        ),
      );
    });
  feeds
    .command('run')
    .description('poll a feed now')
    .argument('<id>')
    .option('--accept', 'discontinue what vanished, however much: the answer to a suspicious run')
    .action(async (id: string, { accept }: { accept?: boolean }) =>
      show(await one('POST', '/run')(id, { accept: accept ?? false })),
    );
  feeds
    .command('pause')
    .description('poll it no longer')
    .argument('<id>')
    .action(async (id: string) => show(await one('PATCH')(id, { paused: true })));
  feeds
    .command('resume')
    .description('poll it again, at once')
    .argument('<id>')
    .action(async (id: string) => show(await one('PATCH')(id, { paused: false })));
  feeds
    .command('remove')
    .description('forget it; its items stay as they are')
    .argument('<id>')
    .action(async (id: string) => {
      await one('DELETE')(id);
      context.print(`${id} is forgotten`);
    });
};

const lineOf = ({ id, name, url, state, items, everyMinutes, lastRun, nextRunAt }: FeedShown): string => {
  const last = lastRun
    ? `last ${lastRun.finishedAt}: ${lastRun.outcome}${lastRun.message ? ` (${lastRun.message})` : ''}`
    : 'never polled';
  const next = nextRunAt ? `, next ${nextRunAt}` : '';
  return `${id}  ${name ? `${name}  ` : ''}${url}\n    ${state}, every ${everyMinutes} min, ${items} items; ${last}${next}`;
};
