// What the page's worker shows of a push, what a click on it does, and when it goes: in Chromium, which hands the worker
// pushes that no push service sent.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { launch, live, open, say, sees, signUp } from './browser.mjs';
import { click, closeAll, openWithPushes, shown, startWorker } from './push_browser.mjs';

let host, place, page, worker;
const guests = [];  // browsers of single tests
before(async () => {
  host = await Host.start();
  place = await openWithPushes(host);
  page = place.page;
  await signUp(page, 'ann');
  worker = await startWorker(page);
});
after(async () => {
  for (const each of [...guests, place]) await each?.close();
  await host?.stop();
});
afterEach(async () => {
  assert.deepEqual(page.problems, []);
  assert.deepEqual(worker.errors, []);
  await closeAll(page);
});

const message = (more = {}) => ({
  type: 'message', title: 'ben', body: 'hello', badge: 1, tag: 'x', user: 'U1', channel: 'D1', ts: '1700000000.000100', ...more,
});
// In any order: Chromium has one of its own.
const showsTitles = (...titles) => until(async () =>
  (await shown(page)).map(({ title }) => title).sort().join() === titles.sort().join(), `${titles}`);

test('one notification for each conversation, the newest', async () => {
  await worker.deliver(message());
  await worker.deliver(message({ title: 'ben in #general', channel: 'C1' }));
  await worker.deliver(message({ title: 'ben (2)', body: 'and again', ts: '1700000001.000100' }));
  await showsTitles('ben in #general', 'ben (2)');
  assert.deepEqual((await shown(page)).find(({ channel }) => channel === 'D1'), { title: 'ben (2)', body: 'and again', channel: 'D1', renotify: true });
});

test('whatever comes, something is shown: browsers punish a push that shows nothing', async () => {
  const odd = ['hello', '', '{', 'null', '17', '[]', {}, { type: 'of tomorrow', title: 'x' }, { type: 'message' }, { type: 'message', title: 7, channel: {} }];
  for (const each of odd) {
    await worker.deliver(each);
    assert.deepEqual(await shown(page), [{ title: 'New message', body: '', channel: '', renotify: false }]);
    await closeAll(page);
  }
  await worker.deliver(message({ channel: undefined }));
  await showsTitles('ben');
});

test('in Korean where the browser is', async () => {
  const other = await openWithPushes(host, { locale: 'ko-KR', args: ['--accept-lang=ko-KR'] });
  guests.push(other);
  await (await startWorker(other.page)).deliver('hello');
  await until(async () => (await shown(other.page))[0]?.title === '새 메시지', 'the notification');
});

test('what was read elsewhere goes, and nothing else does', async () => {
  await worker.deliver(message());
  await worker.deliver(message({ title: 'ben in #general', channel: 'C1' }));
  await showsTitles('ben', 'ben in #general');
  await worker.deliver({ type: 'clear', badge: 1 });
  await worker.deliver({ type: 'clear', channel: 'D1', badge: 1 });
  await showsTitles('ben in #general');
});

test('a click goes to a window of the chat, not to the console, and opens the channel there', async () => {
  const general = await page.evaluate(() => location.hash.slice(1));
  await page.evaluate(() => { location.hash = ''; });
  const console = await place.context.newPage();
  await console.goto(`${host.url}/console`);
  await console.bringToFront();
  await worker.deliver(message({ title: 'ben in #general', channel: general }));
  await showsTitles('ben in #general');
  assert.deepEqual(await click(place.context, general), { focused: `${host.url}/` });
  await until(async () => await page.evaluate(() => location.hash.slice(1)) === general, 'the channel to be opened');
  assert.equal(new URL(console.url()).pathname, '/console');
  assert.deepEqual(await shown(page), []);
  await console.close();
});

test('a click opens a window where there is none, or only the console', async () => {
  await worker.deliver(message({ channel: 'C1' }));
  await worker.deliver('hello');
  await showsTitles('ben', 'New message');
  await page.goto(`${host.url}/console`);
  assert.deepEqual(await click(place.context, 'C1'), { opened: '/#C1' });
  assert.deepEqual(await click(place.context, ''), { opened: '/' });
  await page.goto(host.url);
  await live(page);
});

test('what is read on the page goes from the screen, here and when it was read on another device; the rest stays', async () => {
  const browser = await launch();
  guests.push(browser);
  const ben = await open(browser, host);
  await signUp(ben, 'ben');
  const session = await page.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')));
  const call = async (method, values) => (await fetch(`${host.api}${method}`, {
    method: 'POST', body: new URLSearchParams(values), headers: { Authorization: `Bearer ${session.token}` },
  })).json();
  const users = (await call('users.list', {})).members.find(({ name }) => name === 'ben').id;
  const dm = (await call('conversations.open', { users })).channel.id;
  await ben.locator('#list-direct li', { hasText: 'ann' }).click();
  await ben.locator('#room-name', { hasText: 'ann' }).waitFor();
  await say(ben, 'for your eyes');
  await sees(ben, 'for your eyes');
  const { ts } = (await call('conversations.history', { channel: dm })).messages[0];
  await worker.deliver(message({ channel: dm, ts }));
  await worker.deliver(message({ title: 'another', channel: 'C1', ts }));
  await showsTitles('ben', 'another');
  await call('conversations.mark', { channel: dm, ts });
  await showsTitles('another');

  await worker.deliver(message({ channel: dm, ts: `${Number.parseInt(ts, 10) + 60}.000100` }));
  await showsTitles('another', 'ben');
  await page.locator('#list-direct li', { hasText: 'ben' }).click();
  await showsTitles('another');
});

test('what comes while others are taken away stays', async () => {
  const channels = await page.locator('#lists a[data-channel]').evaluateAll((links) => links.map(({ dataset }) => dataset.channel));
  assert.ok(channels.length > 1);
  // To and fro: whatever is opened takes its notifications away.
  await page.evaluate((ids) => {
    let n = 0;
    window.walk = setInterval(() => { location.hash = ids[++n % ids.length]; }, 2);
  }, channels);
  const coming = Array.from({ length: 12 }, (_, n) => `${n}`.padStart(2, '0'));
  for (const title of coming) await worker.deliver(message({ title, channel: `C${title}` }));
  await page.evaluate(() => clearInterval(window.walk));
  await showsTitles(...coming);
});
