// The grace period is for what others see: who has no connection left is pushed at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host, until } from '../../support/host.mjs';
import { signUp } from '../client.mjs';
import { Hook, register } from './hook.mjs';

let host;
let hook;
before(async () => {
  hook = await Hook.start();
  host = await Host.start(['presence.offline_grace_ms=60000', 'inbox.gather_ms=5', 'push.gather_ms=20', ...hook.settings()]);
});
after(async () => {
  await host?.stop();
  await hook?.end();
});

test('a message that comes after the last connection closed is pushed, though others see the person active', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = (await ann.web.conversations.open({ users: ben.id })).channel.id;
  const [laptop, tab] = [await ben.listen(), await ben.listen()];
  const connections = async (count) => until(async () => (await ben.web.users.getPresence()).connection_count === count, `${count} connections`);
  await laptop.stop();
  await connections(1);
  await ann.web.chat.postMessage({ channel: dm, text: 'in the tab' });
  await tab.next({ type: 'message', text: 'in the tab' });
  await tab.stop();
  await connections(0);
  await ann.web.chat.postMessage({ channel: dm, text: 'in the tunnel' });
  assert.equal((await hook.next({ device: phone })).body, 'in the tunnel');
  assert.equal((await ann.web.users.getPresence({ user: ben.id })).presence, 'active');

  const back = await ben.listen();
  await ann.web.chat.postMessage({ channel: dm, text: 'in the tab again' });
  await back.next({ type: 'message', text: 'in the tab again' });
  await back.stop();
  await connections(0);
  await ann.web.chat.postMessage({ channel: dm, text: 'the last one' });
  await hook.next({ device: phone, body: 'the last one' });
  assert.deepEqual(hook.of(phone).map((push) => push.body), ['in the tunnel', 'the last one']);
});
