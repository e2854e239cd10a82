// carillon.sync: each of a person's devices is told everything that it has not seen, once, whatever came
// in between, and all of them the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { makeChannel, raw, refused, signUp } from './client.mjs';

let host;
before(async () => { host = await Host.start(['inbox.members_max=3', 'inbox.gather_ms=5']); });
after(() => host?.stop());

// A device that keeps what it was told, as a client would.
class Device {
  messages = [];
  cursor;

  constructor(person, name, limit = 100) {
    Object.assign(this, { person, name, limit });
  }

  async once(more = {}) {
    const told = await this.person.web.apiCall('carillon.sync',
      { device: this.name, limit: this.limit, ...(this.cursor && { cursor: this.cursor }), ...more });
    this.messages.push(...told.messages);
    this.cursor = told.cursor;
    return told;
  }

  async all(more) {
    let told;
    do told = await this.once(more); while (told.has_more);
    return this;
  }

  // Inboxes follow what is posted by some milliseconds.
  upTo(count) {
    return until(async () => { await this.all(); return this.messages.length >= count; },
      () => `${count} messages on ${this.name}, which has ${this.messages.length}`);
  }

  of(channel) {
    return this.messages.filter((message) => message.channel === channel).map((message) => message.seq);
  }
}

const rising = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const post = (person, channel, text) => person.web.chat.postMessage({ channel, text });

test('devices with pages of any size are told the same, in order, each message once', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channels = [];
  for (const name of ['a', 'b', 'c'])
    channels.push(await makeChannel(ann, `sync-${name}-${process.pid}`, [ben]));
  const start = await new Device(ben, 'phone').all();
  for (let i = 0; i < 10; ++i)
    for (const channel of channels)
      await post(ann, channel, `${i}`);
  await until(async () => {
    await start.all();
    return channels.every((channel) => start.of(channel).length >= 11);  // their own join, and ten posts
  }, 'all posts');
  for (const channel of channels)
    assert.deepEqual(start.of(channel), rising(start.of(channel)[0], start.of(channel)[0] + start.of(channel).length - 1));
  for (const limit of [1, 3, 1000]) {
    const device = await new Device(ben, `of-${limit}`, limit).all();
    assert.deepEqual(device.messages, start.messages);
  }
  assert.equal((await start.once()).messages.length, 0);
});

test('a page of long messages is cut where it becomes too long, and the next one goes on there', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channels = [];
  for (const name of ['a', 'b']) channels.push(await makeChannel(ann, `long-${name}-${process.pid}`, [ben]));
  const text = 'x'.repeat(39_990);
  for (let i = 0; i < 150; ++i) await post(ann, channels[i % 2], `${text} ${i}`);
  await new Device(ben, 'tab').upTo(152);  // with their own joins
  const phone = new Device(ben, 'phone', 1000);
  const first = await phone.once();
  assert.equal(first.has_more, true);
  const bytes = JSON.stringify(first.messages).length;
  assert.ok(bytes > 3e6 && bytes < 5e6, `${bytes} bytes`);
  await phone.all();
  for (const channel of channels) {
    const seqs = phone.of(channel);
    assert.deepEqual(seqs, rising(seqs[0], seqs[0] + 75));
  }
});

test('edits and deletions are told as events of their own', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `edits-${process.pid}`, [ben]);
  const phone = await new Device(ben, 'phone').all();
  const before = phone.messages.length;
  const { ts } = await post(ann, channel, 'first');
  await phone.upTo(before + 1);
  await ann.web.chat.update({ channel, ts, text: 'second' });
  await ann.web.chat.delete({ channel, ts });
  await phone.upTo(before + 3);
  assert.deepEqual(phone.messages.slice(-3).map((message) => message.subtype),
    [undefined, 'message_changed', 'message_deleted']);
});

