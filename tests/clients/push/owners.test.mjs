// Whose pushes come to a device: of who registered it last, for as long as the session lasts that did.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Host, until } from '../../support/host.mjs';
import { Person, raw, signUp } from '../client.mjs';
import { Hook, register } from './hook.mjs';

let host;
let hook;
before(async () => {
  hook = await Hook.start();
  host = await Host.start(['inbox.gather_ms=5', 'push.gather_ms=20', 'push.retry_first_ms=50', ...hook.settings()]);
});
after(async () => {
  await host?.stop();
  await hook?.end();
});

const post = (person, channel, text) => person.web.chat.postMessage({ channel, text });
async function directOf(one, other) {
  const { channel } = await one.web.conversations.open({ users: other.id });
  return channel.id;
}
const devicesOf = async (person) => (await person.web.apiCall('carillon.push.list')).targets.map((target) => target.device).sort().join();
async function signedInAgain(person) {
  const { body } = await raw(host, 'carillon.signin', { form: { email: `${person.name}@example.org`, password: 'correct horse' } });
  assert.equal(body.ok, true, JSON.stringify(body));
  return new Person(host, body);
}
async function admin(method, form) {
  const token = (await readFile(path.join(host.data, 'admin.token'), 'utf8')).trim();
  const { body } = await raw(host, `carillon.admin.${method}`, { token, form });
  assert.equal(body.ok, true, JSON.stringify(body));
  return body;
}
// What came for a device once another message, that was posted later, has come to another one.
async function afterAnother(from, token) {
  const [witness] = [await signUp(host)];
  const other = await register(witness);
  await post(from, await directOf(from, witness), 'another');
  await hook.next({ device: other });
  return hook.of(token).map((push) => `${push.user} ${push.type} ${push.body}`);
}

test('a device that somebody else registers is theirs alone, and may be taken back', async () => {
  const [eva, gil, hal] = [await signUp(host), await signUp(host), await signUp(host)];
  const shared = await register(gil, 'browser', `shared-${gil.id}`);
  await register(hal, 'tab', shared);
  const [toGil, toHal] = [await directOf(eva, gil), await directOf(eva, hal)];
  assert.equal(await devicesOf(gil), '');
  await post(eva, toGil, 'for gil alone');
  await post(eva, toHal, 'for hal');
  await hook.next({ device: shared, body: 'for hal' });
  assert.deepEqual(await afterAnother(eva, shared), [`${hal.id} message for hal`]);
  await register(gil, 'browser', shared);
  assert.equal(await devicesOf(hal), '');
  await post(eva, toHal, 'for hal alone');
  await post(eva, toGil, 'for gil again');
  await hook.next({ device: shared, user: gil.id });
  assert.equal((await afterAnother(eva, shared)).filter((push) => push.startsWith(hal.id)).length, 1);
});

test('the same device under another name of the same person is told once', async () => {
  const [eva, gil] = [await signUp(host), await signUp(host)];
  const token = await register(gil, 'old-name', `renamed-${gil.id}`);
  await register(gil, 'new-name', token);
  assert.equal(await devicesOf(gil), 'new-name');
  await post(eva, await directOf(eva, gil), 'once');
  await hook.next({ device: token });
  assert.equal((await afterAnother(eva, token)).length, 1);
});

test('with the session that registered a device its pushes end; those of other sessions go on', async () => {
  const [eva, gil] = [await signUp(host), await signUp(host)];
  const phone = await register(gil, 'phone');
  const second = Object.assign(await signedInAgain(gil), { name: gil.name });
  const tab = await register(second, 'tab');
  const dm = await directOf(eva, gil);
  await gil.web.auth.revoke();
  await post(eva, dm, 'to whom?');
  await hook.next({ device: tab, body: 'to whom?' });
  assert.deepEqual(await afterAnother(eva, phone), []);
  await until(async () => (await devicesOf(second)) === 'tab', 'the phone to be forgotten');

  const third = await signedInAgain(gil);
  await register(third, 'phone', phone);
  await admin('tokens.revoke', { token: second.token });
  await post(eva, dm, 'to the phone');
  await hook.next({ device: phone, body: 'to the phone' });
  assert.equal((await afterAnother(eva, tab)).length, 1);
});

test('who is disabled is told nothing more, nor what waited', async () => {
  const [eva, gil] = [await signUp(host), await signUp(host)];
  const phone = await register(gil);
  const dm = await directOf(eva, gil);
  hook.answers((push) => (push.device === phone ? 503 : 200));
  const before = hook.posts;
  await post(eva, dm, 'it waits');
  await until(() => hook.posts > before, 'the first try');
  await admin('users.disable', { user: gil.id });
  hook.answers(() => 200);
  assert.deepEqual(await afterAnother(eva, phone), []);
});

test('a device that was registered before the host was killed is another one\'s afterwards all the same', async () => {
  const [eva, gil, hal] = [await signUp(host), await signUp(host), await signUp(host)];
  const shared = await register(gil, 'browser', `kept-${gil.id}`);
  await register(hal, 'browser', shared);
  const toGil = await directOf(eva, gil);
  const toHal = await directOf(eva, hal);
  await host.kill();
  await host.startAgain(['inbox.gather_ms=5', 'push.gather_ms=20', ...hook.settings()]);
  await post(eva, toGil, 'for gil alone');
  await post(eva, toHal, 'for hal');
  await hook.next({ device: shared, body: 'for hal' });
  assert.deepEqual(await afterAnother(eva, shared), [`${hal.id} message for hal`]);
});
