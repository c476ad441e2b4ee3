// Signing in and out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterOn, typeInto } from './browser.mjs';
import { arrive, service } from './world.mjs';

test('a person signs in, reaches the page that the link named, and signs out', async () => {
  const { page, context } = await arrive();
  await page.goto('/console/audit?actor=crm-sync');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('API key').fill(service.key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/console/audit?actor=crm-sync');
  const cookies = await context.cookies();
  assert.deepEqual(cookies.map(({ name, httpOnly, secure, sameSite, path }) => [name.slice(0, 7), httpOnly, secure, sameSite, path]), [
    ['__Host-', true, true, 'Strict', '/'],
  ]);
  await page.getByText('Ada Lovelace').first().click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  await page.goto('/console/customers');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
});

test('a person signs in by keyboard alone', async () => {
  const { page } = await arrive();
  await page.goto('/console/login');
  await typeInto(page, page.getByLabel('Your name'), 'Ada Lovelace');
  await typeInto(page, page.getByLabel('API key'), service.key);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/console/customers');
});

test('a wrong key is refused with a sentence, and the name stays', async () => {
  const { page } = await arrive();
  await page.goto('/console/login');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('API key').fill(service.key.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
  await enterOn(page, page.getByRole('button', { name: 'Sign in' }));
  await page.getByRole('alert').getByText('This key is not valid').waitFor();
  assert.equal(await page.getByLabel('Your name').inputValue(), 'Ada Lovelace');
});
