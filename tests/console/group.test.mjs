// A group: its tree, and its changes together.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterOn } from './browser.mjs';
import { customers, support } from './world.mjs';

const { page } = support;

test('the tree of a group is shown from any of its members, with its latest changes', async () => {
  await page.goto(`/console/customers/${customers.logistics}/group`);
  const names = await page.locator('table.tree tbody tr a').allInnerTexts();
  assert.deepEqual([...names].sort(), ['Acme Depot Ghent', 'Acme Holding', 'Acme Logistics BV', 'Acme Robotics GmbH']);
  assert.equal(names[0], 'Acme Holding');
  assert.equal(names.indexOf('Acme Depot Ghent'), names.indexOf('Acme Logistics BV') + 1);
  assert.ok((await page.locator('table.audit').innerText()).includes('Kobaltweg 163'));
});

test('a member of a group is opened by keyboard alone', async () => {
  await page.goto(`/console/customers/${customers.logistics}/group`);
  await enterOn(page, page.locator('table.tree').getByRole('link', { name: 'Acme Robotics GmbH' }));
  await page.waitForURL(`**/console/customers/${customers.acme}`);
});

test('a customer without parent and children stands alone', async () => {
  await page.goto(`/console/customers/${customers.hoshino}/group`);
  await page.getByText('It stands alone').waitFor();
});
