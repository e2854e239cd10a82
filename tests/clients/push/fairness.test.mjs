// One person's slow devices hold up their own pushes, and nobody else's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host, until } from '../../support/host.mjs';
import { makeChannel, signUp } from '../client.mjs';
import { Hook, register } from './hook.mjs';

let host;
let hook;
before(async () => {
  hook = await Hook.start();
  host = await Host.start(['presence.offline_grace_ms=0', 'inbox.gather_ms=5', 'push.gather_ms=20', 'push.in_flight_max=4',
    'push.deadline_ms=60000', ...hook.settings()]);
});
after(async () => {
  await host?.stop();
  await hook?.end();
});

test('whose device never answers has one push under way, and the others are told', async () => {
  const [ann, ben, eva] = [await signUp(host), await signUp(host), await signUp(host)];
  const [slow, quick] = [await register(ben), await register(eva)];
  const channels = [];
  for (let i = 0; i < 6; ++i) channels.push(await makeChannel(ann, `slow-${i}-${process.pid}`, [ben]));
  hook.answers((push) => (push.device === slow ? 'never' : 200));
  for (const channel of channels) await ann.web.chat.postMessage({ channel, text: `<@${ben.id}> are you there?` });
  await until(() => hook.posts > 0, 'the slow one to be asked');
  const { channel } = await ann.web.conversations.open({ users: eva.id });
  await ann.web.chat.postMessage({ channel: channel.id, text: 'in time' });
  await hook.next({ device: quick, body: 'in time' });
  assert.deepEqual(hook.of(slow), []);
});
