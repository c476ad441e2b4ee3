// Keys, and who looked at what.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterOn, tabTo, typeInto } from './browser.mjs';
import { customers, outsider, service, signedIn, support } from './world.mjs';

const { page } = support;
const row = (name) => page.locator('tr[data-item]').filter({ has: page.getByText(name, { exact: true }) });

/** The key that a page shows for the only time. */
const secret = async () => (await page.locator('.secret code').innerText()).trim();
const works = async (key) => (await service.ask(key, 'GET', '/v1/customers?limit=1', undefined, { refused: true })).status;

test('a key is created by keyboard alone, works, is rotated with overlap and revoked', async () => {
  await page.goto('/console/keys');
  await row('dev').getByText('this session', { exact: true }).waitFor();
  await typeInto(page, page.getByLabel('Name', { exact: true }), 'reporting');
  await tabTo(page, page.getByLabel('read: read customers'));
  await page.keyboard.press('Space');
  await enterOn(page, page.getByRole('button', { name: 'Create', exact: true }));
  const first = await secret();
  assert.equal(await works(first), 200);

  await page.goto('/console/keys');
  await row('reporting').getByText('Rotate or revoke').click();
  await row('reporting').getByRole('button', { name: 'Rotate', exact: true }).click();
  const second = await secret();
  assert.notEqual(second, first);
  assert.deepEqual([await works(first), await works(second)], [200, 200]);

  await page.goto('/console/keys');
  const former = row('reporting').filter({ hasText: first.split('_')[1] });
  await former.getByText('Rotate or revoke').click();
  await former.getByLabel('Reason').last().fill('rotated');
  await former.getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByRole('status').getByText('The key is revoked').waitFor();
  // An instance remembers a key for half a second.
  for (let tries = 0; (await works(first)) !== 401; tries += 1) assert.ok(tries < 200, 'a revoked key stops working');
  assert.equal(await works(second), 200);
});

test('a key gets no scope that the administrator’s lacks', async () => {
  const key = await service.newKey((await (await service.ask(service.key, 'GET', '/v1/tenant')).json()).id, 'only admin', 'admin');
  const admin = await signedIn(key);
  await admin.page.goto('/console/keys');
  assert.equal(await admin.page.getByRole('checkbox').count(), 1);
  const token = await admin.page.locator('input[name=csrf]').last().getAttribute('value');
  const form = { csrf: token, name: 'more', scopes: 'write' };
  const answer = await admin.context.request.post('/console/keys', { form, headers: { origin: service.origin } });
  assert.match(await answer.text(), /can’t get a scope that yours lacks/);
});

test('a stranger sees and revokes no key of the tenant', async () => {
  const id = service.key.split('_')[1];
  await outsider.page.goto('/console/keys');
  assert.ok(!(await outsider.page.content()).includes(id));
  const token = await outsider.page.locator('input[name=csrf]').last().getAttribute('value');
  const options = { form: { csrf: token }, headers: { origin: service.origin } };
  assert.equal((await outsider.context.request.post(`/console/keys/${id}/revoke`, options)).status(), 404);
  assert.equal(await works(service.key), 200);
});

test('who looked at a customer is found', async () => {
  await page.goto(`/console/customers/${customers.hoshino}`);
  await page.goto('/console/reads');
  await typeInto(page, page.getByRole('textbox', { name: 'Customer' }), 'external:hoshino');
  await page.keyboard.press('Enter');
  await page.waitForURL('**customer=**');
  const first = page.locator('tr[data-item]').first();
  assert.match(await first.innerText(), /Sara Lindqvist/);
  assert.match(await first.innerText(), /\/console\/customers\/\{ref\}/);
});
