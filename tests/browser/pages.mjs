// Opens every page at two widths, light and dark: axe, hostile strings, no JavaScript, keys, requests to other servers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { BASE: base, CHROMIUM: executablePath, SCREENSHOTS: folder } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args });
const hostile = '<img src=x onerror=alert(1)>';
let checks = 0;

async function open(options, work) {
  const context = await browser.newContext({ baseURL: base, ...options });
  const page = await context.newPage();
  page.on('request', (request) => assert.ok(request.url().startsWith(base), `it asks ${request.url()}`));
  page.on('dialog', (dialog) => dialog.accept());
  page.on('pageerror', (error) => assert.fail(error));
  page.on('console', (message) => assert.ok(!/Content Security Policy/.test(message.text()), message.text()));
  await work(page);
  await context.close();
  checks += 1;
}

const api = async (path, options) => (await fetch(base + path, options)).json();
const text = `Well-known e.g. 3.14 — it’s and/or naïve… ${'Plain words stand here. '.repeat(40)}`;
const counted = await api('/jobs?wait=10s&why=true&label=team:docs', { method: 'POST', body: text });
const form = new FormData();
form.append('label', `x:${hostile}`);
form.append('file', new Blob([`<p>${hostile} four-five`], { type: 'text/html' }), `${hostile}.html`);
const named = await api('/jobs?wait=10s&why=true', { method: 'POST', body: form });
const failed = await api('/jobs?wait=10s', { method: 'POST', body: new URLSearchParams({ url: 'http://10.0.0.1/x' }) });
const paths = { count: '/', result: `/ui/jobs/${counted.id}`, hostile: `/ui/jobs/${named.id}`, failed: `/ui/jobs/${failed.id}`,
  overview: '/ui', jobs: '/ui/jobs', errors: '/ui/errors', nothing: '/ui/nothing', filter: '/ui/jobs?state=dead' };

for (const colorScheme of ['light', 'dark']) {
  for (const width of [390, 1280]) {
    await open({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
      for (const [name, path] of Object.entries(paths)) {
        let bytes = 0;
        const add = async (response) => { bytes += (await response.body()).length; };
        page.on('response', add);
        await page.goto(path, { waitUntil: 'networkidle' });
        page.off('response', add);
        assert.ok(bytes < 60_000, `${path} has ${bytes} bytes`);
        await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: true });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${path} is ${wide} px too wide at ${width}`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html}`), [], `${path} ${width} ${colorScheme}`);
        assert.equal(await page.locator('img').count(), 0, `${path} holds a hostile image`);
      }
    });
  }
}

await open({ javaScriptEnabled: false, reducedMotion: 'reduce' }, async (page) => {
  await page.goto('/');
  await page.fill('textarea', 'a well-known fact');
  await page.click('button[type=submit]');
  assert.match(page.url(), /\/ui\/jobs\/[0-9a-f-]{36}$/);
  assert.match(await page.textContent('.waterfall'), /Hyphens/);
  await page.selectOption('select[name=to]', 'ascii');
  await page.click('.pair button');
  assert.match(page.url(), /to=ascii/);
  await page.click('form[action$="/delete"] button');
  assert.match(page.url(), /\/ui\/jobs$/);
});

await open({}, async (page) => {
  await page.goto('/');
  await page.setInputFiles('input[type=file]', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('three little words') });
  await page.click('button[type=submit]');
  await page.waitForURL(/\/ui\/jobs\//);
  assert.match(await page.textContent('.number'), /3/);
  await page.goto('/');
  await page.fill('input[name=url]', 'http://10.0.0.1/');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/ui\/jobs\//);
  await page.waitForSelector('text=What this means');
});

await open({}, async (page) => {
  await page.goto('/ui/jobs');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const focused = await page.evaluate(() => document.activeElement.id);
  assert.match(focused, /^job-/);
  await api('/jobs?wait=10s', { method: 'POST', body: 'a new row' });
  await page.waitForFunction((rows) => document.querySelectorAll('tr[data-row]').length > rows, await page.locator('tr[data-row]').count(), { timeout: 100 }).catch(() => {});
  await page.waitForTimeout(2500);
  assert.equal(await page.evaluate(() => document.activeElement.id), focused, 'an update keeps the focus');
  await page.route('**/*', (route) => route.abort());
  await page.waitForSelector('text=stale since', { timeout: 8000 });
  await page.unroute('**/*');
  await page.waitForSelector('#live-state:not(.stale)', { timeout: 15000 });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-q');
});

await browser.close();
console.log(`test-browser: ${checks} checks passed, ${Object.keys(paths).length * 4} screenshots in ${folder}`);
