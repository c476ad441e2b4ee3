// Makes the screenshots of the documentation; or, with `--all FOLDER`, one of every page: wide and narrow, light and dark.

import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { NARROW, WIDE } from './browser.mjs';
import { PAGES } from './pages.mjs';
import { arrive, customers, operator, service, support } from './world.mjs';

const [, , folder, all, other] = process.argv;
/** The largest file that the repository gets. */
const BYTES_MAX = 150_000;
const acme = `/console/customers/${customers.acme}`;

/** The questions of docs/console.md: the file, the page that answers it, and how high it is. */
const ANSWERS = [
  ['address', '/console/audit?field=%2Fprofile%2Faddress&customer=external%3Aacme-4711'],
  ['ticket', '/console/audit?reason=TICKET-1850'],
  ['actor', '/console/audit?actor=sara.lindqvist%40support.example'],
  ['without-reason', '/console/audit?no_reason=yes'],
  ['key', '/console/keys'],
  ['group', `/console/customers/${customers.logistics}/group`],
  ['undo', `${acme}/change/undo-event?version=8`, 'preview'],
  ['past', `${acme}?version=3`],
  ['diff', `${acme}/diff?from=3&to=9`],
  ['reads', `/console/reads?customer=${customers.acme}`],
  ['phone', '/console/customers?q=%2B49%2030%20555'],
  ['proof', `${acme}/events/9/proof`, 'proof'],
  ['customer', acme],
];

async function shoot(page, file) {
  // Few colours compress well, and screens have many of one.
  const image = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  await writeFile(file, image);
}

const steps = {
  async preview(page) {
    await page.getByLabel('Reason').fill('TICKET-1850: entered for the wrong customer');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByText('Nothing is changed yet').waitFor();
  },
  async proof(page) {
    const ask = async (path) => (await service.ask(service.key, 'GET', path)).text();
    await page.locator('#head').fill(await ask('/v1/log/head'));
    await page.locator('#verifier').fill((await ask('/v1/log/key')).trim());
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText('Proved').waitFor();
    await page.locator('#checks').scrollIntoViewIfNeeded();
  },
};

if (all === '--all') {
  await mkdir(other, { recursive: true });
  const anybody = await arrive();
  test('every page', async () => {
    for (const { name, who = anybody, path } of PAGES) {
      await who.page.goto(path);
      for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
        await who.page.setViewportSize(viewport);
        for (const colorScheme of ['light', 'dark']) {
          await who.page.emulateMedia({ colorScheme });
          const file = join(other, `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`);
          await who.page.screenshot({ path: file, fullPage: true });
        }
      }
    }
  });
} else {
  await mkdir(folder, { recursive: true });
  test('the answers', async () => {
    for (const [name, path, step] of ANSWERS) {
      const { page } = path.includes('operations') ? operator : support;
      await page.setViewportSize({ width: 1200, height: 760 });
      await page.goto(path);
      await steps[step]?.(page);
      const file = join(folder, `${name}.png`);
      await shoot(page, file);
      const { size } = await stat(file);
      if (size > BYTES_MAX) throw new Error(`${file} has ${size} bytes`);
    }
  });
}
