// Opens pages in Chromium and checks what holds for every one of them. Prints a line for each failure.
//
// node page.mjs CHROMIUM PAGE…
//
// A page is a file or an address. A file loads nothing, an address nothing from elsewhere.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const [executablePath, ...pages] = process.argv.slice(2);
const LARGEST = 300_000;
const DESK = { width: 1200, height: 900 };
const PHONE = { width: 390, height: 844 };
const SETTINGS = [
  { name: 'light', viewport: DESK, colorScheme: 'light' },
  { name: 'dark', viewport: DESK, colorScheme: 'dark' },
  { name: 'phone', viewport: PHONE, colorScheme: 'light', isMobile: true, hasTouch: true },
];
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

const failures = [];

/** Notes a failure unless the condition holds. */
const expect = (where, condition, message) => {
  if (!condition) failures.push(`${where}: ${message}`);
};

/** Opens a page, and notes errors, dialogs and everything that it loads. */
const open = async (context, url, where) => {
  const { origin } = new URL(url);
  const page = await context.newPage();
  page.on('console', (message) => {
    expect(where, !['error', 'warning'].includes(message.type()), `console: ${message.text()}`);
  });
  page.on('pageerror', (error) => expect(where, false, `script: ${error.message}`));
  page.on('dialog', (dialog) => {
    expect(where, false, `dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    const loaded = request.url().split('#')[0];
    const isOwn = loaded === url || (origin !== 'null' && new URL(loaded).origin === origin);
    expect(where, isOwn, `loads ${loaded}`);
  });
  await page.goto(url);
  return page;
};

const accessibility = async (page, where) => {
  await page.evaluate(axe.source);
  // Describing and sending every element that passes takes most of the time.
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return found.violations;
  });
  for (const { id, help, nodes } of violations) {
    const places = nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`);
    expect(where, false, `${id}: ${help}: ${places.join(' | ')}`);
  }
};

const layout = async (page, where) => {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(where, wider <= 0, `scrolls sideways by ${wider} pixels`);
};

/** Folded parts open with Enter, and all of them before the page is printed. */
const folding = async (page, where) => {
  const summary = page.locator('summary').first();
  if ((await summary.count()) === 0) return;
  await summary.focus();
  await page.keyboard.press('Enter');
  const isOpen = await summary.evaluate((element) => element.parentElement.open);
  expect(where, isOpen, 'Enter does not open the first folded part');
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  expect(where, (await page.locator('details:not([open])').count()) === 0, 'prints folded parts');
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
};

/** The first stop of the keyboard leads past the links. */
const skipLink = async (page, where) => {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const focused = await page.evaluate(() => document.activeElement.id);
  expect(where, focused === 'main', `the skip link leads to ${focused || 'nothing'}`);
};

/** A link to a folded part opens it. */
const deepLink = async (context, page, url, where) => {
  const id = await page.evaluate(() => document.querySelector('details [id]')?.id);
  if (!id) return;
  const linked = await open(context, url, where);
  await linked.evaluate((id) => { location.hash = id; }, id);
  await linked.waitForFunction((id) => document.getElementById(id).closest('details').open, id);
  await linked.close();
};

/** Every link within the page leads somewhere. */
const links = async (page, where) => {
  const dead = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')]
    .map((link) => link.getAttribute('href'))
    .filter((href) => !document.getElementById(decodeURIComponent(href.slice(1)))));
  expect(where, dead.length === 0, `dead links: ${dead}`);
};

/** A waterfall opens with Enter; its rows are chosen by the arrow keys and by a click, and read out. */
const waterfall = async (page, where) => {
  const fall = page.locator('details.fall').first();
  if ((await fall.count()) === 0) return;
  await fall.evaluate((element) => { element.open = false; });
  await fall.locator('summary').first().focus();
  await page.keyboard.press('Enter');
  expect(where, await fall.evaluate((element) => element.open), 'Enter does not open a waterfall');
  const rows = fall.locator('.rows-over-time');
  if ((await rows.count()) === 0) return;
  const said = () => fall.locator('.said').textContent();
  const mark = () => fall.locator('.chosen').getAttribute('y');
  await rows.focus();
  await page.keyboard.press('ArrowDown');
  const first = await said();
  expect(where, first.startsWith('request'), `the first row reads ${first || 'nothing'}`);
  const count = await fall.locator('tbody tr').count();
  await page.keyboard.press('End');
  const last = await said();
  expect(where, count === 1 || last !== first, 'End does not choose the last row');
  await rows.click({ position: { x: 200, y: 8 } });
  expect(where, (await said()) === first, `a click on the first row reads ${await said()}`);
  expect(where, (await mark()) === '0', 'the chosen row is not marked');
};

/** What others wrote is text: no element and no script came of it. */
const escaping = async (page, where) => {
  const scripts = await page.evaluate(
    () => [...document.scripts].filter((script) => script.type !== 'application/json').length,
  );
  expect(where, scripts === 1, `${scripts} scripts`);
  const foreign = await page.evaluate(() => document.querySelectorAll('img, iframe:not([src^="recordings/"]), object, [onerror]').length);
  expect(where, foreign === 0, `${foreign} foreign elements`);
};

const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  for (const file of pages) {
    const isFile = !file.startsWith('http:');
    const url = isFile ? pathToFileURL(file).href : file;
    if (isFile) {
      const { size } = await stat(file);
      expect(basename(file), size <= LARGEST, `${size} bytes`);
    }
    for (const { name, ...settings } of SETTINGS) {
      const where = `${isFile ? basename(file) : new URL(url).pathname}, ${name}`;
      const context = await browser.newContext(settings);
      const page = await open(context, url, where);
      await layout(page, where);
      await skipLink(page, where);
      await escaping(page, where);
      await links(page, where);
      await folding(page, where);
      await page.evaluate(() => { for (const one of document.querySelectorAll('details')) one.open = true; });
      await layout(page, `${where}, opened`);
      await waterfall(page, where);
      await accessibility(page, where);
      await deepLink(context, page, url, where);
      await context.close();
    }
  }
} finally {
  await browser.close();
}
for (const failure of failures) console.log(failure);
console.log(`${pages.length} pages, ${failures.length} failures`);
process.exitCode = failures.length ? 1 : 0;
