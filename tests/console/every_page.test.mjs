// What holds of every page: anybody can use it, it asks nobody else, and it is small.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import { NARROW, WIDE } from './browser.mjs';
import { PAGES } from './pages.mjs';
import { arrive, service } from './world.mjs';

/** Bytes of a page with its style and script, compressed. */
const BYTES_MAX = 60_000;

const anybody = await arrive();

for (const { name, who = anybody, path, status = 200 } of PAGES) {
  test(`${name}: axe finds nothing in light and dark, wide and narrow`, async () => {
    const { page } = who;
    const answer = await page.goto(path);
    assert.equal(answer.status(), status);
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
        assert.deepEqual(found, [], `${colorScheme}, ${viewport.width} px`);
      }
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(beyond <= 0, `${viewport.width} px wide: the page is ${beyond} px wider`);
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize(WIDE);
  });

  test(`${name}: is small, and its policy lets nothing else in`, async () => {
    const { context } = who;
    const answer = await context.request.get(path);
    const html = await answer.text();
    assert.equal(answer.headers()['content-encoding'], 'gzip');
    assert.match(answer.headers()['content-security-policy'], /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(html, /\son[a-z]+=|\sstyle=|<style|<script>|javascript:|hx-/);
    const files = [...html.matchAll(/(?:href|src)="(\/console\/static\/[^"]+)"/g)].map(([, file]) => file);
    let bytes = gzipSync(html).length;
    for (const file of files) bytes += gzipSync(await (await fetch(`${service.origin}${file}`)).text()).length;
    assert.ok(bytes <= BYTES_MAX, `${bytes} bytes`);
  });
}
