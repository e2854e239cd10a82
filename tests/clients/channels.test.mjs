// The life of a channel: made, joined, renamed, archived, brought back; who hears of it, and what is
// refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeChannel, refused, signUp } from './client.mjs';

let host, ann, ben, annEar, benEar, general;
before(async () => {
  host = await Host.start();
  [ann, ben] = [await signUp(host), await signUp(host)];
  [annEar, benEar] = [await ann.listen(), await ben.listen()];
  general = (await ann.web.conversations.list()).channels.find((channel) => channel.is_general).id;
});
after(async () => {
  await Promise.all([annEar, benEar].map((ear) => ear?.stop()));
  await host?.stop();
});

test('a new public channel is announced to the team, with its creator as its member', async () => {
  const { channel } = await ann.web.conversations.create({ name: 'news' });
  assert.equal(channel.name, 'news');
  assert.equal(channel.creator, ann.id);
  assert.equal(channel.is_channel, true);
  assert.equal(channel.is_private, false);
  assert.equal(channel.is_member, true);
  const heard = await benEar.next({ type: 'channel_created', channel: { id: channel.id } });
  assert.equal(heard.channel.name, 'news');
  assert.deepEqual((await ben.web.conversations.members({ channel: channel.id })).members, [ann.id]);
});

test('a channel name follows Slack\'s rules', async () => {
  const create = (name) => ann.web.conversations.create({ name });
  await refused(create('news'), 'name_taken');
  await refused(create(''), 'invalid_name_required');
  await refused(create('Big'), 'invalid_name_specials');
  await refused(create('two words'), 'invalid_name_specials');
  await refused(create('---'), 'invalid_name_punctuation');
  await refused(create('x'.repeat(81)), 'invalid_name_maxlength');
  assert.equal((await create('x'.repeat(80))).channel.name.length, 80);
  assert.equal((await create('공지-사항_1')).channel.name, '공지-사항_1');
});

test('joining and leaving is heard by the members and by oneself', async () => {
  const channel = await makeChannel(ann, 'join-leave');
  const { channel: joined } = await ben.web.conversations.join({ channel });
  assert.equal(joined.is_member, true);
  await annEar.next({ type: 'member_joined_channel', channel, user: ben.id });
  await annEar.next({ type: 'message', subtype: 'channel_join', channel, user: ben.id });
  await benEar.next({ type: 'channel_joined', channel: { id: channel } });

  const again = await ben.web.conversations.join({ channel });
  assert.equal(again.warning ?? again.response_metadata?.warnings?.[0], 'already_in_channel');

  await ben.web.conversations.leave({ channel });
  await annEar.next({ type: 'member_left_channel', channel, user: ben.id });
  await benEar.next({ type: 'channel_left', channel });
  const quiet = await ann.web.chat.postMessage({ channel, text: 'without Ben' });
  await annEar.next({ type: 'message', ts: quiet.ts });
  assert.equal((await ben.web.conversations.leave({ channel })).not_in_channel, true);
  assert.deepEqual((await ann.web.conversations.members({ channel })).members, [ann.id]);
  await ben.web.conversations.join({ channel });
  const back = await ann.web.chat.postMessage({ channel, text: 'with Ben again' });
  await benEar.next({ type: 'message', ts: back.ts });
  assert.deepEqual(benEar.all({ text: 'without Ben' }), []);
});

test('inviting and removing', async () => {
  const channel = await makeChannel(ann, 'invite-kick');
  const carl = await signUp(host);
  await ann.web.conversations.invite({ channel, users: `${ben.id},${carl.id}` });
  const heard = await annEar.next({ type: 'member_joined_channel', channel, user: carl.id });
  assert.equal(heard.inviter, ann.id);
  await benEar.next({ type: 'channel_joined', channel: { id: channel } });
  await refused(ann.web.conversations.invite({ channel, users: ben.id }), 'already_in_channel');
  await refused(ann.web.conversations.invite({ channel, users: ann.id }), 'cant_invite_self');
  await refused(ann.web.conversations.invite({ channel, users: '' }), 'no_user');
  await refused(ann.web.conversations.invite({ channel, users: 'U000000000000' }), 'user_not_found');
  await refused(ann.web.conversations.kick({ channel, user: ann.id }), 'cant_kick_self');
  await ann.web.conversations.kick({ channel, user: ben.id });
  await benEar.next({ type: 'channel_left', channel });
  await refused(ann.web.conversations.kick({ channel, user: ben.id }), 'not_in_channel');
  await refused(ben.web.conversations.invite({ channel, users: carl.id }), 'not_in_channel');
});