test('a channel that outgrows inboxes goes on without a gap or a repeat', async () => {
  const people = [];
  for (let i = 0; i < 6; ++i)
    people.push(await signUp(host));
  const [ann, ben] = people;
  const channel = await makeChannel(ann, `grows-${process.pid}`, [ben]);
  const devices = [new Device(ben, 'phone', 2), new Device(ben, 'laptop', 100)];
  const seqOf = async (text) => (await post(ann, channel, text)).message.seq;
  let last = await seqOf('small');
  await devices[0].all();
  for (const person of people.slice(2)) {
    await ann.web.conversations.invite({ channel, users: person.id });
    last = await seqOf(`<@${ben.id}> and one more`);
  }
  for (let i = 0; i < 5; ++i)
    last = await seqOf(`large ${i}`);
  for (const device of devices) {
    await until(async () => { await device.all(); return device.of(channel).at(-1) >= last; }, 'the last post');
    assert.deepEqual(device.of(channel), rising(device.of(channel)[0], last));
  }
  assert.deepEqual(devices[0].of(channel), devices[1].of(channel));
  const late = await new Device(people[5], 'phone').all();
  assert.equal(late.of(channel).at(-1), last);
  assert.deepEqual(late.of(channel), rising(late.of(channel)[0], last));  // from the joining on
});

test('what a client saw over its WebSocket is not told again', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `seen-${process.pid}`, [ben]);
  const phone = await new Device(ben, 'phone').all();
  const { message } = await post(ann, channel, 'seen');
  const { message: unseen } = await post(ann, channel, 'not seen');
  const had = phone.messages.length;
  await until(async () => {
    await phone.all({ seen: JSON.stringify({ [channel]: message.seq }) });
    return phone.messages.length > had;
  }, 'the second post');
  assert.deepEqual(phone.messages.slice(had).map(({ seq }) => seq), [unseen.seq]);
});

test('who left keeps what was told until then, and hears nothing more', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `left-${process.pid}`, [ben]);
  await post(ann, channel, 'before');
  await ben.web.conversations.leave({ channel });
  await post(ann, channel, 'after');
  const other = await makeChannel(ann, `left-too-${process.pid}`, [ben]);
  await post(ann, other, 'the end');
  const phone = new Device(ben, 'phone');
  await until(async () => { await phone.all(); return phone.messages.some(({ text }) => text === 'the end'); }, 'the end');
  const texts = phone.messages.filter((message) => message.channel === channel).map(({ text }) => text);
  assert.ok(texts.includes('before'));
  assert.ok(!texts.includes('after'));
});

test('cursors belong to one device of one person; devices are known from their first sync on', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const { cursor } = await new Device(ann, 'phone').once();
  const asked = (person, args, code) => refused(person.web.apiCall('carillon.sync', args), code);
  await asked(ann, { device: 'tablet', cursor }, 'invalid_cursor');
  await asked(ben, { device: 'phone', cursor }, 'invalid_cursor');
  await asked(ann, { device: 'phone', cursor: 'x' }, 'invalid_cursor');
  await asked(ann, {}, 'invalid_arguments');
  await asked(ann, { device: 'x'.repeat(65) }, 'invalid_arguments');
  await asked(ann, { device: 'phone', seen: '[]' }, 'invalid_arguments');
  await asked(ann, { device: 'phone', limit: 'many' }, 'invalid_limit');
  assert.deepEqual((await ann.web.apiCall('carillon.devices.list')).devices.map(({ device }) => device), ['phone']);
  await ann.web.apiCall('carillon.devices.remove', { device: 'phone' });
  await asked(ann, { device: 'phone', cursor }, 'unknown_device');
  assert.equal((await raw(host, 'carillon.sync', { form: { device: 'phone' } })).body.error, 'not_authed');
});

test('mentions are counted where the user is, until they are read', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `mentions-${process.pid}`, [ben]);
  const count = async (person) => (await person.web.conversations.info({ channel })).channel.mention_count;
  await post(ann, channel, `<@${ben.id}>, are you there?`);
  await post(ann, channel, '@channel: all of you');
  await post(ann, channel, 'nobody');
  const { ts } = await post(ann, channel, `again <@${ben.id}>`);
  await until(async () => await count(ben) === 3, 'three mentions');
  assert.equal(await count(ann), 0);
  await ann.web.chat.delete({ channel, ts });
  await until(async () => await count(ben) === 2, 'one withdrawn');
  await ben.web.conversations.mark({ channel, ts });
  assert.equal(await count(ben), 0);
});

