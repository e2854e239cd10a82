// What is on the screen counts as read while somebody is there to read it: the rule as a plain value, then in a
// real browser whose clock is moved on. And the host hears of use that it would not see.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Attention, hereMs, tellEveryMs } from '../../tools/web/page/attention.js';
import { Host, until } from '../support/host.mjs';
import { launch, open, say, sees, signUp } from './browser.mjs';

const awayMs = 1_500;
const justOverHere = hereMs + 1_000;

test('somebody is there for a minute after the last touch, and not before the first', () => {
  const attention = new Attention();
  assert.equal(attention.isRecent(0), false);
  attention.used(1_000);
  assert.equal(attention.isRecent(1_000 + hereMs - 1), true);
  assert.equal(attention.isRecent(1_000 + hereMs), false);
  assert.equal(attention.isRecent(1_000 - hereMs), false, 'the clock was set back');
});

test('the host is told at the first use, and again when half a minute is over', () => {
  const attention = new Attention();
  assert.equal(attention.isToBeTold(5), true);
  assert.equal(attention.isToBeTold(6), true, 'until it was');
  attention.told(6);
  assert.equal(attention.isToBeTold(6 + tellEveryMs - 1), false);
  assert.equal(attention.isToBeTold(6 + tellEveryMs), true);
});

let host, browser, ann, ben;
before(async () => {
  host = await Host.start(['presence.offline_grace_ms=200', `presence.auto_away_after_ms=${awayMs}`]);
  browser = await launch();
  ann = await attended();
  ben = await open(browser, host);
  await signUp(ann, 'ann');
  await signUp(ben, 'ben');
});
after(async () => {
  await browser?.close();
  await host?.stop();
});
afterEach(() => {
  for (const page of [ann, ben]) assert.deepEqual(page.problems, []);
});

// A page whose clock the test moves on, and of which it knows how often it said that it is in use.
async function attended() {
  const page = await open(browser, host);
  page.told = 0;
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
    page.told += JSON.parse(payload).type === 'carillon.active';
  }));
  await page.clock.install();
  await page.reload();
  return page;
}
const touch = async (page) => {
  await page.mouse.move(600, 300);
  await page.mouse.move(610, 310);
};
const leave = (page) => page.clock.fastForward(justOverHere);
async function api(page, method, values = {}) {
  const token = await page.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')).token);
  const response = await fetch(`${host.api}${method}`, {
    method: 'POST', body: new URLSearchParams(values), headers: { Authorization: `Bearer ${token}` },
  });
  return response.json();
}
const presence = async (page) => (await api(page, 'users.getPresence')).presence;
const openChannel = (page) => page.evaluate(() => location.hash.slice(1));
const lastRead = async (page) => (await api(page, 'conversations.info', { channel: await openChannel(page) })).channel.last_read;
const newestOnScreen = (page) => page.locator('#messages li.message').last().getAttribute('data-ts');
const badge = (page) => page.locator('#list-channels a[aria-current=page] .count');
const newLine = (page) => page.locator('#messages .rule.new');
// The text of the message below the line.
const belowLine = (page) => page.locator('#messages .rule.new + li .text').textContent();

test('what comes while somebody is there is read at once', async () => {
  await touch(ann);
  await say(ben, 'are you there?');
  await sees(ann, 'are you there?');
  await until(async () => await lastRead(ann) === await newestOnScreen(ann), 'the mark to be on the host');
  assert.equal(await badge(ann).count(), 0);
  assert.equal(await newLine(ann).count(), 0);
});

test('what comes while nobody is there waits as unread, below the line, until the next touch', async () => {
  const readBefore = await lastRead(ann);
  await leave(ann);
  await until(async () => await presence(ann) === 'away', 'ann to be away');
  await say(ben, 'while you were out');
  await say(ben, 'and one more');
  await sees(ann, 'and one more');
  await badge(ann).filter({ hasText: '2' }).waitFor();
  await until(async () => (await ann.title()).startsWith('(2)'), 'the count in the title');
  assert.equal(await belowLine(ann), 'while you were out');
  assert.equal(await lastRead(ann), readBefore);
  assert.equal(await presence(ann), 'away', 'another\'s post is no use of hers');

  await touch(ann);
  await badge(ann).waitFor({ state: 'detached' });
  await until(async () => await lastRead(ann) === await newestOnScreen(ann), 'the mark to be on the host');
  await until(async () => !(await ann.title()).startsWith('('), 'the count to leave the title');
  assert.equal(await belowLine(ann), 'while you were out', 'it says where she left off');
});

test('the line moves on with the next absence', async () => {
  await leave(ann);
  await say(ben, 'out again?');
  await sees(ann, 'out again?');
  await badge(ann).filter({ hasText: '1' }).waitFor();
  assert.equal(await newLine(ann).count(), 1);
  assert.equal(await belowLine(ann), 'out again?');
  await touch(ann);
  await badge(ann).waitFor({ state: 'detached' });
});

test('a window that is not in front reads nothing, however lately it was touched', async () => {
  await touch(ann);
  await ann.evaluate(() => { document.hasFocus = () => false; });
  await say(ben, 'behind another window');
  await sees(ann, 'behind another window');
  await badge(ann).waitFor();
  await ann.evaluate(() => {
    delete document.hasFocus;
    dispatchEvent(new Event('focus'));
  });
  await badge(ann).waitFor({ state: 'detached' });
});

test('who only reads is not away, and says so once in half a minute', async () => {
  await ann.clock.fastForward(tellEveryMs + 1_000);
  await until(async () => await presence(ann) === 'away', 'ann to be away');
  const toldBefore = ann.told;
  await touch(ann);
  await until(async () => await presence(ann) === 'active', 'ann to be back');
  await touch(ann);
  await ann.mouse.wheel(0, 10);
  await ann.keyboard.press('Shift');
  assert.equal(ann.told, toldBefore + 1);
  await ann.clock.fastForward(tellEveryMs + 1_000);
  await ann.keyboard.press('Shift');
  await until(() => ann.told === toldBefore + 2, 'the word to be said again');
});

test('somebody new in the team does not wake a page that nobody is at; whether they are here is seen at the next touch', async () => {
  await leave(ann);
  await until(async () => await presence(ann) === 'away', 'ann to be away');
  const guest = await open(browser, host);
  await signUp(guest, 'guest');
  const entry = ann.locator('#list-direct li', { hasText: 'guest' });
  await entry.waitFor();
  assert.equal(await presence(ann), 'away');
  await touch(ann);
  await until(async () => {
    await say(guest, 'hello, I am new');  // soon away again, here
    return entry.locator('.dot.active').isVisible();
  }, 'the guest to be seen as active');
  await guest.context().close();
  await entry.locator('.dot:not(.active)').waitFor();
});