test('topic and purpose: kept, heard as messages, at most 250 characters', async () => {
  const channel = await makeChannel(ann, 'topical', [ben]);
  await ann.web.conversations.setTopic({ channel, topic: '종탑 보수' });
  const heard = await benEar.next({ type: 'message', subtype: 'channel_topic', channel });
  assert.equal(heard.topic, '종탑 보수');
  assert.equal(heard.user, ann.id);
  await ann.web.conversations.setPurpose({ channel, purpose: 'all about bells' });
  assert.equal((await benEar.next({ type: 'message', subtype: 'channel_purpose', channel })).purpose, 'all about bells');
  const { channel: info } = await ben.web.conversations.info({ channel });
  assert.equal(info.topic.value, '종탑 보수');
  assert.equal(info.topic.creator, ann.id);
  assert.equal(info.purpose.value, 'all about bells');
  await refused(ann.web.conversations.setTopic({ channel, topic: 'x'.repeat(251) }), 'too_long');
  await ann.web.conversations.setTopic({ channel, topic: '가'.repeat(250) });
  await ann.web.conversations.setTopic({ channel, topic: '' });
  assert.equal((await ann.web.conversations.info({ channel })).channel.topic.value, '');
});

test('renaming: heard, listed, and the old name is free again', async () => {
  const channel = await makeChannel(ann, 'before', [ben]);
  await ann.web.conversations.rename({ channel, name: 'after' });
  assert.equal((await benEar.next({ type: 'channel_rename', channel: { id: channel } })).channel.name, 'after');
  const heard = await benEar.next({ type: 'message', subtype: 'channel_name', channel });
  assert.equal(heard.old_name, 'before');
  assert.equal(heard.name, 'after');
  const { channel: info } = await ben.web.conversations.info({ channel });
  assert.equal(info.name, 'after');
  assert.ok(info.previous_names.includes('before'));
  await refused(ann.web.conversations.rename({ channel, name: 'news' }), 'name_taken');
  await makeChannel(ann, 'before');
});

test('an archived channel can be read, not written to; unarchived it lives on', async () => {
  const channel = await makeChannel(ann, 'old-times', [ben]);
  await ann.web.chat.postMessage({ channel, text: 'remember' });
  await ann.web.conversations.archive({ channel });
  await benEar.next({ type: 'channel_archive', channel });
  assert.equal((await ben.web.conversations.info({ channel })).channel.is_archived, true);
  await refused(ben.web.chat.postMessage({ channel, text: 'x' }), 'is_archived');
  await refused(ben.web.conversations.setTopic({ channel, topic: 'x' }), 'is_archived');
  await refused(ann.web.conversations.archive({ channel }), 'already_archived');
  const { messages } = await ben.web.conversations.history({ channel });
  assert.ok(messages.some(({ text }) => text === 'remember'));
  const listed = async (values) => (await ben.web.conversations.list({ limit: 1000, ...values })).channels.some(({ id }) => id === channel);
  assert.equal(await listed({}), true);
  assert.equal(await listed({ exclude_archived: true }), false);

  await ann.web.conversations.unarchive({ channel });
  await benEar.next({ type: 'channel_unarchive', channel });
  await refused(ann.web.conversations.unarchive({ channel }), 'not_archived');
  await ann.web.chat.postMessage({ channel, text: 'here again' });
});

test('the general channel keeps everyone', async () => {
  await refused(ben.web.conversations.leave({ channel: general }), 'cant_leave_general');
  await refused(ann.web.conversations.kick({ channel: general, user: ben.id }), 'cant_kick_from_general');
  await refused(ann.web.conversations.archive({ channel: general }), 'cant_archive_general');
});

test('a private channel: group events for its members, nothing to join', async () => {
  const channel = await makeChannel(ann, 'closed', [ben], { is_private: true });
  const { channel: info } = await ben.web.conversations.info({ channel });
  assert.equal(info.is_private, true);
  await benEar.next({ type: 'group_joined', channel: { id: channel } });
  await ann.web.chat.postMessage({ channel, text: 'psst' });
  assert.equal((await benEar.next({ type: 'message', channel, text: 'psst' })).channel_type, 'group');
  await ann.web.conversations.rename({ channel, name: 'more-closed' });
  await benEar.next({ type: 'group_rename', channel: { id: channel } });
  await ann.web.conversations.archive({ channel });
  await benEar.next({ type: 'group_archive', channel });
});

test('the list of types takes what exists', async () => {
  await refused(ann.web.conversations.list({ types: 'public_channel,garden' }), 'invalid_types');
  const { channels } = await ann.web.conversations.list({ types: 'private_channel' });
  assert.ok(channels.every((channel) => channel.is_private));
});
