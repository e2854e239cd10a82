// What is never stored: typing, presence, pings; and what is stored per person: how far one has read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Host, until } from '../support/host.mjs';
import { makeChannel, raw, refused, signUp } from './client.mjs';

let host;
before(async () => { host = await Host.start(['presence.offline_grace_ms=200']); });
after(() => host?.stop());

async function pair() {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `pair-${Date.now() % 1e6}-${Math.floor(performance.now())}`, [ben]);
  return { ann, ben, channel };
}

test('typing is seen by the others of the channel, not by the one who types', async () => {
  const { ann, ben, channel } = await pair();
  const [annEar, benEar] = [await ann.listen(), await ben.listen()];
  await annEar.rtm.sendTyping(channel);
  await benEar.next({ type: 'user_typing', channel, user: ann.id });
  const { ts } = await ben.web.chat.postMessage({ channel, text: 'I see you type' });
  await annEar.next({ type: 'message', ts });
  assert.deepEqual(annEar.all({ type: 'user_typing' }), []);
  await Promise.all([annEar.stop(), benEar.stop()]);
});

test('who subscribes to a presence hears it change, after a short grace for reconnecting', async () => {
  const { ann, ben } = await pair();
  const ear = await ann.listen();
  await ear.rtm.subscribePresence([ben.id]);
  await ear.next({ type: 'presence_change', user: ben.id, presence: 'away' });
  const benEar = await ben.listen();
  await ear.next({ type: 'presence_change', user: ben.id, presence: 'active' });
  assert.equal((await ann.web.users.getPresence({ user: ben.id })).presence, 'active');
  ear.heard.length = 0;
  await benEar.stop();
  await ear.next({ type: 'presence_change', user: ben.id, presence: 'away' });
  assert.equal((await ann.web.users.getPresence({ user: ben.id })).presence, 'away');
  await ear.stop();
});

test('a new subscription replaces the old one', async () => {
  const { ann, ben } = await pair();
  const carl = await signUp(host);
  const ear = await ann.listen();
  await ear.rtm.subscribePresence([ben.id]);
  await ear.next({ type: 'presence_change', user: ben.id });
  await ear.rtm.subscribePresence([carl.id]);
  await ear.next({ type: 'presence_change', user: carl.id });
  ear.heard.length = 0;
  const ears = [await ben.listen(), await carl.listen()];
  await ear.next({ type: 'presence_change', user: carl.id, presence: 'active' });
  assert.deepEqual(ear.all({ user: ben.id }), []);
  await Promise.all([ear, ...ears].map((one) => one.stop()));
});

test('presence_query is answered for all ids; users.setPresence(away) is told to others and oneself', async () => {
  const { ann, ben } = await pair();
  const [ear, benEar] = [await ann.listen(), await ben.listen()];
  await ear.rtm.addOutgoingEvent(false, 'presence_query', { ids: [ann.id, ben.id] });
  const both = await ear.next({ type: 'presence_change', presence: 'active' });
  assert.deepEqual([...both.users].sort(), [ann.id, ben.id].sort(), 'Slack\'s form for several');
  await ear.rtm.addOutgoingEvent(false, 'presence_query', { ids: [ben.id] });
  await ear.next({ type: 'presence_change', user: ben.id, presence: 'active' });
  await ear.rtm.subscribePresence([ben.id]);
  await ben.web.users.setPresence({ presence: 'away' });
  await benEar.next({ type: 'manual_presence_change', presence: 'away' });
  await ear.next({ type: 'presence_change', user: ben.id, presence: 'away' });
  const { presence, manual_away: manual } = await ben.web.users.getPresence();
  assert.equal(presence, 'away');
  assert.equal(manual, true);
  await ben.web.users.setPresence({ presence: 'auto' });
  await benEar.next({ type: 'manual_presence_change', presence: 'active' });
  await refused(ben.web.users.setPresence({ presence: 'asleep' }), 'invalid_presence');
  await Promise.all([ear.stop(), benEar.stop()]);
});

