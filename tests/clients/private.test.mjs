// Private channels and other people's DMs give nothing away: to somebody outside they do not exist.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeChannel, refused, signUp } from './client.mjs';

let host, ann, ben, eve, channel, direct, eveEar, ts;
before(async () => {
  host = await Host.start();
  [ann, ben, eve] = [await signUp(host), await signUp(host), await signUp(host)];
  eveEar = await eve.listen();
  channel = await makeChannel(ann, 'vault', [ben], { is_private: true });
  direct = (await ann.web.conversations.open({ users: ben.id })).channel.id;
  ({ ts } = await ann.web.chat.postMessage({ channel, text: 'the code is 1234' }));
  await ann.web.chat.postMessage({ channel: direct, text: 'between us' });
});
after(async () => {
  await eveEar?.stop();
  await host?.stop();
});

test('a member sees the private channel, the outsider does not', async () => {
  const types = 'public_channel,private_channel,mpim,im';
  const seen = async (person, method) => (await method.call(person.web.conversations, { types, limit: 1000 })).channels.map(({ id }) => id);
  assert.ok((await seen(ben, ben.web.conversations.list)).includes(channel));
  for (const id of [channel, direct]) {
    assert.ok(!(await seen(eve, eve.web.conversations.list)).includes(id));
    const { channels } = await eve.web.users.conversations({ types });
    assert.ok(!channels.some((own) => own.id === id));
  }
});

test('asking for another person\'s channels shows only those one may know', async () => {
  const { channels } = await eve.web.users.conversations({ user: ann.id, types: 'public_channel,private_channel,mpim,im' });
  assert.ok(!channels.some(({ id }) => id === channel || id === direct));
});

const calls = {
  'conversations.info': {},
  'conversations.history': {},
  'conversations.members': {},
  'conversations.mark': { ts: '1700000000.000001' },
  'conversations.leave': {},
  'conversations.setTopic': { topic: 'x' },
  'conversations.setPurpose': { purpose: 'x' },
  'conversations.archive': {},
  'conversations.unarchive': {},
  'conversations.rename': { name: 'renamed' },
  'chat.postMessage': { text: 'x' },
  'chat.meMessage': { text: 'x' },
};
for (const [method, values] of Object.entries(calls)) {
  test(`${method}: an outsider hears channel_not_found`, async () => {
    for (const id of [channel, direct]) {
      await refused(eve.web.apiCall(method, { channel: id, ...values }), 'channel_not_found');
    }
  });
}

test('the same for calls that name a message or another person', async () => {
  for (const id of [channel, direct]) {
    await refused(eve.web.chat.update({ channel: id, ts, text: 'x' }), 'channel_not_found');
    await refused(eve.web.chat.delete({ channel: id, ts }), 'channel_not_found');
    await refused(eve.web.chat.getPermalink({ channel: id, message_ts: ts }), 'channel_not_found');
    await refused(eve.web.chat.postEphemeral({ channel: id, user: ann.id, text: 'x' }), 'channel_not_found');
  }
  await refused(eve.web.conversations.join({ channel }), 'channel_not_found');
  await refused(eve.web.conversations.invite({ channel, users: ann.id }), 'channel_not_found');
  await refused(eve.web.conversations.kick({ channel, user: ben.id }), 'channel_not_found');
  await refused(eve.web.conversations.open({ channel: direct }), 'channel_not_found');
});

test('the name of a private channel does not find it', async () => {
  await refused(eve.web.chat.postMessage({ channel: '#vault', text: 'x' }), 'channel_not_found');
});

test('nothing of it reaches the outsider\'s connection', async () => {
  const late = await ann.web.chat.postMessage({ channel, text: 'still secret' });
  await ann.web.chat.update({ channel, ts: late.ts, text: 'even more secret' });
  await ann.web.conversations.setTopic({ channel, topic: 'hush' });
  await ann.web.conversations.rename({ channel, name: 'deeper-vault' });
  // What follows in a channel that Eve is in comes after all of the above.
  const meeting = await makeChannel(ann, 'meeting', [eve]);
  const mark = await ann.web.chat.postMessage({ channel: meeting, text: 'over to all' });
  await eveEar.next({ type: 'message', ts: mark.ts });
  const heard = JSON.stringify(eveEar.heard);
  for (const secret of [channel, direct, 'vault', '1234', 'secret', 'hush', 'between us']) {
    assert.ok(!heard.includes(secret), `${secret} in ${heard}`);
  }
});

test('a former member is an outsider again', async () => {
  const guest = await signUp(host);
  await ann.web.conversations.invite({ channel, users: guest.id });
  const ear = await guest.listen();
  const seen = await ann.web.chat.postMessage({ channel, text: 'for the guest' });
  await ear.next({ type: 'message', ts: seen.ts });
  await ann.web.conversations.kick({ channel, user: guest.id });
  await ann.web.chat.postMessage({ channel, text: 'the guest is gone' });
  await refused(guest.web.conversations.history({ channel }), 'channel_not_found');
  const meeting = await makeChannel(ann, 'farewell', [guest]);
  const mark = await ann.web.chat.postMessage({ channel: meeting, text: 'bye' });
  await ear.next({ type: 'message', ts: mark.ts });
  assert.deepEqual(ear.all({ text: 'the guest is gone' }), []);
  await ear.stop();
});

test('a public channel may be read by all of the team, and written to by members only', async () => {
  const open = await makeChannel(ann, 'square');
  await ann.web.chat.postMessage({ channel: open, text: 'come in' });
  assert.equal((await eve.web.conversations.info({ channel: open })).channel.is_member, false);
  const { messages } = await eve.web.conversations.history({ channel: open });
  assert.equal(messages[0].text, 'come in');
  await refused(eve.web.chat.postMessage({ channel: open, text: 'x' }), 'not_in_channel');
});
