// Changing a customer: shown first, then made; undone; and what happens when somebody else was faster.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterOn, typeInto } from './browser.mjs';
import { customers, service, support } from './world.mjs';

const { page } = support;
const state = async (id) => (await service.ask(service.key, 'GET', `/v1/customers/${id}`)).json();
const send = (id, command, body) =>
  service.ask(service.key, 'POST', `/v1/customers/${id}/commands/${command}`, body, { actor: 'somebody else', reason: 'meanwhile' });

test('an address is changed by keyboard alone: shown first, with a reason, then made', async () => {
  const id = customers.nordwind;
  const before = await state(id);
  await page.goto(`/console/customers/${id}/change`);
  await enterOn(page, page.getByRole('link', { name: 'Change the profile' }));
  await typeInto(page, page.getByLabel('Street and number'), 'Karl Johans gate 1');
  await typeInto(page, page.getByLabel('Reason'), 'TICKET-2001');
  await enterOn(page, page.getByRole('button', { name: 'Show what it would do' }));
  await page.getByText('Nothing is changed yet').waitFor();
  const shown = await page.getByRole('row', { name: /street/i }).innerText();
  assert.match(shown, /Kirkegata 20/);
  assert.match(shown, /Karl Johans gate 1/);
  assert.equal((await state(id)).version, before.version);
  await enterOn(page, page.getByRole('button', { name: 'Change it' }));
  await page.getByRole('status').getByText('The change is made').waitFor();
  const after = await state(id);
  assert.equal(after.profile.address.line1, 'Karl Johans gate 1');
  assert.deepEqual([after.version, after.updated_by], [before.version + 1, 'Sara Lindqvist']);
});

test('a change without a reason is not made', async () => {
  const id = customers.nordwind;
  await page.goto(`/console/customers/${id}/change/change-external-id`);
  await page.getByLabel('External id').fill('nw-99');
  await page.getByLabel('Reason').evaluate((field) => field.removeAttribute('required'));
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await page.getByRole('alert').getByText('Say why').waitFor();
  assert.equal(await page.getByLabel('External id').inputValue(), 'nw-99');
  assert.equal((await state(id)).external_id, 'nw-88');
});

test('a value that is not allowed is refused beside the form, which keeps what was typed', async () => {
  await page.goto(`/console/customers/${customers.nordwind}/change/update-profile`);
  await page.getByLabel('Country, as DE').fill('Norway');
  await page.getByLabel('Reason').fill('TICKET-2002');
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await page.getByRole('alert').getByText(/country/i).waitFor();
  assert.equal(await page.getByLabel('Country, as DE').inputValue(), 'Norway');
});

test('when somebody else was faster, all three states are shown, and the change can still be made', async () => {
  const id = customers.hoshino;
  await page.goto(`/console/customers/${id}/change/update-profile`);
  await page.getByLabel('City').fill('京都');
  await page.getByLabel('Phone').fill('+81 75 555 0101');
  await page.getByLabel('Reason').fill('TICKET-2003');
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await page.getByText('Nothing is changed yet').waitFor();
  await send(id, 'update-profile', { address: { city: '名古屋' }, email: 'office@hoshino.example' });
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByRole('heading', { name: 'Changed in the meantime' }).waitFor();
  const city = page.getByRole('row', { name: /city/i });
  assert.deepEqual((await city.getByRole('cell').allInnerTexts()).map((text) => text.replace(/after:\s*/, '').trim()), [
    '大阪', '名古屋', '京都', 'both changed it',
  ]);
  assert.equal(await page.getByText('both changed it').count(), 1);
  await page.getByRole('button', { name: /Make my change to version/ }).click();
  await page.getByRole('status').getByText('The change is made').waitFor();
  const after = await state(id);
  assert.deepEqual([after.profile.address.city, after.profile.email, after.profile.phone], ['京都', 'office@hoshino.example', '+81 75 555 0101']);
});

test('the forms of metadata, payment, tax, parent and billing say what is there and change it', async () => {
  const id = customers.acme;
  const preview = async (form, fill, shown) => {
    await page.goto(`/console/customers/${id}/change/${form}`);
    await fill();
    await page.getByLabel('Reason').fill('TICKET-2004');
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByText('Nothing is changed yet').waitFor();
    assert.match(await page.locator('table').innerText(), shown);
  };
  await preview('replace-metadata', () => page.getByLabel('Value 0').fill('2028-01-01'), /2028-01-01/);
  await preview('set-default-payment-profile', () => page.getByLabel('none').check(), /default payment/i);
  await preview('set-tax-settings', () => page.getByLabel('Percent 0').fill('7'), /7/);
  await preview('set-parent', () => page.getByLabel(/Parent/).fill('external:nw-88'), /parent/i);
  await preview('add-billing-config', async () => {
    await page.getByLabel('Provider', { exact: true }).selectOption('netsuite');
    await page.getByLabel('The customer’s id there').fill('88123');
    await page.getByLabel('How documents get there').selectOption('direct_to_billing_provider');
  }, /88123/);
  await preview('archive-customer', async () => {}, /archived/);
});

test('one change is undone', async () => {
  const id = customers.logistics;
  const { version } = await (await send(id, 'update-profile', { phone: '+31 10 555 0199' })).json();
  await page.goto(`/console/customers/${id}/change/undo-event?version=${version}`);
  await page.getByLabel('Reason').fill('TICKET-2005');
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByRole('status').getByText('The change is made').waitFor();
  assert.equal((await state(id)).profile.phone, '+31 10 555 0188');
});

test('a customer goes back to an earlier version', async () => {
  const id = customers.logistics;
  await page.goto(`/console/customers/${id}/change/revert-to?version=1`);
  await page.getByLabel('Reason').fill('TICKET-2006');
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByRole('status').getByText('The change is made').waitFor();
  assert.equal((await state(id)).profile.phone, undefined);
});
