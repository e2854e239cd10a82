// Two people talk: over RTM, over the Web API, with edits, deletions and retries in between.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeChannel, refused, signUp, wholeHistory } from './client.mjs';

let host, ann, ben, channel, annEar, benEar;
before(async () => {
  host = await Host.start();
  [ann, ben] = [await signUp(host, { name: 'ann' }), await signUp(host, { name: 'ben' })];
  channel = await makeChannel(ann, 'tower', [ben]);
  [annEar, benEar] = [await ann.listen(), await ben.listen()];
});
after(async () => {
  await Promise.all([annEar, benEar].map((ear) => ear?.stop().catch(() => {})));
  await host?.stop();
});

test('two people chat both ways over RTM', async () => {
  const hello = await ann.web.chat.postMessage({ channel, text: 'hello Ben' });
  const heard = await benEar.next({ type: 'message', channel, text: 'hello Ben' });
  assert.equal(heard.ts, hello.ts);
  assert.equal(heard.user, ann.id);
  assert.equal(heard.channel_type, 'channel');
  assert.equal(heard.event_ts, hello.ts);
  assert.equal(heard.bot_id, undefined);

  const answer = await ben.web.chat.postMessage({ channel, text: '안녕, Ann 🔔' });
  assert.equal((await annEar.next({ type: 'message', channel, text: '안녕, Ann 🔔' })).ts, answer.ts);
});

test('the poster\'s own connections hear a message posted through the Web API too', async () => {
  const { ts } = await ann.web.chat.postMessage({ channel, text: 'for all my devices' });
  await annEar.next({ type: 'message', ts });
});

test('sendMessage over RTM is acknowledged with reply_to and ts, and heard by the others', async () => {
  // A connection of its own that is left to the host to close: the SDK trips over its own list when
  // it disconnects after a sendMessage.
  const ear = await ann.listen();
  const ack = await ear.rtm.sendMessage('over the socket', channel);
  assert.equal(ack.ok, true);
  assert.equal(ack.text, 'over the socket');
  assert.equal(typeof ack.reply_to, 'number');
  const heard = await benEar.next({ type: 'message', channel, text: 'over the socket' });
  assert.equal(heard.ts, ack.ts);
  assert.equal(heard.seq, ack.seq);
  await assert.rejects(ear.rtm.sendMessage('into nowhere', 'C000000000000'), (error) => {
    assert.equal(error.code, 'slack_rtmapi_send_message_platform_error');
    assert.match(error.data.error.msg, /channel_not_found/);
    return true;
  });
  ear.rtm.awaitingReplyList.length = 0;  // the list that it trips over
  await ear.stop();
});

test('seq rises by one with every event of a channel', async () => {
  const before = benEar.messages(channel).at(-1).seq;
  for (let n = 1; n <= 5; ++n) {
    const { ts, message } = await ann.web.chat.postMessage({ channel, text: `number ${n}` });
    assert.equal(message.seq, before + n);
    assert.equal((await benEar.next({ type: 'message', ts })).seq, before + n);
  }
});

test('a retry with the same client_msg_id gives the same ts, and the message exists once', async () => {
  const post = { channel, text: 'only once', client_msg_id: '6d1e7b0c-0001' };
  const first = await ann.web.chat.postMessage(post);
  const again = await ann.web.chat.postMessage(post);
  assert.equal(again.ts, first.ts);
  assert.equal(again.message.client_msg_id, post.client_msg_id);
  const together = await Promise.all(Array.from({ length: 8 }, () =>
    ann.web.chat.postMessage({ channel, text: 'eight at once', client_msg_id: '6d1e7b0c-0002' })));
  assert.equal(new Set(together.map(({ ts }) => ts)).size, 1);
  const history = await wholeHistory(ben, channel);
  for (const text of ['only once', 'eight at once']) {
    assert.equal(history.filter((message) => message.text === text).length, 1);
    assert.equal(benEar.messages(channel).filter((message) => message.text === text).length, 1);
  }
});

test('the same client_msg_id of another author is another message', async () => {
  const client_msg_id = 'counted-from-1';
  const anns = await ann.web.chat.postMessage({ channel, text: 'of Ann', client_msg_id });
  const bens = await ben.web.chat.postMessage({ channel, text: 'of Ben', client_msg_id });
  assert.equal(bens.duplicate, undefined);
  assert.notEqual(bens.ts, anns.ts);
  assert.equal(bens.message.text, 'of Ben');
  const kept = (await wholeHistory(ann, channel)).filter((m) => m.client_msg_id === client_msg_id);
  assert.deepEqual(kept.map((m) => m.text).sort(), ['of Ann', 'of Ben']);
});

