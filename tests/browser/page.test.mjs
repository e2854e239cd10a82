// The page at / in a real browser: two people sign up and chat.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { launch, live, open, say, sees, signUp, texts } from './browser.mjs';

let host, browser, minji, ben;
before(async () => {
  host = await Host.start(['presence.offline_grace_ms=200']);
  browser = await launch();
  [minji, ben] = [await open(browser, host), await open(browser, host)];
  await signUp(minji, 'minji');
  await signUp(ben, 'ben');
});
after(async () => {
  await browser?.close();
  await host?.stop();
});
afterEach(() => {
  for (const page of [minji, ben]) assert.deepEqual(page.problems, []);
});

const person = (page, name) => page.locator('#list-direct li', { hasText: name });
const channelLink = (page, name) => page.locator('#lists a', { hasText: name });

test('the page comes with a policy that lets nothing inline run', async () => {
  const response = await fetch(host.url);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/html/);
  const policy = response.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'/);
  assert.ok(!policy.includes('unsafe'));
});

test('what one says, the other sees at once, and both in the same order', async () => {
  await say(minji, 'Good morning, Ben');
  await sees(ben, 'Good morning, Ben');
  await say(ben, '좋은 아침이에요 🔔');
  await sees(minji, '좋은 아침이에요 🔔');
  for (let n = 0; n < 5; ++n) await say(n % 2 ? minji : ben, `quick ${n}`);
  for (let n = 0; n < 5; ++n) await Promise.all([sees(minji, `quick ${n}`), sees(ben, `quick ${n}`)]);
  await until(async () => (await texts(minji)).join() === (await texts(ben)).join(), 'one order on both screens');
});

test('markup in a message is text', async () => {
  const nasty = '<img src=x onerror="document.title=1"> <b>bold</b> &amp; "quotes"';
  await say(minji, nasty);
  await sees(ben, nasty);
  assert.equal(await ben.locator('#messages img, #messages .text b').count(), 0);
});

test('a link in a message is a link that tells the target nothing', async () => {
  await say(minji, 'see https://example.org/bell.');
  const link = ben.locator('#messages a[href="https://example.org/bell"]');
  await link.waitFor();
  assert.match(await link.getAttribute('rel'), /noopener/);
});

test('who types is named below the messages', async () => {
  await ben.locator('#composer-text').pressSequentially('I am');
  await minji.locator('#typing', { hasText: 'ben is typing…' }).waitFor();
  await say(ben, 'done typing');
  await sees(minji, 'done typing');
  await until(async () => (await minji.textContent('#typing')) === '', 'the notice to go');
});

test('a dot says who is here, and goes out when they leave', async () => {
  const guest = await open(browser, host);
  await signUp(guest, 'guest');
  await person(minji, 'guest').locator('.dot.active').waitFor();
  await guest.context().close();
  await person(minji, 'guest').locator('.dot:not(.active)').waitFor();
});

test('one\'s own message can be edited and deleted, another\'s cannot', async () => {
  await say(minji, 'helo');
  await sees(ben, 'helo');
  const own = minji.locator('#messages li.message', { hasText: 'helo' });
  await own.hover();
  await own.getByRole('button', { name: 'Edit' }).click();
  await minji.fill('.editor textarea', 'hello again');
  await minji.press('.editor textarea', 'Enter');
  await sees(ben, 'hello again');
  const theirs = ben.locator('#messages li.message', { hasText: 'hello again' });
  assert.match(await theirs.textContent(), /edited/);
  assert.equal(await theirs.locator('.actions').count(), 0);

  const edited = minji.locator('#messages li.message', { hasText: 'hello again' });
  await edited.hover();
  await edited.getByRole('button', { name: 'Delete' }).click();
  await minji.locator('#dialog').getByRole('button', { name: 'Delete' }).click();
  await theirs.waitFor({ state: 'detached' });
});

test('a new channel can be joined by the other', async () => {
  await minji.click('#new-channel');
  await minji.fill('#channel-name', 'Bell Tower');
  await minji.press('#channel-name', 'Enter');
  await minji.locator('#room-name', { hasText: '#bell-tower' }).waitFor();
  await say(minji, 'first in the tower');
  await sees(minji, 'first in the tower');

  await ben.locator('#list-more_channels a', { hasText: 'bell-tower' }).click();
  await sees(ben, 'first in the tower');
  assert.equal(await ben.locator('#composer').isVisible(), false);
  await ben.click('#joiner-button');
  await ben.locator('#list-channels a', { hasText: 'bell-tower' }).waitFor();
  await say(ben, 'second in the tower');
  await sees(minji, 'second in the tower');
  for (const page of [minji, ben]) await page.locator('#list-channels a', { hasText: 'general' }).click();
  for (const page of [minji, ben]) await page.locator('#room-name', { hasText: '#general' }).waitFor();
});

test('a direct message shows as unread until it is read', async () => {
  await person(minji, 'ben').click();
  await minji.locator('#room-name', { hasText: 'ben' }).waitFor();
  await say(minji, 'just between us');
  await sees(minji, 'just between us');
  const badge = person(ben, 'minji').locator('.count');
  await badge.waitFor();
  await until(async () => (await ben.title()).startsWith('(1)'), 'the count in the title');
  await person(ben, 'minji').click();
  await sees(ben, 'just between us');
  await badge.waitFor({ state: 'detached' });
  // Another device of Ben's knows that it was read.
  const phone = await open(browser, host, { viewport: { width: 390, height: 800 } });
  await phone.fill('#sign-email', 'ben@example.org');
  await phone.fill('#sign-password', 'correct horse');
  await phone.click('#sign-submit');
  await person(phone, 'minji').waitFor();
  await phone.waitForSelector('body[data-connection=live]');
  assert.equal(await person(phone, 'minji').locator('.count').count(), 0);
  await phone.context().close();
  for (const page of [minji, ben]) await channelLink(page, 'general').click();
});

