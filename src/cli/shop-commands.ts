import { Option } from 'commander';
import { forEverybody, resumeAfter, toFile } from '../campaigns/campaigns.api.js';
import { Problem } from '../platform/platform.api.js';
import type { RegisterCommand } from './command-context.js';

interface Shown {
  requestId: string;
  fallback: string | null;
  warnings: string[];
  items: {
    id: string;
    rank: number;
    score: number;
    item: { title: string };
    reasons?: { source: string; share: number }[];
  }[];
}

interface Coverage {
  [name: string]: unknown;
}

const json = new Option('--json', 'one JSON document');

const filterOf = (text: string | undefined): unknown => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem({
      code: 'VIT_USAGE',
      status: 400,
      title: 'Wrong usage',
      detail: `--filter is not JSON: ${(error as Error).message}`,
      cause: error,
    });
  }
};

/** `recommend` and `embed`: what the API does, from a terminal. */
export const registerShopCommands: RegisterCommand = (program, context) => {
  const everybody = async (o: { placement: string; limit: string; filter?: string; out?: string }): Promise<void> => {
    const request = { placement: o.placement, limit: Number(o.limit), filter: filterOf(o.filter) };
    const after = o.out ? await resumeAfter(o.out) : null;
    if (after !== null) context.say(`going on after ${after}`);
    const write = o.out ? toFile(o.out) : async (lines: string) => context.print(lines.trimEnd());
    const count = await context.withApi((api) => forEverybody(api, request, after, write));
    context.say(`${count} people${o.out ? `, in ${o.out}` : ''}`);
  };

  program
    .command('recommend')
    .description('what a visitor would see')
    .option('--placement <name>', 'where', 'home')
    .option('--visitor <id>')
    .option('--user <id>')
    .option('--item <id...>', 'items that are looked at now')
    .option('--text <words>', 'words of the moment')
    .option('--filter <json>', 'a filter as the API takes it')
    .option('--limit <number>', '1 to 100', '12')
    .option('--all', 'for every consenting user, one JSON object a line (for e-mail: --all --placement email)')
    .option('--out <file>', 'with --all: where to; a run that was broken off goes on where it stood')
    .addOption(json)
    .action(
      async (o: {
        placement: string;
        visitor?: string;
        user?: string;
        item?: string[];
        text?: string;
        filter?: string;
        limit: string;
        all?: boolean;
        out?: string;
        json?: boolean;
      }) => {
        if (o.all) return everybody(o);
        const body = {
          placement: o.placement,
          visitorId: o.visitor,
          userId: o.user,
          limit: Number(o.limit),
          filter: filterOf(o.filter),
          ...(o.item || o.text ? { context: { itemIds: o.item, text: o.text } } : {}),
        };
        const answer = await context.withApi((api) => api.call<Shown>('POST', '/v1/recommendations', body));
        if (o.json) return context.printJson(answer);
        for (const warning of answer.warnings) context.say(warning);
        if (answer.fallback) context.say(`fallback: ${answer.fallback}`);
        for (const { rank, id, score, item, reasons } of answer.items)
          context.print(
            `${String(rank).padStart(3)}  ${score.toFixed(3)}  ${id}  ${item.title}  (${(reasons ?? []).map(({ source, share }) => `${source} ${Math.round(share * 100)} %`).join(', ')})`,
          );
      },
    );

  program
    .command('embed')
    .description('embed what has no vectors yet')
    .option('--all', 'everything anew')
    .addOption(json)
    .action(async (o: { all?: boolean; json?: boolean }) => {
      const coverage = await context.withApi((api) =>
        api.call<Coverage>('POST', '/v1/admin/embedding', { all: o.all ?? false }),
      );
      if (o.json) context.printJson(coverage);
      else
        context.print(
          Object.entries(coverage)
            .map(([field, value]) => `${field}: ${JSON.stringify(value)}`)
            .join('\n'),
        );
    });
};