test('the same client_msg_id in another channel is another message', async () => {
  const other = await makeChannel(ann, 'other-tower');
  const one = await ann.web.chat.postMessage({ channel, text: 'x', client_msg_id: 'shared' });
  const two = await ann.web.chat.postMessage({ channel: other, text: 'x', client_msg_id: 'shared' });
  assert.notEqual(one.ts, two.ts);
});

test('an edit is heard as message_changed with the message before and after', async () => {
  const { ts } = await ann.web.chat.postMessage({ channel, text: 'helo' });
  await ann.web.chat.update({ channel, ts, text: 'hello' });
  const heard = await benEar.next({ type: 'message', subtype: 'message_changed', message: { ts } });
  assert.equal(heard.message.text, 'hello');
  assert.equal(heard.message.edited.user, ann.id);
  assert.equal(heard.previous_message.text, 'helo');
  assert.equal(heard.channel, channel);
  const { messages } = await ben.web.conversations.history({ channel, oldest: ts, inclusive: true, limit: 1 });
  assert.equal(messages[0].ts, ts);
  assert.equal(messages[0].text, 'hello');
  await refused(ben.web.chat.update({ channel, ts, text: 'mine now' }), 'cant_update_message');
  await refused(ann.web.chat.update({ channel, ts: '1234567890.000001', text: 'x' }), 'message_not_found');
});

test('a deletion is heard as message_deleted and leaves no text behind', async () => {
  const { ts } = await ann.web.chat.postMessage({ channel, text: 'a secret slip' });
  await refused(ben.web.chat.delete({ channel, ts }), 'cant_delete_message');
  await ann.web.chat.delete({ channel, ts });
  const heard = await benEar.next({ type: 'message', subtype: 'message_deleted', deleted_ts: ts });
  assert.equal(heard.previous_message.ts, ts);
  assert.ok(!JSON.stringify(await wholeHistory(ben, channel)).includes('a secret slip'));
  await refused(ann.web.chat.delete({ channel, ts }), 'message_not_found');
  await refused(ann.web.chat.update({ channel, ts, text: 'back again' }), 'message_not_found');
});

test('chat.meMessage carries the subtype me_message', async () => {
  const { ts } = await ann.web.chat.meMessage({ channel, text: 'rings the bell' });
  assert.equal((await benEar.next({ type: 'message', ts })).subtype, 'me_message');
});

test('an ephemeral message reaches its reader alone and is not kept', async () => {
  await ann.web.chat.postEphemeral({ channel, user: ben.id, text: 'just for Ben' });
  const heard = await benEar.next({ type: 'message', text: 'just for Ben' });
  assert.equal(heard.channel, channel);
  const { ts } = await ann.web.chat.postMessage({ channel, text: 'after the whisper' });
  await annEar.next({ type: 'message', ts });
  assert.deepEqual(annEar.all({ text: 'just for Ben' }), []);
  const history = await wholeHistory(ben, channel);
  assert.ok(history.every((message) => message.text !== 'just for Ben'));
});

test('blocks, attachments and metadata come back as they were sent', async () => {
  const blocks = [{ type: 'section', block_id: 'b1', text: { type: 'mrkdwn', text: '*bold* "quoted" \\ 종' } }];
  const attachments = [{ id: 1, fallback: 'f', color: '#36a64f' }];
  const metadata = { event_type: 'rung', event_payload: { times: 3 } };
  const { message, ts } = await ann.web.chat.postMessage({ channel, text: 'rich', blocks, attachments, metadata });
  assert.deepEqual(message.blocks, blocks);
  const heard = await benEar.next({ type: 'message', ts });
  assert.deepEqual(heard.blocks, blocks);
  assert.deepEqual(heard.attachments, attachments);
  assert.deepEqual(heard.metadata, metadata);
});

test('the permalink of a message names channel and ts', async () => {
  const { ts } = await ann.web.chat.postMessage({ channel, text: 'linked' });
  const { permalink } = await ben.web.chat.getPermalink({ channel, message_ts: ts });
  assert.ok(permalink.includes(channel) && permalink.includes(`p${ts.replace('.', '')}`), permalink);
  await refused(ben.web.chat.getPermalink({ channel, message_ts: '1234567890.000001' }), 'message_not_found');
});

test('posting to a channel\'s name and to a person\'s id finds the channel and the DM', async () => {
  const byName = await ann.web.chat.postMessage({ channel: '#tower', text: 'by name' });
  assert.equal(byName.channel, channel);
  const direct = await ann.web.chat.postMessage({ channel: ben.id, text: 'to you' });
  assert.match(direct.channel, /^D/);
  await benEar.next({ type: 'message', channel: direct.channel, text: 'to you', channel_type: 'im' });
});
