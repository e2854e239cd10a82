// A headless Chromium for the tests: Debian's, with an empty profile and nothing of its own going
// out to the network. Each person gets a context of their own, as if on another machine.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
const patienceMs = 15_000;
export const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export async function launch() {
  // playwright gives it a new, empty user data folder and removes that afterwards.
  return chromium.launch({
    executablePath,
    headless: true,
    args: quiet,
  });
}

// One person's browser with the page open. `problems` collects what the page itself complained of.
export async function open(browser, host, { locale = 'en-US', ...options } = {}) {
  const context = await browser.newContext({ locale, viewport: { width: 1100, height: 720 }, ...options });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.stack));
  page.on('console', (line) => {
    // A refused or failed request is the page's business and shown to the reader.
    if (line.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(line.text())) {
      page.problems.push(line.text());
    }
  });
  await page.goto(host.url);
  return page;
}

export async function signUp(page, name, address = name) {
  await page.click('#choose-signup');
  await page.fill('#sign-name', name);
  await page.fill('#sign-email', `${address}@example.org`);
  await page.fill('#sign-password', 'correct horse');
  await page.click('#sign-submit');
  await live(page);
}

// Connected, with the channel's history on the screen.
export async function live(page) {
  await page.waitForSelector('body[data-connection=live]');
  await page.waitForSelector('#messages li');
}

export async function say(page, text) {
  await page.fill('#composer-text', text);
  await page.press('#composer-text', 'Enter');
}

// Waits until the message is there, and not as one that is still on its way.
export async function sees(page, text) {
  await page.locator('#messages li.message:not(.pending)', { hasText: text }).first().waitFor();
}

// The texts on the screen, in their order.
export async function texts(page) {
  return page.locator('#messages li.message .text').allTextContents();
}
