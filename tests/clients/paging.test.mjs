// Reading 2,500 messages page by page, in both directions, and what each argument does at its border.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeChannel, raw, refused, signUp } from './client.mjs';

const count = 2_500;
const inFlight = 50;

let host, ann, channel;
let posted;  // all messages of the channel, oldest first, as {ts, text}

before(async () => {
  host = await Host.start();
  ann = await signUp(host);
  channel = await makeChannel(ann, 'long');
  const answers = new Array(count);
  let next = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < count) {
      const n = next++;
      answers[n] = (await raw(host, 'chat.postMessage', { token: ann.token, form: { channel, text: `message ${n}` } })).body;
    }
  }));
  assert.ok(answers.every(({ ok }) => ok));
  posted = answers.map(({ ts, message }) => ({ ts, text: message.text })).sort((a, b) => (a.ts < b.ts ? -1 : 1));
});
after(() => host?.stop());

const read = (values) => ann.web.conversations.history({ channel, ...values });
const tsOf = (messages) => messages.map(({ ts }) => ts);
const newestFirst = (from, to) => posted.slice(from, to).map(({ ts }) => ts).reverse();

async function pages(values) {
  const all = [];
  for (let cursor; ; ) {
    const page = await read({ ...values, cursor });
    all.push(page);
    cursor = page.response_metadata?.next_cursor;
    assert.equal(page.has_more, Boolean(cursor), 'has_more and next_cursor agree');
    if (!cursor) return all;
  }
}

for (const limit of [200, 999, 1000]) {
  test(`backwards by ${limit}: every message once, newest first`, async () => {
    const all = (await pages({ limit })).flatMap((page) => page.messages).filter(({ subtype }) => !subtype);
    assert.deepEqual(tsOf(all), newestFirst(0, count));
  });

  test(`forwards from the oldest by ${limit}: every message once`, async () => {
    const all = await pages({ limit, oldest: posted[0].ts, inclusive: true });
    for (const page of all) assert.ok(page.messages.length <= limit);
    // Each page is newest first, as everywhere; the pages themselves go forwards.
    const forwards = all.flatMap((page) => [...page.messages].reverse());
    assert.deepEqual(tsOf(forwards), posted.map(({ ts }) => ts));
  });
}

test('between oldest and latest: both ends only with inclusive', async () => {
  const between = { oldest: posted[100].ts, latest: posted[110].ts, limit: 100 };
  assert.deepEqual(tsOf((await read(between)).messages), newestFirst(101, 110));
  assert.deepEqual(tsOf((await read({ ...between, inclusive: true })).messages), newestFirst(100, 111));
});

test('oldest, inclusive, limit 1 is exactly that message', async () => {
  const { messages, has_more } = await read({ oldest: posted[7].ts, inclusive: true, limit: 1 });
  assert.deepEqual(tsOf(messages), [posted[7].ts]);
  assert.equal(has_more, true);
});

test('latest, inclusive, limit 1 is exactly that message', async () => {
  const { messages } = await read({ latest: posted[7].ts, inclusive: true, limit: 1 });
  assert.deepEqual(tsOf(messages), [posted[7].ts]);
});

test('oldest of the newest message leaves nothing to read', async () => {
  const { messages, has_more } = await read({ oldest: posted[count - 1].ts });
  assert.deepEqual(messages, []);
  assert.equal(has_more, false);
});

test('has_more is false exactly when the last page fits', async () => {
  const bounds = { oldest: posted[count - 11].ts };
  assert.equal((await read({ ...bounds, limit: 10 })).has_more, false);
  assert.equal((await read({ ...bounds, limit: 9 })).has_more, true);
});

test('limit: none is a hundred, 1,000 is the most, more is cut to it', async () => {
  assert.equal((await read({})).messages.length, 100);
  assert.equal((await read({ limit: 1_000 })).messages.length, 1_000);
  assert.equal((await read({ limit: 1_001 })).messages.length, 1_000);
  await refused(read({ limit: 'many' }), 'invalid_limit');
  await refused(read({ limit: -1 }), 'invalid_limit');
});

test('a cursor that is not ours, and a bound that is not a ts, are refused', async () => {
  await refused(read({ cursor: 'bm90IG91cnM=' }), 'invalid_cursor');
  await refused(read({ cursor: 'not base64!' }), 'invalid_cursor');
  await refused(read({ oldest: 'yesterday' }), 'invalid_ts_oldest');
  await refused(read({ latest: 'tomorrow' }), 'invalid_ts_latest');
});

test('messages posted while somebody pages backwards do not disturb the pages', async () => {
  const first = await read({ limit: 50 });
  await ann.web.chat.postMessage({ channel, text: 'meanwhile' });
  const second = await read({ limit: 50, cursor: first.response_metadata.next_cursor });
  assert.deepEqual(tsOf([...first.messages, ...second.messages]), newestFirst(count - 100, count));
});

test('members, channels and users are paged by cursor as well', async () => {
  const people = [];
  for (let n = 0; n < 7; ++n) people.push(await signUp(host));
  const crowd = await makeChannel(ann, 'crowd', people);
  const collect = async (method, field, values) => {
    const items = [];
    for await (const page of ann.web.paginate(method, { limit: 3, ...values })) {
      assert.ok(page[field].length <= 3);
      items.push(...page[field]);
    }
    return items;
  };
  const members = await collect('conversations.members', 'members', { channel: crowd });
  assert.deepEqual([...members].sort(), [ann, ...people].map(({ id }) => id).sort());
  const users = (await collect('users.list', 'members')).map(({ id }) => id);
  for (const person of people) assert.equal(users.filter((id) => id === person.id).length, 1);
  for (const name of ['one', 'two', 'three', 'four']) await makeChannel(ann, `paged-${name}`);
  const all = (await ann.web.conversations.list({ limit: 1_000 })).channels.map(({ id }) => id);
  assert.deepEqual((await collect('conversations.list', 'channels')).map(({ id }) => id), all);
  const own = (await collect('users.conversations', 'channels')).map(({ id }) => id);
  assert.deepEqual([...own].sort(), [...all].sort());
});
