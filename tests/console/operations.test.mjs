// Operations: the lag of read models, rebuilds, and the health of the database.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterOn, tabTo } from './browser.mjs';
import { operator, support } from './world.mjs';

const { page } = operator;
const model = (name) => page.locator('section.model').filter({ has: page.getByRole('heading', { name, exact: true }) });

test('every read model is there with its lag and a plot of it', async () => {
  await page.goto('/console/operations');
  for (const name of ['audit_entries', 'customer_list', 'customers', 'field_changes']) {
    await model(name).getByText('up to date').waitFor();
    await model(name).getByRole('img', { name: /At most .* events behind/ }).waitFor();
  }
  await page.getByText('Ready for traffic').waitFor();
  assert.match(await page.getByText('PostgreSQL', { exact: true }).locator('xpath=following-sibling::dd[1]').innerText(), /^15\./);
});

test('a read model is rebuilt by keyboard alone, and the page follows until it is live', async () => {
  await page.goto('/console/operations');
  const card = model('integration_links');
  await enterOn(page, card.getByText('Rebuild or switch'));
  await tabTo(page, card.getByLabel('Reason').first());
  await page.keyboard.type('a test');
  await enterOn(page, card.getByRole('button', { name: 'Rebuild', exact: true }));
  // The page loads itself again when the new generation is live.
  await card.getByText('Rebuild or switch').waitFor({ timeout: 30_000 });
  await card.getByText('Generations', { exact: true }).click();
  await card.getByRole('row', { name: /^2 live/ }).waitFor();
  await card.getByText('all equal').waitFor();
});

test('figures that stop say so, and go on', async () => {
  const { page: watched, complaints } = operator;
  await watched.clock.install();
  const live = '**/console/operations/live';
  await watched.route(live, (route) => route.abort());
  await watched.goto('/console/operations');
  const note = watched.getByText('These figures stopped at');
  await watched.clock.runFor(9_000);
  assert.equal(await note.isVisible(), false);
  await watched.clock.runFor(2_000);
  await note.waitFor();
  await watched.unroute(live);
  // The browser or the page connects again.
  await watched.clock.runFor(5_000);
  await note.waitFor({ state: 'hidden' });
  await watched.clock.resume();
  complaints.splice(0);
});

test('the former generation becomes live again', async () => {
  const card = model('integration_links');
  await page.goto('/console/operations');
  await card.getByText('Rebuild or switch').click();
  await card.getByRole('button', { name: 'Switch back to generation 1' }).click();
  await card.getByText('Rebuild or switch').waitFor({ timeout: 30_000 });
  await card.getByText('Generations', { exact: true }).click();
  await card.getByRole('row', { name: /^1 live/ }).waitFor();
});

test('a page without parked customers says so', async () => {
  await page.goto('/console/operations/customer_list/parked');
  await page.getByText('Nobody is parked').waitFor();
});

test('a tenant’s keys see no operations', async () => {
  const answer = await support.context.request.get('/console/operations');
  assert.equal(answer.status(), 403);
  await support.page.goto('/console/customers');
  assert.equal(await support.page.getByRole('link', { name: 'Operations' }).count(), 0);
});
