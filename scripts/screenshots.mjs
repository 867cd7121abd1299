// `npm run screenshots [-- --url http://127.0.0.1:3000 --admin-key KEY --visits MINUTES]`: pictures of the shop and the admin page for the documentation,
// from a running Vitrine. With `--visits` simulated shoppers of the demo browse for so long before, so that the charts have something to show.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { root } from './lib/paths.mjs';
import { which } from './lib/process.mjs';

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const url = option('url', 'http://127.0.0.1:3000');
const key = option('admin-key', process.env.VITRINE_ADMIN_KEY);
const executablePath = which('chromium', 'chromium-browser', 'google-chrome');
if (!executablePath) {
  console.error('no Chromium on this machine: install one first');
  process.exit(2);
}
const folder = join(root, 'docs', 'images');
if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

/** Somebody of the demo's simulated shoppers asks for a row every second or so, and opens something of every third one. */
const browseFor = async (minutes) => {
  const call = async (path, body) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.ok ? response.json() : { items: [] };
  };
  const consent = { personalization: true };
  let last = 'black-shell-armchair';
  const end = Date.now() + minutes * 60_000;
  for (let turn = 0; Date.now() < end; turn++) {
    const userId = `demo-shopper-${String((turn * 37) % 200).padStart(3, '0')}`;
    const placement = ['home', 'product', 'category', 'product'][turn % 4];
    const context = placement === 'product' ? { itemIds: [last] } : {};
    const { requestId, items } = await call('/v1/recommendations', { placement, userId, context, consent, limit: 8 });
    if (items.length && turn % 3 === 0) {
      last = items[turn % Math.min(4, items.length)].id;
      await call('/v1/events', { type: 'click', userId, itemId: last, requestId, consent });
    }
    await new Promise((resolve) => setTimeout(resolve, 600 + ((turn * 211) % 900)));
  }
};

const shoot = async (name, path, { width = 1280, height = 860, dark = false, prepare } = {}) => {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  await page.goto(url + path);
  if (prepare) await prepare(page);
  await page.waitForTimeout(2500);
  await sharp(await page.screenshot())
    .jpeg({ quality: 74, mozjpeg: true })
    .toFile(join(folder, `${name}.jpg`));
  console.log(`docs/images/${name}.jpg`);
  await page.close();
};
const answered = async (page) => {
  await page.evaluate("localStorage.setItem('vitrine', JSON.stringify({ consent: false }))");
  await page.reload();
};
const signedIn = async (page) => {
  await page.fill('input[type=password]', key);
  await page.click('button.primary');
  await page.waitForSelector('nav');
};
if (key && Number(option('visits', 0)) > 0) await browseFor(Number(option('visits', 0)));
await shoot('shop', '/shop', { prepare: answered });
await shoot('product', '/shop/product/black-shell-armchair', {
  height: 1180,
  prepare: async (page) => {
    await answered(page);
    await page.waitForSelector('.thumbs button');
    await page.click('.thumbs li:nth-child(2) button');
  },
});
await shoot('why', '/shop', {
  height: 760,
  prepare: async (page) => {
    await page.evaluate('window.vitrine.setConsent(true)');
    await page.goto(`${url}/shop/product/black-shell-armchair`);
    await page.click('.facts .primary');
    await page.waitForTimeout(2500);
    await page.goto(`${url}/shop`);
    await page.waitForTimeout(1500);
    await page.locator('vitrine-recommendations .tools button').first().click();
  },
});
await shoot('shop-narrow', '/shop', { width: 360, height: 740, dark: true, prepare: answered });
if (key) {
  await shoot('admin', '/admin', { height: 1180, prepare: signedIn });
  await shoot('admin-models', '/admin/models', { prepare: signedIn });
  await shoot('admin-map', '/admin/map', {
    prepare: async (page) => {
      await signedIn(page);
      await page.waitForSelector('.spot img');
    },
  });
  await shoot('admin-try-out', '/admin/try', {
    dark: true,
    height: 1180,
    prepare: async (page) => {
      await signedIn(page);
      await page.fill('.picker input', 'black shell armchair');
      await page.click('.found button');
      await page.fill('input[placeholder="for a small flat"]', 'something warmer');
      await page.click('text=Two models side by side');
      await page.selectOption('[aria-label="fusion of B"]', { index: 2 });
      await page.click('button.primary[type=submit]');
      await page.waitForSelector('.results li');
    },
  });
} else console.log('left out: the admin page (give --admin-key)');
await browser.close();
