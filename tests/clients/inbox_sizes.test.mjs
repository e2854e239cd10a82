// Small channels and a large one: what is posted is written into the inboxes of the small ones' members,
// not of the large one's, and every member is told the same of all of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { makeChannel, signUp } from './client.mjs';

const crowd = Number(process.env.CARILLON_CROWD ?? 1200);
const sizes = [3, 500, 501, crowd];
const posts = 20;

let host, token;
before(async () => {
  host = await Host.start(['inbox.gather_ms=5']);
  token = readFileSync(path.join(host.data, 'admin.token'), 'utf8').trim();
});
after(() => host?.stop());

async function metric(name) {
  const page = await (await fetch(`${host.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text();
  return Number(page.split('\n').find((line) => line.startsWith(`${name} `)).split(' ').at(-1));
}

async function inPortions(things, portion, work) {
  for (let i = 0; i < things.length; i += portion)
    await Promise.all(things.slice(i, i + portion).map(work));
}

async function addMember(team, name) {
  const answer = await fetch(`${host.url}/api/carillon.admin.users.add`, {
    method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: new URLSearchParams({ team, name, bot: 'true' }),
  });
  const added = await answer.json();
  assert.ok(added.ok, JSON.stringify(added));
  return added;
}

async function sync(person) {
  const messages = [];
  let cursor;
  for (;;) {
    const told = await person.web.apiCall('carillon.sync', { device: 'phone', limit: 200, ...(cursor && { cursor }) });
    messages.push(...told.messages);
    cursor = told.cursor;
    if (!told.has_more)
      return messages;
  }
}

test(`channels of ${sizes.join(', ')}: writes are the small ones' members, all are told the same`, async (t) => {
  const [ann, ...witnesses] = [await signUp(host), await signUp(host), await signUp(host)];
  const team = (await ann.web.team.info()).team.name;
  const names = Array.from({ length: crowd - 3 }, (_, i) => `member${i}`);
  const members = [];
  await inPortions(names, 16, async (name) => members.push(await addMember(team, name)));
  const channels = [];
  for (const size of sizes) {
    const channel = await makeChannel(ann, `of-${size}`, witnesses);
    for (let i = 0; i < size - 3; i += 100)
      await ann.web.conversations.invite({
        channel, users: members.slice(i, Math.min(i + 100, size - 3)).map((each) => each.user_id).join(',') });
    channels.push(channel);
  }
  // What the joining brought is written, and nothing waits.
  await until(async () => (await metric('carillon_inbox_waiting')) === 0, 'the joining to be in the inboxes', 60_000);
  const written = [];
  for (const channel of channels) {
    const before = await metric('carillon_inbox_spans_total');
    for (let i = 0; i < posts; ++i)
      await ann.web.chat.postMessage({ channel, text: `${i}` });
    await until(async () => (await metric('carillon_inbox_waiting')) === 0, 'the posts to be in the inboxes', 60_000);
    written.push((await metric('carillon_inbox_spans_total')) - before);
  }
  t.diagnostic(`${posts} posts to channels of ${sizes.join(', ')} members: ${written.join(', ')} spans written to inboxes`);
  // Posts that go together are one span; each member has at least one.
  for (const [i, most] of [3, 500].entries()) {
    assert.ok(written[i] >= most && written[i] <= most * posts, `${written[i]} for ${most} members`);
  }
  assert.deepEqual(written.slice(2), [0, 0]);

  for (const person of witnesses) {
    const messages = await sync(person);
    for (const [i, channel] of channels.entries()) {
      const texts = messages.filter((each) => each.channel === channel && /^\d+$/.test(each.text)).map((each) => each.text);
      assert.deepEqual(texts, Array.from({ length: posts }, (_, n) => `${n}`), `the channel of ${sizes[i]}`);
    }
  }
});
