// Nobody sees pages of another tenant: every link and every form of one tenant, opened by somebody of another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customers, outsider, service, support } from './world.mjs';

/** Words that only the seeded tenant has. */
const SECRETS = ['Acme', 'acme', 'Nordwind', 'Hoshino', 'Kobaltweg', 'TICKET-', 'sara.lindqvist', 'cus_Q4mZ81'];
/** Links of one kind that are followed. */
const OF_A_KIND = 4;

/** Walks over all links that somebody sees, a few of each kind, and returns them with the forms on their pages. */
async function walk({ context }) {
  const [found, kinds, forms] = [new Set(['/console', `/console/customers/${customers.acme}`]), new Map(), new Map()];
  for (const path of found) {
    const answer = await context.request.get(path, { headers: { accept: 'text/html' } });
    if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue;
    const html = await answer.text();
    for (const [, tag, link] of html.matchAll(/<(?:a|form|button|div|section)\b[^>]*?\b(href|action|formaction|hx-get|hx-post)="(\/console[^"#]*)/g)) {
      const url = link.replaceAll('&amp;', '&');
      if (url.includes('/logout')) continue;
      const kind = url.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}').replace(/\d+/g, '{n}').replace(/=[^&]*/g, '=');
      if (tag === 'action' || tag === 'formaction' || tag === 'hx-post') forms.set(kind, url);
      if (tag === 'href' || tag === 'hx-get') {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        if (kinds.get(kind) <= OF_A_KIND) found.add(url);
      }
    }
  }
  return { links: [...found], forms: [...forms.values()] };
}

test('every link and form of one tenant shows nothing of it to another', async () => {
  const { links, forms } = await walk(support);
  assert.ok(links.some((link) => link.includes(customers.acme)), 'the walk reaches customers');
  assert.ok(links.length > 40, `the walk is long: ${links.length}`);
  for (const part of ['/change/', '/revoke']) {
    assert.ok(forms.some((form) => form.includes(part)), `the walk reaches a form of ${part}`);
  }
  for (const link of links) {
    const answer = await outsider.context.request.get(link);
    const text = await answer.text();
    // What the link itself says may be repeated.
    const shown = SECRETS.filter((secret) => text.includes(secret) && !decodeURIComponent(link).includes(secret));
    assert.deepEqual(shown, [], `${link} shows a stranger ${shown}`);
    assert.ok(answer.status() < 500, `${link}: ${answer.status()}`);
    if (new URL(link, service.origin).pathname.startsWith(`/console/customers/${customers.acme}`)) {
      assert.equal(answer.status(), 404, link);
    }
  }
  const page = await (await outsider.context.request.get('/console/customers')).text();
  const token = /name="csrf" value="([^"]+)"/.exec(page)?.[1];
  assert.ok(token, 'pages carry a token for changes');
  const before = await (await service.ask(service.key, 'GET', '/v1/audit?limit=1')).text();
  for (const form of forms) {
    const sent = { csrf: token, reason: 'mine now', field: 'x', actor: 'x' };
    const answer = await outsider.context.request.post(form, { form: sent, headers: { origin: service.origin }, maxRedirects: 0 });
    const text = await answer.text();
    assert.ok(answer.status() < 500, `${form}: ${answer.status()}`);
    assert.deepEqual(SECRETS.filter((secret) => text.includes(secret)), [], form);
  }
  const after = await (await service.ask(service.key, 'GET', '/v1/audit?limit=1')).text();
  assert.equal(after, before, 'a stranger changed nothing');
});

test('links of one tenant ask somebody without a session to sign in', async () => {
  for (const path of ['/console', '/console/customers', `/console/customers/${customers.acme}`, '/console/audit']) {
    const answer = await fetch(`${service.origin}${path}`, { redirect: 'manual' });
    assert.equal(answer.status, 303, path);
    assert.match(answer.headers.get('location'), /^\/console\/login/);
    assert.doesNotMatch(await answer.text(), /Acme/);
  }
});
