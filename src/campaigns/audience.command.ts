import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Problem } from '../platform/platform.api.js';
import type { AudienceMember } from './audience.schema.js';

interface Surroundings {
  withApi<T>(work: (api: { url: string; token: string }) => Promise<T>): Promise<T>;
  say(text: string): void;
}

interface Flags {
  item?: string[];
  image?: string[];
  text?: string;
  people: string;
  limit: string;
  least: string;
  format: string;
}

/** `vitrine audience`: who among consenting people is nearest to a product, a picture or a sentence. */
export const registerAudience = (program: Command, context: Surroundings): void => {
  program
    .command('audience')
    .description('who among consenting people is nearest to a product, a picture or a sentence')
    .option('--item <id...>', 'products')
    .option('--image <file-or-address...>', 'pictures')
    .option('--text <words>', 'a sentence')
    .option('--people <users|visitors>', 'signed-in users, or anonymous visitors', 'users')
    .option('--limit <number>', 'how many, nearest first', '1000')
    .option('--least <cosine>', 'nearness under which nobody is named', '-1')
    .option('--format <ndjson|csv>', 'how it is printed', 'ndjson')
    .action(async (flags: Flags) => {
      if (!['ndjson', 'csv'].includes(flags.format)) throw usage(`--format ${flags.format}: ndjson or csv is wanted`);
      if (!flags.item && !flags.image && !flags.text) throw usage('audience needs --item, --image or --text');
      const images = await Promise.all((flags.image ?? []).map(pictureOf));
      const body = {
        itemIds: flags.item ?? [],
        images,
        text: flags.text,
        people: flags.people,
        limit: Number(flags.limit),
        least: Number(flags.least),
      };
      await context.withApi(async ({ url, token }) => {
        const response = await fetch(`${url}/v1/admin/audience`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        if (!response.ok) throw await refusal(response);
        const members = await response.text();
        if (members === '')
          context.say(
            'nobody: no one who did something here has agreed to personal recommendations (PUT /v1/users/{id}/consent)',
          );
        await print(members, flags);
      });
    });
};

const pictureOf = async (place: string): Promise<{ url: string } | { data: string }> => {
  if (/^https?:\/\//.test(place)) return { url: place };
  try {
    return { data: (await readFile(place)).toString('base64') };
  } catch (error) {
    throw usage(`--image ${place}: ${(error as Error).message}`);
  }
};

const refusal = async (response: Response): Promise<Problem> => {
  const answer = (await response.json()) as { code: string; title: string; detail: string; errors?: Problem['errors'] };
  return new Problem({ ...answer, status: response.status });
};

const usage = (detail: string): Problem =>
  new Problem({ code: 'VIT_USAGE', status: 400, fault: 'shop', title: 'Wrong usage', detail });

const print = async (lines: string, { format, people }: Flags): Promise<void> => {
  if (format === 'ndjson') return written(lines);
  const id = people === 'visitors' ? 'visitorId' : 'userId';
  await written(`rank,${id},score,because\n`);
  for (const line of lines.split('\n').filter((each) => each !== '')) {
    const member = JSON.parse(line) as AudienceMember;
    await written(`${member.rank},${cell(member[id] ?? '')},${member.score},${cell(member.because.itemId)}\n`);
  }
};

/** RFC 4180; a cell that a spreadsheet would take for a formula is told to be text. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const written = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
