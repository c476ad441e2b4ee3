// Signing in by an identity provider: a real one, on another site than the console.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { launch, tabTo, Visitor } from './browser.mjs';
import { CLIENT, IdentityProvider } from './provider.mjs';
import { Service } from './service.mjs';

let browser;
let service;
let provider;
let keys;
const visitors = [];

/** A port that nobody uses. */
async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

before(async () => {
  browser = await launch();
  const first = await Service.start();
  const { tenant, key } = await first.tenant('Quanta', 'read,write,audit,admin');
  keys = {
    admin: key,
    support: await first.newKey(tenant, 'people of support', 'read,write,audit'),
    compliance: await first.newKey(tenant, 'people of compliance', 'read,audit'),
  };
  await first.ask(key, 'POST', '/v1/customers', { profile: { name: 'Acme' } });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  provider = await IdentityProvider.start(origin, 'ES256');
  const secret = join(first.directory, 'client-secret');
  await writeFile(secret, CLIENT.secret, { mode: 0o600 });
  const id = (one) => one.split('_')[1];
  service = await first.again(port, {
    DOSSIER_CONSOLE_URL: origin,
    DOSSIER_CONSOLE_OIDC_ISSUER: provider.issuer,
    DOSSIER_CONSOLE_OIDC_CLIENT_ID: CLIENT.id,
    DOSSIER_CONSOLE_OIDC_CLIENT_SECRET: secret,
    DOSSIER_CONSOLE_OIDC_SCOPES: 'openid email roles',
    DOSSIER_CONSOLE_OIDC_ROLES: `support=${id(keys.support)},compliance=${id(keys.compliance)}`,
  });
});

after(async () => {
  await browser.close();
  await provider.stop();
  await service.stop();
  for (const visitor of visitors) visitor.sawNothingWrong();
});

async function arrive() {
  const visitor = await Visitor.arrive(browser, service.origin, { elsewhere: provider.issuer });
  visitors.push(visitor);
  return visitor;
}

const button = (page) => page.getByRole('button', { name: `Sign in at localhost:${provider.port}` });

/** Signs in at the provider as one of its people. */
async function signIn(page, user, path = '/console/customers') {
  await page.goto(path);
  await button(page).click();
  await page.getByLabel('User').fill(user);
  await page.getByRole('button', { name: 'Go on' }).click();
}

test('a person signs in by the provider, reaches the page that the link named, and is the actor of a change', async () => {
  const { page, context } = await arrive();
  await page.goto('/console/customers?q=acme');
  await page.getByLabel('Purpose').first().fill('TICKET-7');
  await button(page).click();
  await page.getByLabel('User').fill('ada');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.waitForURL('**/console/customers?q=acme');
  const cookies = (await context.cookies(service.origin)).map(({ name, httpOnly, secure, sameSite }) => [name, httpOnly, secure, sameSite]);
  assert.deepEqual(cookies, [['__Host-dossier', true, true, 'Strict']]);
  await page.getByText('ada@example.com').first().click();
  await page.getByText('TICKET-7').waitFor();

  const [customer] = (await (await service.ask(keys.admin, 'GET', '/v1/customers')).json()).items;
  await page.goto(`/console/customers/${customer.id}/change/update-profile`);
  await page.getByLabel('Name', { exact: true }).fill('Acme Ltd');
  await page.getByLabel('Reason').fill('TICKET-7');
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText('The change is made.').waitFor();
  const events = await (await service.ask(keys.admin, 'GET', `/v1/customers/${customer.id}/events`)).json();
  const event = events.items.find(({ actor }) => actor === 'ada@example.com');
  assert.equal(event.api_key, keys.support.split('_')[1]);
});

test('the role decides what a person sees', async () => {
  const { page } = await arrive();
  await signIn(page, 'grace');
  await page.waitForURL('**/console/customers');
  await page.getByRole('link', { name: 'Audit' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Keys' }).count(), 0);
  assert.equal((await page.request.get('/console/keys')).status(), 403);
});

test('somebody without a role, or with an unverified address, is not signed in', async () => {
  for (const [user, sentence] of [
    ['nobody', 'has no role here'],
    ['unverified', 'does not know a verified e-mail address of yours'],
  ]) {
    const { page, context } = await arrive();
    await signIn(page, user);
    await page.getByRole('alert').getByText(sentence).waitFor();
    assert.deepEqual(await context.cookies(service.origin), [], user);
  }
});

test('somebody who cancels at the provider reads so, and may try again', async () => {
  const { page } = await arrive();
  await page.goto('/console/customers');
  await tabTo(page, button(page));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alert').getByText('You were not signed in').waitFor();
  await button(page).waitFor();
});

test('the way back works once, and in one browser only', async () => {
  const { page } = await arrive();
  const ways = [];
  page.on('request', (request) => {
    if (request.url().includes('/console/login/callback')) ways.push(request.url());
  });
  await signIn(page, 'ada');
  await page.waitForURL('**/console/customers');
  const other = await arrive();
  for (const { page: again } of [{ page }, other]) {
    const answer = await again.goto(ways[0]);
    assert.equal(answer.status(), 400);
    await again.getByText('This sign-in was not begun in this browser').waitFor();
  }
});

test('signing out here says that the provider may go on', async () => {
  const { page } = await arrive();
  await signIn(page, 'ada');
  await page.getByText('ada@example.com').first().click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign out there, too' }).waitFor();
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  assert.deepEqual(violations.map(({ id }) => id), []);
});

test('new keys of the provider are taken, and RS256 as ES256', async () => {
  const { port } = provider;
  await provider.stop();
  provider = await IdentityProvider.start(service.origin, 'RS256', port);
  const { page } = await arrive();
  const refused = page.getByRole('alert').getByText('its key is unknown');
  // New keys are looked for 10 seconds after the last time, at the earliest.
  do {
    await signIn(page, 'ada');
    await page.getByText('Customers').or(refused).first().waitFor();
    await page.context().clearCookies({ domain: 'localhost' });
  } while (await refused.isVisible());
  await page.waitForURL('**/console/customers');
});
