// From one person's message to another's screen by Web Push: the page's button, Chromium's subscription, the host's
// encryption, a push service on loopback, Chromium's decryption, the page's worker. And whose browser it is.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createECDH } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { live, signUp } from './browser.mjs';
import { openWithPushes, shown, told } from './push_browser.mjs';
import { PushService } from './push_service.mjs';

const carillon = process.env.CARILLON;
// What keeps Chromium from speaking to the push service, among the arguments that tests give it.
const without = ['--disable-background-networking', '--disable-component-extensions-with-background-pages'];

let folder, service, host, place, page, ann;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'carillon-push-'));
  const tls = path.join(folder, 'tls');
  await promisify(execFile)(carillon, ['certs', 'new', '--hosts', 'localhost', '--out', tls]);
  const vapid = createECDH('prime256v1');
  vapid.generateKeys();
  await writeFile(path.join(folder, 'vapid.key'), `${vapid.getPrivateKey('base64url')}\n`, { mode: 0o600 });
  service = await PushService.start(tls);
  host = await Host.start([
    'presence.offline_grace_ms=0', 'inbox.gather_ms=5', 'push.gather_ms=20', 'push.retry_first_ms=50', 'push.retry_max_ms=200',
    `push.ca_file=${tls}/ca.pem`, 'push.allow_private_endpoints=true',
    `push.web.key_file=${folder}/vapid.key`, 'push.web.subject=mailto:ops@example.org',
  ]);
  const answer = await call('', 'carillon.signup', { name: 'ann', email: 'ann@example.org', password: 'correct horse' });
  ann = answer.token;
});
after(async () => {
  await host?.stop();
  await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});
// A browser for each test, that knows nothing of the last.
beforeEach(async () => {
  await openBrowser();
});
afterEach(async () => {
  await place?.close();
  assert.deepEqual(page.problems, []);
});

// Chromium names its maker's service as the endpoint, and this one stands elsewhere: the host is told so.
async function openBrowser(options = {}) {
  place = await openWithPushes(host, { args: service.browserArguments, without, ...options });
  page = place.page;
  await place.context.route('**/api/carillon.push.register', (route) => {
    const form = new URLSearchParams(route.request().postData());
    const subscription = JSON.parse(form.get('subscription'));
    subscription.endpoint = `${service.url}/${subscription.endpoint.split('/').at(-1)}`;
    form.set('subscription', JSON.stringify(subscription));
    return route.continue({ postData: form.toString() });
  });
}

