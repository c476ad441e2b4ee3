// Texts that want to be markup or code are shown as what they are.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { NAUGHTY } from './naughty.mjs';
import { signedIn, service } from './world.mjs';

/** So many are shown as name, reason and metadata. */
const SHOWN = 500;
const AT_A_TIME = 8;

/** Those that the service takes everywhere, with their customers. */
const shown = [];
let visitor;

before(async () => {
  const { key } = await service.tenant('Naughty Ltd', 'read,write,audit,admin');
  const left = NAUGHTY.filter((text) => text === text.trim() && text.length > 0).reverse();
  let position;
  const send = async () => {
    for (let text = left.pop(); text !== undefined && shown.length < SHOWN; text = left.pop()) {
      const body = { profile: { name: text }, metadata: { note: text } };
      // A text that no header can carry is refused by the client.
      const answer = await service
        .ask(key, 'POST', '/v1/customers', body, { reason: text, refused: true })
        .catch(() => ({ status: 0 }));
      if (answer.status !== 201 || shown.length >= SHOWN) continue;
      const made = await answer.json();
      shown.push({ text, id: made.id });
      position = made.position;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, send));
  assert.equal(shown.length, SHOWN, 'so many are accepted');
  await service.settled(key, position);
  visitor = await signedIn(key);
});

/** The texts of a page, each as it is in one node, and whether any of them became something else. */
function read(page) {
  return page.evaluate(() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.data);
    const handlers = [...document.querySelectorAll('*')].flatMap((element) =>
      element.getAttributeNames().filter((name) => name.startsWith('on') || name.startsWith('hx-on')));
    const foreign = 'iframe, object, embed, base, math, meta[http-equiv], [href^="javascript:"], script:not([src^="/console/"])';
    return { texts, injected: [...handlers, ...[...document.querySelectorAll(foreign)].map((element) => element.outerHTML)], hit: window.hit };
  });
}

/** Goes through all pages from `path`, and returns all texts. */
async function walk(path) {
  const texts = [];
  for (let at = path; at; ) {
    await visitor.page.goto(at);
    const found = await read(visitor.page);
    assert.deepEqual([found.injected, found.hit], [[], undefined]);
    texts.push(...found.texts);
    const next = visitor.page.locator('a[rel=next]');
    at = (await next.count()) ? await next.getAttribute('href') : null;
  }
  return texts;
}

/** Characters that a value in a sentence has, at most. */
const SHORT = 160;
/** A text as HTML and Unicode have it: without carriage returns, composed. */
const inHtml = (text) => text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').normalize();
const cut = (text) => ([...text].length > SHORT ? `${[...text].slice(0, SHORT).join('')}…` : undefined);

/** Each text is there at least so many times. */
function areThere(texts, times) {
  const counts = new Map();
  const count = (text) => counts.get(text) ?? 0;
  for (const text of texts.map(inHtml)) counts.set(text, count(text) + 1);
  const missing = shown.map(({ text }) => inHtml(text)).filter((text) => count(text) + count(cut(text)) < times);
  assert.deepEqual(missing, []);
}

test('500 naughty names are shown as they are in the list of customers', async () => {
  areThere(await walk('/console/customers'), 1);
});

test('500 naughty names, reasons and metadata are shown as they are in the audit', async () => {
  // The customer's name, the new name, the new metadata and the reason.
  areThere(await walk('/console/audit'), 4);
});

test('the pages of customers with naughty names show them as they are', async () => {
  for (const { text, id } of shown.filter((_, nth) => nth % 20 === 0)) {
    await visitor.page.goto(`/console/customers/${id}`);
    const { texts, injected, hit } = await read(visitor.page);
    assert.deepEqual([injected, hit], [[], undefined]);
    assert.ok(texts.map(inHtml).includes(inHtml(text)), text);
  }
});
