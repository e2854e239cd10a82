// The console in a browser, for its tests: signing in, and pictures of what it looks like.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from './browser.mjs';

const shots = process.env.SCREENSHOTS ?? fileURLToPath(new URL('../../build/release/screenshots', import.meta.url));
export const desktop = { viewport: { width: 1280, height: 860 } };
export const phone = { viewport: { width: 390, height: 800 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

// site: {url, token}. Resolves when the page shows the cluster.
export async function openConsole(browser, site, options = desktop) {
  const page = await open(browser, { url: `${site.url}/console` }, options);
  await page.fill('#sign-token', site.token);
  await page.press('#sign-token', 'Enter');
  await page.locator('#hosts tbody tr').first().waitFor();
  return page;
}

// To another view of the same page.
export async function visit(page, hash) {
  await page.evaluate((to) => { location.hash = to; }, hash);
}

export async function shoot(page, name) {
  await mkdir(shots, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(shots, `console-${name}.png`), fullPage: true });
}

// Wider than the screen: somebody on a phone would have to scroll sideways to read.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export const cellsOf = (page, table) => page.locator(`${table} tbody tr`).evaluateAll((rows) =>
  rows.map((row) => Object.fromEntries([...row.cells].map((cell) => [cell.dataset.title, cell.textContent.trim()]))));