test('a WebSocket that resumes is told what was missed first, then what comes', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channels = [await makeChannel(ann, `resume-${process.pid}`, [ben]),
                    await makeChannel(ann, `resume-too-${process.pid}`, [ben])];
  const phone = new Device(ben, 'phone');
  await until(async () => { await phone.all(); return channels.every((channel) => phone.of(channel).length > 0); },
    'both channels');
  const seqs = (ear, channel) => ear.messages(channel).map(({ seq }) => seq);
  let last = {};
  for (let i = 0; i < 30; ++i)
    for (const channel of channels)
      last[channel] = (await post(ann, channel, `away ${i}`)).message.seq;
  const ear = await ben.listen({ device: 'phone', cursor: phone.cursor });
  for (const channel of channels)
    last[channel] = (await post(ann, channel, 'back')).message.seq;
  for (const channel of channels) {
    await until(() => seqs(ear, channel).at(-1) === last[channel], 'the last post');
    assert.deepEqual(seqs(ear, channel), rising(phone.of(channel).at(-1) + 1, last[channel]));
  }
  await ear.stop();
  // The same cursor with what was seen since: nothing is told twice.
  const seen = JSON.stringify(Object.fromEntries(channels.map((channel) => [channel, last[channel]])));
  const again = await ben.listen({ device: 'phone', cursor: phone.cursor, seen });
  const { message } = await post(ann, channels[0], 'and more');
  await again.next({ type: 'message', ts: message.ts });
  assert.deepEqual(seqs(again, channels[0]), [message.seq]);
  assert.deepEqual(seqs(again, channels[1]), []);
  await again.stop();
  await refused(ben.web.rtm.connect({ device: 'tablet', cursor: phone.cursor }), 'invalid_cursor');
});

test('a connection is not sent to an address that its host does not take', async () => {
  const ben = await signUp(host);
  const phone = await new Device(ben, 'phone').all();
  const connect = (fields, method = 'rtm.connect') => raw(host, method, { token: ben.token, form: fields });
  const seenOf = (count) => JSON.stringify(Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`C${i.toString(36).toUpperCase().padStart(12, '0')}`, 1000 + i])));
  const opens = async (url) => {
    const answer = await fetch(url.replace(/^ws/, 'http'), { headers: { 'User-Agent': 'x'.repeat(1000) } });
    return answer.status !== 431;
  };
  let [fits, tooMany] = [1, 2000];
  while (tooMany - fits > 1) {
    const count = (fits + tooMany) >> 1;
    const { body } = await connect({ device: 'phone', cursor: phone.cursor, seen: seenOf(count) });
    if (body.ok) fits = count;
    else tooMany = count;
  }
  const { body: good } = await connect({ device: 'phone', cursor: phone.cursor, seen: seenOf(fits) });
  assert.ok(await opens(good.url), `${fits} channels`);
  for (const method of ['rtm.connect', 'rtm.start']) {
    const { body: refusal } = await connect({ device: 'phone', cursor: phone.cursor, seen: seenOf(tooMany) }, method);
    assert.equal(refusal.error, 'invalid_arguments');
    assert.match(JSON.stringify(refusal), /post them to carillon\.sync/);
  }
  const { body: many } = await connect({ device: 'phone', cursor: phone.cursor, seen: seenOf(2001) });
  assert.match(JSON.stringify(many), /at most 2000 channels/);
  const posted = await phone.once({ seen: seenOf(2000) });
  assert.equal(posted.ok, true);
  assert.equal((await phone.once()).ok, true);  // the cursor that came back is taken
});

test('a device has a name of its own, with a cursor or without', async () => {
  const ben = await signUp(host);
  for (const method of ['rtm.connect', 'rtm.start']) {
    const { body } = await raw(host, method, { token: ben.token, form: { device: 'a b' } });
    assert.equal(body.error, 'invalid_arguments');
    assert.equal((await raw(host, method, { token: ben.token, form: { device: 'ab' } })).body.ok, true);
  }
});
