// Many people write to one channel at once; all who listen, and the history, agree on one order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { makeChannel, signUp, wholeHistory } from './client.mjs';

const senderCount = 20;
const receiverCount = 5;
const postsEach = 25;

let host;
before(async () => { host = await Host.start(); });
after(() => host?.stop());

test('20 senders, 5 receivers: one order, equal to history, without gaps', async () => {
  const senders = [];
  for (let n = 0; n < senderCount; ++n) senders.push(await signUp(host));
  const receivers = [];
  for (let n = 0; n < receiverCount; ++n) receivers.push(await signUp(host));
  const channel = await makeChannel(senders[0], 'crowd', [...senders.slice(1), ...receivers]);
  const ears = await Promise.all(receivers.map((person) => person.listen()));

  const acknowledged = new Map();  // ts -> text
  await Promise.all(senders.map(async (sender, s) => {
    for (let n = 0; n < postsEach; ++n) {
      const text = `sender ${s}, post ${n}`;
      const { ts } = await sender.web.chat.postMessage({ channel, text });
      acknowledged.set(ts, text);
    }
  }));
  const total = senderCount * postsEach;
  assert.equal(acknowledged.size, total, 'every post has a ts of its own');

  const posts = (events) => events.filter((event) => !event.subtype).map(({ ts, seq, text }) => ({ ts, seq, text }));
  await Promise.all(ears.map((ear, n) =>
    until(() => posts(ear.messages(channel)).length >= total, `receiver ${n} to hear everything`, 30_000)));

  const history = posts(await wholeHistory(receivers[0], channel));
  assert.equal(history.length, total);
  for (const ear of ears) assert.deepEqual(posts(ear.messages(channel)), history);
  for (const { ts, text } of history) assert.equal(acknowledged.get(ts), text);
  for (let n = 1; n < history.length; ++n) {
    assert.ok(history[n].ts > history[n - 1].ts, 'ts rises strictly');
    assert.equal(history[n].seq, history[n - 1].seq + 1, 'seq rises by one');
  }
  for (let s = 0; s < senderCount; ++s) {
    const own = history.filter(({ text }) => text.startsWith(`sender ${s},`)).map(({ text }) => text);
    assert.deepEqual(own, Array.from({ length: postsEach }, (_, n) => `sender ${s}, post ${n}`),
      'what one person posts one after the other stays in that order');
  }
  await Promise.all(ears.map((ear) => ear.stop()));
});

test('posts of one person in flight together are all kept, in the order of their ts', async () => {
  const person = await signUp(host);
  const channel = await makeChannel(person, 'burst');
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) =>
    person.web.chat.postMessage({ channel, text: `burst ${n}` })));
  const byTs = answers.sort((a, b) => (a.ts < b.ts ? -1 : 1)).map(({ message }) => message.text);
  const history = (await wholeHistory(person, channel)).filter(({ subtype }) => !subtype);
  assert.deepEqual(history.map(({ text }) => text), byTs);
});
