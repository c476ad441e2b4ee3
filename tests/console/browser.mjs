// People in a browser, and what nobody may see there: outside requests, complaints of the browser, dialogs.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

/** Widths, as on a desk and in a hand. */
export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 320, height: 740 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Chromium's own sandbox does not run as root. No name but those of this machine resolves.
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
  });
}

/** Somebody with a browser of their own: cookies, pages, and what went wrong in them. They may go to `elsewhere`, too. */
export class Visitor {
  static async arrive(browser, origin, { elsewhere, ...options } = {}) {
    const visitor = new Visitor();
    visitor.origin = origin;
    visitor.complaints = [];
    visitor.context = await browser.newContext({
      baseURL: origin, viewport: WIDE, timezoneId: 'Europe/Berlin', locale: 'en-GB', reducedMotion: 'reduce', ...options,
    });
    visitor.context.setDefaultTimeout(10_000);
    visitor.context.on('request', (request) => {
      const url = request.url();
      const expected = [origin, elsewhere].some((place) => place && url.startsWith(`${place}/`));
      if (!expected && !/^(data|blob|about):/.test(url)) visitor.complaints.push(`a request to ${url}`);
    });
    visitor.context.on('response', (response) => {
      const failed = response.status() >= 500 || (response.status() >= 400 && !response.request().isNavigationRequest());
      // A conflict or a refusal that a page shows in its place is an answer.
      if (failed && ![409, 412, 422].includes(response.status())) {
        visitor.complaints.push(`${response.request().method()} ${response.url()}: ${response.status()}`);
      }
    });
    visitor.context.on('dialog', (dialog) => {
      visitor.complaints.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    visitor.context.on('weberror', (error) => visitor.complaints.push(`an error: ${error.error()}`));
    visitor.context.on('console', (message) => {
      // Statuses are looked at above.
      if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource')) {
        visitor.complaints.push(`the browser complains: ${message.text()}`);
      }
    });
    // What a content security policy refuses quietly, such as a style attribute in a report-only policy.
    await visitor.context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (violation) => {
        console.error(`the policy refused ${violation.violatedDirective} of ${violation.blockedURI}`);
      });
    });
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  /** Exchanges a key for a session, by the page for that. */
  async signIn(key, name = 'Sara Lindqvist') {
    const { page } = this;
    await page.goto('/console/login');
    await page.getByLabel('Your name').fill(name);
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((url) => !/\/(login|welcome)$/.test(url.pathname));
  }

  /** Fails if anything went wrong since the last time. */
  sawNothingWrong() {
    assert.deepEqual(this.complaints.splice(0), []);
  }
}

/** Presses Tab until the element has the focus, as somebody without a mouse does, and checks that the focus shows. */
export async function tabTo(page, locator, most = 150) {
  const element = await locator.elementHandle();
  for (let pressed = 0; pressed < most; pressed += 1) {
    const focus = await element.evaluate((wanted) => {
      if (document.activeElement !== wanted) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(wanted);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
    });
    if (focus === true) return;
    assert.notEqual(focus, false, `the focus on ${locator} must show`);
    await page.keyboard.press('Tab');
  }
  assert.fail(`${locator} can't be reached by Tab`);
}

/** Reaches an element by Tab and presses Enter. */
export async function enterOn(page, locator) {
  await tabTo(page, locator);
  await page.keyboard.press('Enter');
}

/** Reaches a field by Tab and types into it, instead of what is there. */
export async function typeInto(page, locator, text) {
  await tabTo(page, locator);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}