test('last_read, unread counts and channel_marked', async () => {
  const { ann, ben, channel } = await pair();
  const info = async () => (await ben.web.conversations.info({ channel })).channel;
  const ear = await ben.listen();
  const posts = [];
  for (let n = 1; n <= 5; ++n) posts.push(await ann.web.chat.postMessage({ channel, text: `unread ${n}` }));
  assert.equal((await info()).unread_count_display, 5);

  await ben.web.conversations.mark({ channel, ts: posts[2].ts });
  const marked = await ear.next({ type: 'channel_marked', channel, ts: posts[2].ts });
  assert.equal(marked.unread_count_display, 2);
  const now = await info();
  assert.equal(now.last_read, posts[2].ts);
  assert.equal(now.unread_count_display, 2);

  await ben.web.conversations.mark({ channel, ts: posts[4].ts });
  assert.equal((await info()).unread_count_display, 0);
  assert.equal((await ann.web.conversations.info({ channel })).channel.last_read < posts[0].ts, true,
    'one person\'s mark is not another\'s');
  await refused(ben.web.conversations.mark({ channel, ts: 'now' }), 'invalid_timestamp');
  await ear.stop();
});

// ---- the socket itself ---------------------------------------------------------------------------

async function openSocket(person) {
  const { body } = await raw(host, 'rtm.connect', { token: person.token });
  const frames = [];
  const socket = new WebSocket(body.url, { perMessageDeflate: false });
  socket.on('message', (data) => frames.push(JSON.parse(data)));
  await until(() => frames[0], 'hello');
  return { socket, frames, answer: body };
}

test('rtm.connect names self and team, and the ticket is in the path of a ws:// address', async () => {
  const person = await signUp(host);
  const { socket, frames, answer } = await openSocket(person);
  assert.equal(answer.self.id, person.id);
  assert.equal(answer.self.name, person.name);
  assert.equal(answer.team.id, person.team);
  assert.ok(answer.team.name && answer.team.domain);
  const url = new URL(answer.url);
  assert.equal(url.protocol, 'ws:');
  assert.equal(url.host, new URL(host.url).host);
  assert.equal(url.search, '');
  assert.equal(frames[0].type, 'hello');
  socket.close();
});

test('a pong echoes every field of its ping; ids may start at 0', async () => {
  const { socket, frames } = await openSocket(await signUp(host));
  socket.send(JSON.stringify({ id: 0, type: 'ping', time: 1234, note: '안녕' }));
  const pong = await until(() => frames.find(({ type }) => type === 'pong'), 'the pong');
  assert.deepEqual(pong, { type: 'pong', reply_to: 0, time: 1234, note: '안녕' });
  socket.close();
});

test('a frame that is no JSON, and a post of 40,001 characters, are answered, not punished', async () => {
  const { ann, channel } = await pair();
  const { socket, frames } = await openSocket(ann);
  socket.send('{"id":1,');
  const bad = await until(() => frames.find(({ ok }) => ok === false), 'the refusal');
  assert.match(bad.error.msg, /invalid_json/);
  socket.send(JSON.stringify({ id: 2, type: 'message', channel, text: 'x'.repeat(40_001) }));
  const long = await until(() => frames.find(({ reply_to: id }) => id === 2), 'the second refusal');
  assert.match(long.error.msg, /msg_too_long/);
  socket.send(JSON.stringify({ id: 3, type: 'message', channel, text: 'x'.repeat(40_000) }));
  const good = await until(() => frames.find(({ reply_to: id }) => id === 3), 'the ack');
  assert.equal(good.ok, true);
  socket.close();
});

test('a retry over RTM with the same client_msg_id gives the same ts', async () => {
  const { ann, channel } = await pair();
  const { socket, frames } = await openSocket(ann);
  for (const id of [1, 2]) {
    socket.send(JSON.stringify({ id, type: 'message', channel, text: 'once', client_msg_id: 'rtm-1' }));
  }
  const ack = (id) => until(() => frames.find(({ reply_to: to }) => to === id), `ack ${id}`);
  assert.equal((await ack(1)).ts, (await ack(2)).ts);
  socket.close();
});

test('a binary frame closes with 1003, a message over the limit with 1009', async () => {
  const closed = async (payload) => {
    const { socket } = await openSocket(await signUp(host));
    const code = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.send(payload);
    return code;
  };
  assert.equal(await closed(Buffer.from('{}')), 1003);
  assert.equal(await closed('x'.repeat(65_537)), 1009);
});

test('a ticket that is not ours opens no socket', async () => {
  const socket = new WebSocket(`${host.url.replace('http', 'ws')}/rtm/forged`);
  const status = await new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.once('error', () => {});
  });
  assert.ok(status === 401 || status === 404, `${status}`);
});
