// The proof of an event, checked in the browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterOn, tabTo } from './browser.mjs';
import { customers, service, support } from './world.mjs';

const { page } = support;
const text = async (path) => (await service.ask(service.key, 'GET', path)).text();
const checks = page.locator('#checks');

test('an event is proved against a head that was kept earlier, by keyboard alone', async () => {
  const [head, key] = [await text('/v1/log/head'), await text('/v1/log/key')];
  // The log goes on after the head was kept.
  await service.ask(service.key, 'POST', '/v1/customers', { profile: { name: 'Came later' } });
  await page.goto(`/console/customers/${customers.acme}/events/3/proof`);
  await tabTo(page, page.locator('#head'));
  await page.keyboard.insertText(head);
  await tabTo(page, page.locator('#verifier'));
  await page.keyboard.insertText(key);
  await enterOn(page, page.getByRole('button', { name: 'Check', exact: true }));
  await checks.getByText('The head is signed by this key').waitFor();
  await checks.getByText('Proved').waitFor();
});

test('a head of another log, and a wrong signature, prove nothing', async () => {
  const [head, key] = [await text('/v1/log/head'), await text('/v1/log/key')];
  await page.goto(`/console/customers/${customers.acme}/events/3/proof`);
  const check = async (pasted, verifier, expected) => {
    await page.locator('#head').fill(pasted);
    await page.locator('#verifier').fill(verifier);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await checks.getByText(expected).waitFor();
    assert.equal(await checks.getByText('Proved').count(), 0);
  };
  const lines = head.split('\n');
  const another = [lines[0], lines[1], Buffer.alloc(32, 7).toString('base64'), ...lines.slice(3)].join('\n');
  await check(another, key, 'the roots differ');
  const forged = head.replace(/ ([A-Za-z0-9+/=]{80,})\n/, (_, signature) => ` ${signature.slice(0, 20)}${signature[20] === 'A' ? 'B' : 'A'}${signature.slice(21)}\n`);
  await check(forged, key, 'not signed by this key');
  await check('hello', key, 'This is no head');
});
