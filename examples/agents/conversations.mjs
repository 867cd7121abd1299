// Two conversations with a shop through `vitrine mcp`, really run: `node examples/agents/conversations.mjs [--out FILE]`.
//
// There is no language model here. A script stands in for it: for each thing the customer says it decides which tool to call, and it puts what the tools answered into
// sentences. The Model Context Protocol, the tools, the shop and its answers are real. Needs `npm run build`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import sharp from 'sharp';

const vitrine = join(import.meta.dirname, '..', '..', 'bin', 'vitrine.mjs');
const out = process.argv.includes('--out') ? process.argv[process.argv.indexOf('--out') + 1] : null;
const transcript = [];
const write = (line = '') => {
  transcript.push(line);
  if (!out) console.log(line);
};

/** The demo shop in a folder of its own. */
const openShop = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-conversation-'));
  const env = { ...process.env, PORT: '0', VITRINE_DATA_DIR: folder, VITRINE_DEMO: 'auto', LOG_LEVEL: 'error' };
  delete env.DATABASE_URL;
  const shop = spawn(process.execPath, [vitrine, 'start'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let url = null;
  for await (const line of createInterface(shop.stdout)) {
    url = /^vitrine ready (\S+)/.exec(line)?.[1] ?? null;
    if (url) break;
  }
  if (!url) throw new Error('the demo shop did not start');
  shop.stdout.resume();
  return {
    url,
    env,
    async close() {
      const ended = once(shop, 'exit');
      shop.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** A value as it is shown here: pictures by their size, long texts and lists cut, and said so. */
const shortened = (value) => {
  if (typeof value === 'string')
    return value.length > 400
      ? `‹${value.length} characters of base64, a JPEG›`
      : value.length > 110
        ? `${value.slice(0, 110)}…`
        : value;
  if (typeof value === 'number') return Math.round(value * 1000) / 1000;
  if (Array.isArray(value))
    return [...value.slice(0, 3).map(shortened), ...(value.length > 3 ? [`… ${value.length - 3} more`] : [])];
  if (value && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .filter(
          ([name, each]) =>
            !['image', 'url', 'fallback', 'model'].includes(name) && !(Array.isArray(each) && each.length === 0),
        )
        .map(([name, each]) => [name, shortened(each)]),
    );
  return value;
};

const customer = (text) => write(`> **Customer:** ${text}\n`);
const assistant = (text) => write(`> **Assistant** (script): ${text}\n`);
const money = ({ amount, currency }) => `${amount} ${currency}`;

const toolsOf = (agent) => async (name, args) => {
  const answer = await agent.callTool({ name, arguments: args });
  if (answer.isError) throw new Error(`${name}: ${answer.content[0].text}`);
  const pictures = answer.content.filter(({ type }) => type === 'image').length;
  write(`\`${name}\` ${JSON.stringify(shortened(args))}`);
  write('```json');
  const told = answer.structuredContent;
  const shown = told.products
    ? { ...told, products: told.products.map(({ reasons: _, rank: __, ...rest }) => rest) }
    : told;
  for (const [field, value] of Object.entries(shortened(shown))) write(`${field}: ${JSON.stringify(value)}`);
  if (pictures > 0) write(`and ${pictures} pictures`);
  write('```\n');
  return told;
};

/** A shopper's snapshot of a thing they have at home: the shop's own picture, cropped, tilted, darkened, small and badly compressed. */
const snapshotOf = async (shop, path) => {
  const bytes = Buffer.from(await (await fetch(`${shop.url}${path}`)).arrayBuffer());
  const { width, height } = await sharp(bytes).metadata();
  const cut = await sharp(bytes)
    .extract({
      left: Math.round(width * 0.06),
      top: Math.round(height * 0.12),
      width: Math.round(width * 0.88),
      height: Math.round(height * 0.84),
    })
    .rotate(7, { background: '#3a3530' })
    .toBuffer();
  const photo = await sharp(cut)
    .resize({ width: 420 })
    .modulate({ brightness: 0.8, saturation: 0.85 })
    .blur(1.1)
    .jpeg({ quality: 45 })
    .toBuffer();
  return photo.toString('base64');
};

const listed = (words) => words.map(({ word, score }) => `${word} (${Math.round(score * 100)} %)`).join(', ');
const quoted = ({ quotations }) =>
  quotations.map(({ text, rating }) => `“${text}”${rating ? ` (${rating}★)` : ''}`).join(' and ');

/** A customer's photograph: what is it, is it still sold, what do others say, and is there one in another colour? */
const customerService = async (use, photo) => {
  write('### Customer service, from a photograph\n');
  customer('*(a photograph)* A leg of this chair broke. I don’t know what it’s called. Do you still have it?');
  const { products } = await use('search_products', { image_base64: photo, limit: 3, with_pictures: true });
  const [found, next] = products;
  assistant(
    `That looks like our “${found.title}”, ${money(found.price)}, ${found.availability === 'in_stock' ? 'in stock' : found.availability.replaceAll('_', ' ')}. If it isn’t: the next nearest is “${next.title}”.`,
  );
  customer('Yes! Is mine the only one that didn’t hold?');
  const seen = await use('describe_item', { item_id: found.id });
  const { agree, disagree, count, meanRating } = seen.reviews;
  const lasting = [...disagree, ...agree].find(({ aspect }) => aspect === 'durability') ?? disagree[0] ?? agree[0];
  assistant(
    `${count} people reviewed it, ${meanRating} stars on average. ${lasting ? `On ${lasting.aspect} (${lasting.reviewers} of them): ${quoted(lasting)}.` : 'Nobody speaks of that.'} On the picture I see: ${listed(seen.seen.kind.slice(0, 2))}; colours ${listed(seen.seen.colour)}.`,
  );
  customer('Then rather something like it, but yellow.');
  const other = await use('search_products', {
    image_base64: photo,
    text: 'a yellow chair',
    filter: { availability: 'in_stock', id: { ne: found.id } },
    limit: 3,
  });
  assistant(
    `${other.products.map(({ title, price }) => `“${title}”, ${money(price)}`).join('; ')}. Shall I set the first aside for you?`,
  );
};

/** Somebody furnishes a corner: with consent the past counts, without it the page alone. */
const advice = async (use, userId) => {
  write('### Advice, with and without the customer’s past\n');
  customer('I’m looking at the bamboo desk. What goes with it for under 150 euros?');
  const context = {
    placement: 'product',
    item_ids: ['bamboo-writing-desk'],
    filter: { price: { lte: 150 } },
    limit: 3,
  };
  const plain = await use('recommend', { ...context, user_id: userId, personalization_consent: false });
  assistant(
    `From the desk alone (${plain.personalized ? 'personal' : 'nothing of your past was read'}): ${plain.products.map(({ title }) => `“${title}”`).join(', ')}.`,
  );
  customer('You may use what I looked at before.');
  const personal = await use('recommend', { ...context, user_id: userId, personalization_consent: true });
  assistant(`Then: ${personal.products.map(({ title, price }) => `“${title}”, ${money(price)}`).join('; ')}.`);
  customer('Why the first one?');
  const [first] = personal.products;
  const why = await use('explain', {
    item_id: first.id,
    placement: 'product',
    item_ids: context.item_ids,
    user_id: userId,
    personalization_consent: true,
  });
  assistant(
    why.recommended
      ? `It stands at ${why.rank} of everything: ${why.reasons.map(({ source, share, because }) => `${Math.round(share * 100)} % ${source}${because?.itemId ? ` (${because.itemId})` : ''}`).join(', ')}.`
      : `Without the limit on the price it isn't shown: ${why.why}.`,
  );
};

const shop = await openShop();
const agent = new Client({ name: 'conversations', version: '1' });
try {
  await agent.connect(
    new StdioClientTransport({ command: process.execPath, args: [vitrine, 'mcp'], env: shop.env, stderr: 'ignore' }),
  );
  const use = toolsOf(agent);
  const { image } = (
    await agent.callTool({ name: 'search_products', arguments: { text: 'worn white bentwood café chair', limit: 1 } })
  ).structuredContent.products[0];
  await customerService(use, await snapshotOf(shop, new URL(image, shop.url).pathname));
  await advice(use, 'demo-shopper-001');
  if (out) await writeFile(out, `${transcript.join('\n')}\n`);
} finally {
  await agent.close();
  await shop.close();
}
