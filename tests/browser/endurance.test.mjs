// What the page does when things go wrong: a host that dies, a network that goes, long histories.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { launch, live, open, say, sees, signUp, texts } from './browser.mjs';

const historySize = 300;

let host, browser, minji, ben;
before(async () => {
  host = await Host.start();
  browser = await launch();
  [minji, ben] = [await open(browser, host), await open(browser, host)];
  await signUp(minji, 'minji');
  await signUp(ben, 'ben');
});
after(async () => {
  await browser?.close();
  await host?.stop();
});

// Calls the Web API with the page's own token.
async function api(page, method, values) {
  const token = await page.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')).token);
  const response = await fetch(`${host.api}${method}`, {
    method: 'POST', body: new URLSearchParams(values), headers: { Authorization: `Bearer ${token}` },
  });
  return response.json();
}
const openChannel = (page) => page.evaluate(() => location.hash.slice(1));

test('history comes page by page as one scrolls up, each message once, the view staying in place', async () => {
  const channel = await openChannel(minji);
  for (let n = 0; n < historySize; ++n) {
    const { ok } = await api(minji, 'chat.postMessage', { channel, text: `line ${n}.` });
    assert.equal(ok, true);
  }
  await ben.reload();
  await live(ben);
  await sees(ben, `line ${historySize - 1}.`);
  assert.ok((await texts(ben)).length < historySize, 'at first only the end is read');
  await until(async () => {
    await ben.locator('#scroller').evaluate((node) => { node.scrollTop = 0; });
    return (await texts(ben)).includes('line 0.') && ben.locator('#history-edge', { hasText: 'This is where' }).isVisible();
  }, 'the beginning, above which nothing can push what is in sight', 30_000);
  const lines = (await texts(ben)).filter((text) => text.startsWith('line '));
  assert.deepEqual(lines, Array.from({ length: historySize }, (_, n) => `line ${n}.`));

  // A new message does not pull down somebody who reads the past, but offers the way.
  await ben.locator('#scroller').evaluate((node) => { node.scrollTop = 0; });
  const before = await ben.locator('#scroller').evaluate((node) => node.scrollTop);
  await say(minji, 'news at the end');
  await ben.locator('#jump').waitFor();
  assert.ok(Math.abs(await ben.locator('#scroller').evaluate((node) => node.scrollTop) - before) < 5);
  await ben.click('#jump');
  await until(() => ben.locator('#scroller').evaluate((node) =>
    node.scrollHeight - node.scrollTop - node.clientHeight < 80), 'the end to be in sight');
});

test('kill -9 of the host: both reconnect by themselves, nothing is lost or doubled', async () => {
  await say(minji, 'before the fall');
  await sees(ben, 'before the fall');
  await host.kill();
  await ben.locator('#connection', { hasText: 'Connection lost' }).waitFor();
  await say(minji, 'while it was down');
  await minji.locator('li.pending', { hasText: 'while it was down' }).waitFor();
  await host.startAgain();
  await Promise.all([minji, ben].map((page) => page.waitForSelector('body[data-connection=live]', { timeout: 60_000 })));
  await Promise.all([minji, ben].map((page) => page.locator('#messages li.message:not(.pending)', { hasText: 'while it was down' })
    .waitFor({ timeout: 60_000 })));
  await say(ben, 'after the fall');
  await sees(minji, 'after the fall');
  for (const page of [minji, ben]) {
    const all = await texts(page);
    for (const text of ['before the fall', 'while it was down', 'after the fall']) {
      assert.equal(all.filter((one) => one === text).length, 1, text);
    }
    assert.equal(await page.locator('#connection').isVisible(), false);
  }
});

test('what is written without a network survives even a closed tab', async () => {
  const context = ben.context();
  await context.setOffline(true);
  await say(ben, 'from the tunnel');
  await ben.locator('li.pending', { hasText: 'from the tunnel' }).waitFor();
  await ben.close();
  await context.setOffline(false);
  ben = await context.newPage();
  await ben.goto(host.url);
  await live(ben);
  await sees(minji, 'from the tunnel');
  await sees(ben, 'from the tunnel');
  assert.equal((await texts(ben)).filter((text) => text === 'from the tunnel').length, 1);
});

test('what happened while one was away is there afterwards: new, edited and deleted', async () => {
  const channel = await openChannel(minji);
  const kept = await api(minji, 'chat.postMessage', { channel, text: 'will be edited' });
  const gone = await api(minji, 'chat.postMessage', { channel, text: 'will be deleted' });
  await sees(ben, 'will be deleted');
  await ben.context().setOffline(true);
  await host.kill();  // closes Ben's socket, which going offline alone does not
  await host.startAgain();
  await api(minji, 'chat.update', { channel, ts: kept.ts, text: 'was edited' });
  await api(minji, 'chat.delete', { channel, ts: gone.ts });
  await api(minji, 'chat.postMessage', { channel, text: 'is new' });
  await ben.context().setOffline(false);
  const patience = { timeout: 60_000 };
  await ben.locator('#messages li', { hasText: 'was edited' }).waitFor(patience);
  await ben.locator('#messages li', { hasText: 'is new' }).waitFor(patience);
  await ben.locator('#messages li', { hasText: 'will be deleted' }).waitFor({ state: 'detached', ...patience });
});
