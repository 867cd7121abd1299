import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiExamples } from '../../src/storefront/api-examples.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { chromiumPath, openBrowser } from '../support/browser.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

interface Operation {
  requestBody?: { content: Record<string, { example?: unknown }> };
}

describe('the examples of /docs', () => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!, { VITRINE_DEMO: 'auto' });
    for (let tries = 0; (await shop.call('GET', '/health/ready')).status !== 200; tries++) {
      if (tries > 2_000) throw new Error('the demo shop is not ready within four minutes');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, 260_000);
  afterAll(() => shop?.close());

  it('all run as they stand on the demo shop', async () => {
    const document = (await (await fetch(`${shop.running.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const failed: string[] = [];
    for (const [call, { path = {}, body }] of Object.entries(apiExamples)) {
      const [method = '', route = ''] = call.split(' ');
      const operation = document.paths[route]?.[method.toLowerCase()];
      expect(operation, call).toBeDefined();
      if (body !== undefined)
        for (const media of Object.values(operation!.requestBody!.content)) expect(media.example).toEqual(body);
      const address = route.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(path[name]!));
      const response = await fetch(shop.running.url + address, {
        method,
        headers: {
          authorization: `Bearer ${testKeys.admin}`,
          'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json',
        },
        body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const answer = await response.text();
      if (!response.ok || /"rejected":\[\{/.test(answer))
        failed.push(`${call}: ${response.status} ${answer.slice(0, 300)}`);
    }
    expect(failed).toEqual([]);
  });

  it.runIf(chromiumPath())('and in the browser: authorise, fill in, execute, read the answer', async () => {
    const watched = await openBrowser(shop.running.url!, { width: 1440 });
    const { page } = watched;
    await page.goto(`${shop.running.url}/docs`);
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').first().fill(testKeys.admin);
    await page.locator('.auth-container .authorize').first().click();
    await page.locator('.btn-done').first().click();
    const field = page.getByRole('searchbox', { name: 'Find a call' });
    const told = page.locator('[role=search] [role=status]');
    const all = Number(/^(\d+) calls$/.exec((await told.textContent())!)![1]);
    expect(all).toBeGreaterThan(100);
    await field.fill('webhook secret');
    await page.getByText(`1 of ${all} calls`).waitFor();
    expect(await page.locator('.opblock-summary-path').allTextContents()).toEqual(['/v1/admin/webhooks/{id}/secret']);
    await field.fill('no call is named so');
    await page.getByText('No call has these words.').waitFor();
    await field.fill('post /v1/search');
    await page.getByText(`1 of ${all} calls`).waitFor();
    const search = page.locator('.opblock', { has: page.locator('[data-path="/v1/search"]') });
    await search.locator('.opblock-summary-control').click();
    const answered = page.waitForResponse((response) => response.url().endsWith('/v1/search'));
    await search.locator('.execute').click();
    const response = await answered;
    expect(response.status()).toBe(200);
    expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(6);
    await search.locator('.live-responses-table').getByText('200').first().waitFor();
    await watched.close();
    expect(watched.consoleErrors).toEqual([]);
    expect(watched.foreignRequests).toEqual([]);
  });
});