async function call(token, method, values = {}) {
  const response = await fetch(`${host.api}${method}`, {
    method: 'POST', body: new URLSearchParams(values), headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
  const answer = await response.json();
  assert.equal(answer.ok, true, `${method}: ${answer.error}`);
  return answer;
}
const session = () => page.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')));
const devices = async (token) => (await call(token, 'carillon.push.list')).targets.length;
const subscribed = () => page.evaluate(async () =>
  Boolean(await (await navigator.serviceWorker.getRegistration('/'))?.pushManager.getSubscription()));
const pressed = (value) => page.locator(`#notify[aria-pressed=${value}]:not([disabled])`).waitFor();
async function turnOn() {
  await pressed(false);
  await page.click('#notify');
  await pressed(true);
}
// To a page of the same origin that holds no connection: what is shown can be asked for there.
async function leave() {
  await page.goto(`${host.url}/icon.svg`);
  const { user } = await session();
  await until(async () => (await call(ann, 'users.getPresence', { user })).presence === 'away', 'them to be away');
}
async function write(user, text) {
  const { channel } = await call(ann, 'conversations.open', { users: user });
  await call(ann, 'chat.postMessage', { channel: channel.id, text });
  return channel.id;
}
async function shows(text) {
  await until(async () => (await told(place.context)).at(-1)?.body === text, `"${text}" to be shown`);
  assert.deepEqual((await shown(page)).map(({ body }) => body), [text]);
}

test('the button subscribes; a message to who is away is shown, and taken away when it is read', async () => {
  await signUp(page, 'fay');
  const { token, user } = await session();
  await turnOn();
  assert.equal(await devices(token), 1);
  await leave();
  const dm = await write(user, 'Shall we meet <@nobody> &amp; eat? 종');
  await shows('Shall we meet @nobody & eat? 종');
  assert.deepEqual(await shown(page), [{ title: 'ann', body: 'Shall we meet @nobody & eat? 종', channel: dm, renotify: true }]);
  await write(user, 'at noon');
  await shows('at noon');
  await page.goto(host.url);
  await live(page);
  await pressed(true);
  assert.equal(await devices(token), 1, 'one browser is one device, however often its page is opened');
  await page.locator('#list-direct li', { hasText: 'ann' }).click();
  await until(async () => !(await shown(page)).length, 'the notification to go');
  await page.click('#notify');
  await pressed(false);
  assert.equal(await subscribed(), false);
  assert.equal(await devices(token), 0);
});

test('a token revoked elsewhere ends the pushes of its person here, and what was shown goes', async () => {
  await signUp(page, 'gil');
  const { token, user } = await session();
  await turnOn();
  await leave();
  await write(user, 'for gil only');
  await shows('for gil only');
  await page.goto(host.url);
  await pressed(true);
  await call(token, 'auth.revoke');
  await page.locator('#sign-error', { hasText: 'You were signed out.' }).waitFor();
  await until(async () => !await subscribed() && !(await shown(page)).length, 'the subscription to go');
  await until(() => service.size === 0, 'the push service to be told');
});

test('who signs in where somebody else left their pushes ends those first', async () => {
  await signUp(page, 'hal');
  const hal = await session();
  await turnOn();
  await leave();
  await write(hal.user, 'for hal');
  await shows('for hal');
  await page.evaluate(() => localStorage.removeItem('carillon.session'));  // so nobody's token ends
  await page.goto(host.url);
  await signUp(page, 'ida');
  await pressed(false);
  assert.equal(await subscribed(), false);
  assert.deepEqual(await shown(page), []);
  await turnOn();
  const ida = await session();
  await leave();
  const fate = async (user) => {
    const before = service.taken.length;
    await write(user, 'whose is it?');
    await until(() => service.taken.length > before, 'the push');
    return service.taken.at(-1).status;
  };
  assert.equal(await fate(hal.user), 410, 'nobody is there');
  assert.equal(await fate(ida.user), 201);
  await shows('whose is it?');
});

test('signing out ends the pushes, and what was shown goes', async () => {
  await signUp(page, 'jon');
  const { user } = await session();
  await turnOn();
  await leave();
  await write(user, 'for jon');
  await shows('for jon');
  await page.goto(host.url);
  await pressed(true);
  await page.click('#sign-out');
  await until(async () => !await subscribed() && !(await shown(page)).length, 'the subscription to go');
});

test('the button says why it could not: nobody allowed it, the push service is away', async () => {
  const trouble = (text) => page.locator('#notify-trouble').filter({ hasText: text }).waitFor();
  service.refuses = true;
  await signUp(page, 'kim');
  await pressed(false);
  await page.click('#notify');
  await trouble('The push service of this browser cannot be reached.');
  await page.click('.sidebar [data-language]');
  await trouble('푸시 서비스에 연결할 수 없습니다.');
  await pressed(false);
  service.refuses = false;
  await turnOn();
  assert.equal(await page.textContent('#notify-trouble'), '', 'it is past');
  await place.close();

  await openBrowser({ permission: false });
  await signUp(page, 'lee');
  await pressed(false);
  await page.click('#notify');
  await trouble('allow notifications, and press again.');
  await page.click('.sidebar [data-language]');
  await trouble('알림을 허용한 뒤 다시 눌러 주세요.');
  await page.click('#sign-out');
  assert.equal(await page.textContent('#notify-trouble'), '', 'it was said to who left');
});

test('the button says when the host did not take the subscription, and keeps none', async () => {
  await signUp(page, 'moe');
  await page.route('**/api/carillon.push.register', (route) => route.fulfill({ json: { ok: false, error: 'ratelimited' } }));
  await page.clock.install();
  await pressed(false);
  await page.click('#notify');
  await until(async () => {
    await page.clock.fastForward(60_000);  // it tries for a while
    return (await page.textContent('#notify-trouble')) === 'Too many requests. Please wait a moment.';
  }, 'the reason');
  await pressed(false);
  assert.equal(await subscribed(), false);
});
