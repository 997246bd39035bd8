// Opens a trace in speedscope, and an HTTP archive in the network panel's importer of Chromium. Prints a line for
// each failure.
//
// node exports.mjs CHROMIUM TRACE ARCHIVE
import { createRequire } from 'node:module';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Ajv from 'ajv';
import { chromium } from 'playwright-core';

const [executablePath, traceFile, archiveFile] = process.argv.slice(2);
const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--enable-unsafe-swiftshader'];
const PANEL = 'devtools://devtools/bundled/devtools_app.html';
const require = createRequire(import.meta.url);
const failures = [];

const expect = (condition, message) => {
  if (!condition) failures.push(message);
};

/** A page that reports warnings, errors and dialogs as failures. */
const strictPage = async (browser, where) => {
  const page = await browser.newPage();
  page.on('console', (message) => {
    const isOfDriver = message.text().includes('GL Driver Message');
    const isComplaint = ['error', 'warning'].includes(message.type()) && !isOfDriver;
    expect(!isComplaint, `${where}: ${message.text()}`);
  });
  page.on('pageerror', (error) => expect(false, `${where}: ${error.message}`));
  page.on('dialog', (dialog) => {
    expect(false, `${where}: ${dialog.message()}`);
    dialog.dismiss();
  });
  return page;
};

/** speedscope warns of every event that does not lie within the one around it. */
const speedscope = async (browser) => {
  const { traceEvents } = JSON.parse(await readFile(traceFile, 'utf8'));
  const lanes = new Set(traceEvents.filter(({ ph }) => ph === 'X').map(({ pid, tid }) => `${pid} ${tid}`));
  const text = JSON.stringify((await readFile(traceFile)).toString('base64'));
  const script = join(dirname(traceFile), 'profile.js');
  await writeFile(script, `speedscope.loadFileFromBase64('trace.json', ${text})`);
  const app = join(dirname(require.resolve('speedscope/package.json')), 'dist/release/index.html');
  const page = await strictPage(browser, 'speedscope');
  await page.goto(`${pathToFileURL(app).href}#localProfilePath=${script}`);
  const count = `(1/${lanes.size})`;
  await page.getByText(count).waitFor().catch(() => expect(false, `speedscope does not show ${count}`));
  await page.close();
};

/** What the network panel of Chromium makes of an archive. */
const networkPanel = async (browser, archive) => {
  const page = await strictPage(browser, 'network panel');
  await page.goto(PANEL, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.title === 'DevTools');
  const read = await page.evaluate(async (archive) => {
    const { HARFormat, Importer } = await import('./models/har/har.js');
    const { log } = new HARFormat.HARRoot(archive);
    return Importer.Importer.requestsFromHARLog(log).map((request) => ({
      url: request.url(),
      status: request.statusCode,
      milliseconds: 1000 * request.duration,
    }));
  }, archive);
  await page.close();
  return read;
};

const har = async (browser) => {
  const archive = JSON.parse(await readFile(archiveFile, 'utf8'));
  const ajv = new Ajv({ allErrors: true, meta: false, schemaId: 'auto' });
  ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-06.json'));
  for (const schema of Object.values(require('har-schema'))) ajv.addSchema(schema);
  expect(ajv.validate('har.json#', archive), `HAR 1.2: ${ajv.errorsText()}`);
  // The panel sorts requests by their start, and counts seconds since 1970: that leaves microseconds.
  const inOrder = (requests) => requests.sort(
    (one, other) => one.url.localeCompare(other.url) || one.milliseconds - other.milliseconds,
  );
  const written = inOrder(archive.log.entries.map(({ request, response, time }) => (
    { url: request.url, status: response.status, milliseconds: time })));
  const read = inOrder(await networkPanel(browser, archive));
  expect(read.length === written.length, `the panel reads ${read.length} of ${written.length} requests`);
  for (const [place, request] of written.entries()) {
    const { url, status, milliseconds } = read[place] ?? {};
    const isSame = url === request.url && status === request.status
      && Math.abs(milliseconds - request.milliseconds) < 0.01;
    expect(isSame, `${JSON.stringify(request)} is read as ${JSON.stringify(read[place])}`);
  }
};

const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  await speedscope(browser);
  await har(browser);
} finally {
  await browser.close();
}
for (const failure of failures) console.log(failure);
console.log(`${failures.length} failures`);
process.exitCode = failures.length ? 1 : 0;
