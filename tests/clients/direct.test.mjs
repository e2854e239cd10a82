// DMs and group DMs: opened twice they are the same, whoever opens them and in whatever order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { refused, signUp } from './client.mjs';

let host, ann, ben, eve;
before(async () => {
  host = await Host.start();
  [ann, ben, eve] = [await signUp(host), await signUp(host), await signUp(host)];
});
after(() => host?.stop());

test('a DM is one and the same, from both sides, however often it is opened', async () => {
  const ear = await ben.listen();
  const open = async (from, to) => (await from.web.conversations.open({ users: to.id })).channel.id;
  const id = await open(ann, ben);
  assert.match(id, /^D/);
  assert.equal(await open(ann, ben), id);
  assert.equal(await open(ben, ann), id);
  assert.equal((await ann.web.conversations.open({ channel: id })).channel.id, id);
  const simultaneous = await Promise.all([open(ann, eve), open(eve, ann), open(ann, eve), open(eve, ann)]);
  assert.equal(new Set(simultaneous).size, 1);

  await ann.web.chat.postMessage({ channel: id, text: 'hi' });
  const heard = await ear.next({ type: 'message', channel: id, text: 'hi' });
  assert.equal(heard.channel_type, 'im');
  await ear.stop();
});

test('return_im gives the whole channel, as its two people see it', async () => {
  const { channel } = await ann.web.conversations.open({ users: ben.id, return_im: true });
  assert.equal(channel.is_im, true);
  assert.equal(channel.user, ben.id);
  assert.equal((await ben.web.conversations.info({ channel: channel.id })).channel.user, ann.id);
  const { members } = await ann.web.conversations.members({ channel: channel.id });
  assert.deepEqual([...members].sort(), [ann.id, ben.id].sort());
});

test('one may write to oneself', async () => {
  const { channel } = await ann.web.conversations.open({ users: ann.id });
  await ann.web.chat.postMessage({ channel: channel.id, text: 'do not forget' });
  const { messages } = await ann.web.conversations.history({ channel: channel.id });
  assert.equal(messages[0].text, 'do not forget');
});

test('a group DM: the same people in any order meet in the same place', async () => {
  const [ear, outside] = [await eve.listen(), await signUp(host)];
  const { channel } = await ann.web.conversations.open({ users: `${ben.id},${eve.id}` });
  assert.match(channel.id, /^G/);
  assert.equal((await eve.web.conversations.open({ users: `${ann.id},${ben.id}` })).channel.id, channel.id);
  assert.equal((await ben.web.conversations.info({ channel: channel.id })).channel.is_mpim, true);
  await ben.web.chat.postMessage({ channel: channel.id, text: 'three of us' });
  assert.equal((await ear.next({ type: 'message', text: 'three of us' })).channel_type, 'mpim');
  await refused(outside.web.conversations.history({ channel: channel.id }), 'channel_not_found');
  await ear.stop();
});

test('nine people are a group DM, ten are too many', async () => {
  const others = [];
  for (let n = 0; n < 9; ++n) others.push((await signUp(host)).id);
  const eight = await ann.web.conversations.open({ users: others.slice(0, 8).join(',') });
  assert.match(eight.channel.id, /^G/);
  await refused(ann.web.conversations.open({ users: others.join(',') }), 'too_many_users');
});

test('a closed DM is out of the list until somebody writes or opens it', async () => {
  const friend = await signUp(host);
  const { channel } = await ann.web.conversations.open({ users: friend.id });
  const listed = async () => (await ann.web.users.conversations({ types: 'im' })).channels.some(({ id }) => id === channel.id);
  assert.equal(await listed(), true);
  await ann.web.conversations.close({ channel: channel.id });
  await refused(ann.web.conversations.close({ channel: 'D000000000000' }), 'channel_not_found');
  await ann.web.conversations.open({ users: friend.id });
  assert.equal(await listed(), true);
});

test('what only makes sense for channels is refused for DMs', async () => {
  const channel = (await ann.web.conversations.open({ users: ben.id })).channel.id;
  const wrong = 'method_not_supported_for_channel_type';
  await refused(ann.web.conversations.leave({ channel }), wrong);
  await refused(ann.web.conversations.invite({ channel, users: eve.id }), wrong);
  await refused(ann.web.conversations.archive({ channel }), wrong);
  await refused(ann.web.conversations.rename({ channel, name: 'pair' }), wrong);
});

test('open without anybody, and with somebody unknown, is refused', async () => {
  await refused(ann.web.conversations.open({}), 'users_list_not_supplied');
  await refused(ann.web.conversations.open({ users: 'U000000000000' }), 'user_not_found');
});