test('what is typed while a conversation is still being opened stays in its field', async () => {
  const guest = await open(browser, host);
  await signUp(guest, 'quick');
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await guest.route('**/api/conversations.info', async (route) => {
    await held;
    await route.continue();
  });
  await person(ben, 'quick').click();
  await ben.locator('#room-name', { hasText: 'quick' }).waitFor();
  await say(ben, 'hello, quick one');
  await sees(ben, 'hello, quick one');
  await guest.fill('#composer-text', 'for the channel');
  await person(guest, 'ben').click();
  await until(async () => await guest.inputValue('#composer-text') === '', 'the field of another conversation');
  await guest.fill('#composer-text', 'typed early');
  release();
  await sees(guest, 'hello, quick one');
  assert.equal(await guest.inputValue('#composer-text'), 'typed early');
  await guest.press('#composer-text', 'Enter');
  await sees(ben, 'typed early');
  await channelLink(guest, 'general').click();
  await until(async () => await guest.inputValue('#composer-text') === 'for the channel', 'the draft of the channel');
  await guest.context().close();
});

test('a group DM goes by the names of the others', async () => {
  const guest = await open(browser, host);
  await signUp(guest, 'third');
  const token = await minji.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')).token);
  const call = async (method, values) => (await fetch(`${host.api}${method}`, {
    method: 'POST', body: new URLSearchParams(values), headers: { Authorization: `Bearer ${token}` },
  })).json();
  const { members } = await call('users.list', {});
  const users = ['ben', 'third'].map((name) => members.find((user) => user.name === name).id).join(',');
  assert.equal((await call('conversations.open', { users })).ok, true);
  await minji.locator('#list-direct a', { hasText: /ben, third|third, ben/ }).click();
  await say(minji, 'for the three of us');
  await guest.locator('#list-direct a', { hasText: /ben, minji|minji, ben/ }).click();
  await sees(guest, 'for the three of us');
  await guest.context().close();
  await channelLink(minji, 'general').click();
});

test('a private channel is seen by those who were invited', async () => {
  await minji.click('#new-channel');
  await minji.fill('#channel-name', 'vault');
  await minji.check('#channel-private');
  await minji.press('#channel-name', 'Enter');
  await minji.locator('#room-name', { hasText: '#vault' }).waitFor();
  await say(minji, 'hidden words');
  await sees(minji, 'hidden words');
  assert.equal(await channelLink(ben, 'vault').count(), 0);
  await minji.click('#room-details');
  await minji.selectOption('#invite-who', { label: 'ben' });
  await minji.locator('#dialog').getByRole('button', { name: 'Invite' }).click();
  await channelLink(ben, 'vault').click();
  await sees(ben, 'hidden words');
  for (const page of [minji, ben]) await channelLink(page, 'general').click();
});

test('a reload keeps the session and the open channel', async () => {
  await ben.reload();
  await live(ben);
  await sees(ben, 'Good morning, Ben');
  assert.equal(await ben.locator('#room-name').textContent(), '#general');
  assert.equal(await ben.locator('#sign').isVisible(), false);
});

test('keys alone are enough: write, edit the last message, cancel', async () => {
  await minji.focus('#composer-text');
  await minji.keyboard.type('by keyboard');
  await minji.keyboard.press('Shift+Enter');
  await minji.keyboard.type('on two lines');
  await minji.keyboard.press('Enter');
  await sees(ben, 'by keyboard\non two lines');
  await sees(minji, 'on two lines');
  await minji.keyboard.press('ArrowUp');
  await minji.locator('.editor textarea').waitFor();
  await minji.keyboard.press('Escape');
  await minji.locator('.editor textarea').waitFor({ state: 'detached' });
  await until(() => minji.evaluate(() => document.activeElement.id === 'composer-text'), 'focus to come back');
});

test('signing out ends the session for good', async () => {
  const guest = await open(browser, host);
  await signUp(guest, 'leaver');
  await guest.click('#sign-out');
  await guest.locator('#sign-form').waitFor();
  await guest.reload();
  await guest.locator('#sign-form').waitFor();
  assert.equal(await guest.evaluate(() => localStorage.getItem('carillon.session')), null);
  await guest.fill('#sign-email', 'leaver@example.org');
  await guest.fill('#sign-password', 'wrong horse');
  await guest.click('#sign-submit');
  await guest.locator('#sign-error', { hasText: 'Wrong email or password.' }).waitFor();
  await guest.context().close();
});

test('a token that is revoked elsewhere ends the session at once, and the page says so; a wrong password is another thing', async () => {
  const guest = await open(browser, host);
  await signUp(guest, 'traveller');
  const revoke = async () => {
    const { token } = await guest.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')));
    await fetch(`${host.api}auth.revoke`, { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
  };
  const says = (text) => guest.locator('#sign-error').filter({ hasText: text }).waitFor();
  await revoke();
  await says('You were signed out.');
  await guest.fill('#sign-email', 'traveller@example.org');
  await guest.click('#choose-signin');
  await guest.fill('#sign-password', 'wrong horse');
  await guest.click('#sign-submit');
  await says('Wrong email or password.');

  // While no page was open.
  await guest.fill('#sign-password', 'correct horse');
  await guest.click('#sign-submit');
  await live(guest);
  const stored = await guest.evaluate(() => localStorage.getItem('carillon.session'));
  await revoke();
  await says('You were signed out.');
  await guest.evaluate((value) => localStorage.setItem('carillon.session', value), stored);
  await guest.reload();
  await says('You were signed out.');
  await guest.context().close();
});
