// What all tests of a run share: one service, one browser, and tenants that know nothing of each other.

import { after, afterEach } from 'node:test';
import { Visitor, launch } from './browser.mjs';
import { seed } from './seed.mjs';
import { Service } from './service.mjs';

export const service = await Service.start();
const [browser, customers, stranger] = await Promise.all([
  launch(),
  seed(service, service.key),
  service.tenant('Stranger Ltd', 'read,write,audit,admin'),
]);
/** The ids of the seeded customers. */
export { customers };
/** Another tenant, with one customer of its own. */
export { stranger };
await service.ask(stranger.key, 'POST', '/v1/customers', { profile: { name: 'Only of the stranger' } });
/** The tenant of the seeded customers. */
export const tenant = (await (await service.ask(service.key, 'GET', '/v1/tenant')).json()).id;
/** A key that operates the service. */
export const operatorKey = await service.newKey(stranger.tenant, 'operator', 'operator');

const visitors = [];

/** Somebody who is not signed in yet. */
export async function arrive(options) {
  const visitor = await Visitor.arrive(browser, service.origin, options);
  visitors.push(visitor);
  return visitor;
}

/** Somebody who is signed in with the key. */
export async function signedIn(key = service.key, options = {}) {
  const visitor = await arrive(options);
  await visitor.signIn(key);
  return visitor;
}

/** The support person of the seeded tenant, signed in once for all tests. */
export const support = await signedIn();
/** Somebody of another tenant. */
export const outsider = await signedIn(stranger.key);
/** Somebody who operates the service. */
export const operator = await signedIn(operatorKey);

afterEach(() => {
  for (const visitor of visitors) visitor.sawNothingWrong();
});
after(async () => {
  await browser.close();
  await service.stop();
});
