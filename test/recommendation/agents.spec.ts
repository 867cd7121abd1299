import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';
import { type OpenShop, openShop, pictureOf } from './open-shop.js';

interface Told {
  isError?: boolean;
  structuredContent?: Record<string, unknown>;
  content: { type: string; text?: string; data?: string; mimeType?: string }[];
}

describe('an agent with the Model Context Protocol', () => {
  let shop: OpenShop;
  let agent: Client;
  const use = async (name: string, args: Record<string, unknown>, by = agent): Promise<Told> =>
    (await by.callTool({ name, arguments: args })) as unknown as Told;
  const overHttp = (key: string) =>
    new StreamableHTTPClientTransport(new URL(`${shop.running.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${key}` } },
    });

  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!);
    const items = [];
    for (const colour of ['red', 'blue', 'green'])
      for (const shape of ['circle', 'square'] as const)
        items.push({
          id: `${shape}-${colour}`,
          title: `${colour} ${shape}`,
          images: [{ data: await pictureOf(shape, colour) }],
        });
    // No words but what has to be there: what is said of it must be seen.
    const red = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#d01020' } })
      .jpeg()
      .toBuffer();
    await shop.fill([...items, { id: 'nameless', title: 'No. 7', images: [{ data: red.toString('base64') }] }]);
    for (const [id, text, rating] of [
      ['r1', 'It is so comfortable that I fell asleep. Arrived on a Tuesday.', 5],
      ['r2', 'Very comfortable to sit in.', 5],
      ['r3', 'It was sturdy and has lasted for years.', 4],
      ['r4', 'It broke after a week, it wore out so quickly.', 1],
    ] as const)
      await shop.call('PUT', `/v1/items/nameless/reviews/${id}`, { text, rating });
    agent = new Client({ name: 'test', version: '1' });
    await agent.connect(overHttp(testKeys.server));
  });
  afterAll(async () => {
    await agent?.close();
    await shop?.close();
  });

  it('finds five tools, each with a description', async () => {
    const { tools } = await agent.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'describe_item',
      'explain',
      'recommend',
      'search_products',
      'similar',
    ]);
    for (const { description } of tools) expect(description!.length).toBeGreaterThan(30);
  });

  it('searches with a picture, and gets the pictures of what it found', async () => {
    const told = await use('search_products', {
      image_base64: await pictureOf('square', 'blue', 3),
      limit: 3,
      with_pictures: true,
    });
    const { products } = told.structuredContent as { products: { id: string }[] };
    expect(products[0]!.id).toBe('square-blue');
    const shown = told.content.filter(({ type }) => type === 'image');
    expect(shown).toHaveLength(3);
    expect(shown[0]!.mimeType).toBe('image/webp');
    expect(Buffer.from(shown[0]!.data!, 'base64').subarray(8, 12).toString()).toBe('WEBP');
  });

  it('is told what is seen on an item without a description, and what its reviewers agree and disagree on', async () => {
    const { structuredContent } = await use('describe_item', { item_id: 'nameless' });
    const { seen, reviews } = structuredContent as {
      seen: Record<string, { word: string; score: number }[]>;
      reviews: { count: number; agree: Opinion[]; disagree: Opinion[] };
    };
    interface Opinion {
      aspect: string;
      verdict: string;
      quotations: { text: string; reviewId: string }[];
    }
    expect(Object.keys(seen).sort()).toEqual(['colour', 'kind', 'material', 'mood', 'style']);
    expect(seen.colour).toEqual([{ word: 'red', score: 1 }]);
    for (const list of ['kind', 'material', 'style', 'mood']) {
      expect(seen[list]).toHaveLength(3);
      expect(seen[list]![0]!.score).toBeGreaterThanOrEqual(seen[list]![1]!.score);
    }
    expect(reviews.count).toBe(4);
    const comfort = reviews.agree.find(({ aspect }) => aspect === 'comfort')!;
    expect(comfort.verdict).toBe('praise');
    expect(comfort.quotations.map(({ text }) => text)).toContain('Very comfortable to sit in.');
    const lasting = reviews.disagree.find(({ aspect }) => aspect === 'durability')!;
    expect(lasting.quotations.map(({ reviewId }) => reviewId).sort()).toEqual(['r3', 'r4']);
  });

  it('recommends from a history only with consent, and explains what it recommended', async () => {
    for (const id of ['circle-green', 'square-green'])
      await shop.call('POST', '/v1/events', {
        type: 'view',
        visitorId: 'anna',
        itemId: id,
        consent: { personalization: true },
      });
    const without = await use('recommend', { visitor_id: 'anna', personalization_consent: false });
    expect(without.structuredContent).toMatchObject({ personalized: false, fallback: 'no_consent' });
    const told = await use('recommend', { visitor_id: 'anna', personalization_consent: true, limit: 5 });
    const { products, personalized } = told.structuredContent as { personalized: boolean; products: { id: string }[] };
    expect(personalized).toBe(true);
    const why = await use('explain', { item_id: products[0]!.id, visitor_id: 'anna', personalization_consent: true });
    expect(why.structuredContent).toMatchObject({ recommended: true, rank: 1, personalized: true });
    const { reasons } = why.structuredContent as { reasons: { source: string; share: number }[] };
    expect(reasons.map(({ source }) => source)).toContain('history');
    const lacking = await use('explain', { item_id: 'circle-green', item_ids: ['circle-green'] });
    expect(lacking.structuredContent).toMatchObject({ recommended: false });
  });

  it('hears in a sentence what was wrong, and nothing at all without a key that may', async () => {
    const told = await use('similar', { item_id: 'never-heard-of' });
    expect(told.isError).toBe(true);
    expect(told.content[0]!.text).toContain('never-heard-of');
    const nobody = new Client({ name: 'test', version: '1' });
    await expect(nobody.connect(overHttp(testKeys.publishable))).rejects.toThrow(/403/);
    await expect(nobody.connect(overHttp('wrong-key-wrong-key-wrong'))).rejects.toThrow(/401/);
  });

  it('talks over standard input and output as well', async () => {
    const local = new Client({ name: 'test', version: '1' });
    await local.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [
          join(import.meta.dirname, '..', '..', 'bin', 'vitrine.mjs'),
          'mcp',
          '--url',
          shop.running.url!,
          '--key',
          testKeys.server,
        ],
        stderr: 'ignore',
      }),
    );
    try {
      const told = await use('similar', { item_id: 'circle-red', limit: 2 }, local);
      expect((told.structuredContent as { products: unknown[] }).products).toHaveLength(2);
    } finally {
      await local.close();
    }
  });
});
