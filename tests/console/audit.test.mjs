// The audit: found by any filter, exported as it is shown.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { enterOn, tabTo, typeInto } from './browser.mjs';
import { service, support } from './world.mjs';

const { page } = support;
const rows = page.locator('table.audit tbody tr');

test('all changes of addresses are found with old and new values, customers, reasons, by mouse', async () => {
  await page.goto('/console/audit');
  await page.getByLabel('Field').selectOption('/profile/address');
  await page.getByLabel('Actor').fill('sara.lindqvist@support.example');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForURL('**/console/audit?**');
  assert.equal(await rows.count(), 1);
  const row = rows.first();
  for (const text of ['Acme Robotics GmbH', 'acme-4711', 'Quantastraße 37', 'Kobaltweg 163', 'TICKET-1850: customer called']) {
    assert.ok((await row.innerText()).includes(text), text);
  }
  await page.getByRole('link', { name: /by sara.lindqvist/ }).click();
  await page.getByText('Nordwind Energi AB').first().waitFor();
  assert.ok((await rows.count()) > 3);
});

test('everything for a ticket is found by keyboard alone', async () => {
  await page.goto('/console/audit');
  await typeInto(page, page.getByLabel('Reason', { exact: true }), 'TICKET-1850');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/audit?**reason=TICKET-1850**');
  assert.equal(await rows.count(), 2);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/customers/**');
});

test('changes without a reason are found', async () => {
  await page.goto('/console/audit');
  await page.getByText('more', { exact: true }).click();
  await page.getByLabel('without a reason').check();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForURL('**no_reason=yes**');
  const reasons = await rows.locator('td:last-child').allInnerTexts();
  assert.ok(reasons.length >= 3);
  assert.deepEqual(reasons.filter((reason) => !reason.startsWith('no reason given')), []);
});

test('a link in a row finds everything by the same actor, key or reason', async () => {
  await page.goto('/console/audit?reason=renewal');
  await rows.first().getByTitle('Everything by this actor').click();
  await page.waitForURL('**actor=finance%20lead**');
  assert.equal(await rows.count(), 2);
});

test('the export has exactly what the page shows, as CSV and as NDJSON', async () => {
  await page.goto('/console/audit?actor=sara.lindqvist%40support.example');
  const shown = await rows.count();
  const lines = {};
  for (const kind of ['CSV', 'NDJSON']) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: kind, exact: true }).click()]);
    assert.equal(download.suggestedFilename(), `audit.${kind.toLowerCase()}`);
    lines[kind] = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/);
  }
  const items = lines.NDJSON.map((line) => JSON.parse(line));
  assert.equal(new Set(items.map((item) => item.position)).size, shown);
  assert.ok(items.every((item) => item.actor === 'sara.lindqvist@support.example' && item.customer_name));
  const street = items.find((item) => item.field === '/profile/address/line1');
  assert.deepEqual([street.old, street.new, street.external_id], ['Quantastraße 37', 'Kobaltweg 163', 'acme-4711']);
  assert.equal(lines.CSV.length, lines.NDJSON.length + 1);
  assert.ok(lines.CSV[0].startsWith('recorded_at,customer_id,customer_name,external_id'));
});

test('the export starts by keyboard alone', async () => {
  await page.goto('/console/audit?reason=renewal');
  const link = page.getByRole('link', { name: 'CSV', exact: true });
  await tabTo(page, link);
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.ok((await readFile(await download.path(), 'utf8')).includes('renewal'));
});

test('filters that match nothing are said so, with a way back', async () => {
  await page.goto('/console/audit?actor=nobody');
  await enterOn(page, page.getByText('Show everything').first());
  await page.waitForURL('**/console/audit');
  assert.ok((await rows.count()) > 10);
});

test('a filter that can’t be is refused with a sentence', async () => {
  await page.goto('/console/audit?since=yesterday');
  await page.getByText('must be a day as 2026-11-30').waitFor();
});

test('what the audit shows is recorded as a read, under the name of the person', async () => {
  await page.goto('/console/audit?reason=renewal');
  const reads = await (await service.ask(service.key, 'GET', '/v1/audit/reads?limit=1')).json();
  assert.deepEqual([reads.items[0].actor, reads.items[0].route], ['Sara Lindqvist', '/console/audit']);
});
