// What a push says: how many messages wait, in the title and in the badge, and what stands in them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../../support/host.mjs';
import { makeChannel, signUp } from '../client.mjs';
import { Hook, register } from './hook.mjs';

let host;
let hook;
before(async () => {
  hook = await Hook.start();
  host = await Host.start(['inbox.gather_ms=5', 'push.gather_ms=20', 'push.retry_first_ms=50', ...hook.settings()]);
});
after(async () => {
  await host?.stop();
  await hook?.end();
});

const post = (person, channel, text, more = {}) => person.web.chat.postMessage({ channel, text, ...more });
async function pair() {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const { channel } = await ann.web.conversations.open({ users: ben.id });
  return { ann, ben, dm: channel.id, phone: await register(ben) };
}

test('the number in the title is how many are unread, told one by one or not', async () => {
  const { ann, ben, dm, phone } = await pair();
  const titles = [];
  const stamps = [];
  for (let n = 1; n <= 20; ++n) {
    stamps.push((await post(ann, dm, `message ${n}`)).ts);
    titles.push((await hook.next({ device: phone, body: `message ${n}` })).title);
  }
  assert.deepEqual(titles, titles.map((_, n) => (n === 0 ? ann.name : `${ann.name} (${n + 1})`)));
  await ben.web.conversations.mark({ channel: dm, ts: stamps[17] });
  await post(ann, dm, 'after 18 were read');
  assert.equal((await hook.next({ device: phone, body: 'after 18 were read' })).title, `${ann.name} (3)`);
});

test('of a channel at `all` one\'s own messages and what was deleted are not in the number', async () => {
  const { ann, ben, phone } = await pair();
  const channel = await makeChannel(ann, `all-${process.pid}`, [ben]);
  await ben.web.apiCall('carillon.push.settings.set', { channel, level: 'all' });
  const title = async (body) => (await hook.next({ device: phone, body })).title;
  await post(ann, channel, 'one');
  assert.equal(await title('one'), `${ann.name} in #all-${process.pid}`);
  await post(ben, channel, 'my own');
  const { ts } = await post(ann, channel, 'two');
  assert.equal(await title('two'), `${ann.name} in #all-${process.pid} (2)`);
  await ann.web.chat.delete({ channel, ts });
  await post(ann, channel, `<@${ben.id}> three`);
  assert.equal(await title(`@${ben.name} three`), `${ann.name} in #all-${process.pid} (2)`);
});

test('a reply in one\'s thread is in the badge, until the channel is read', async () => {
  const { ann, ben, dm, phone } = await pair();
  const channel = await makeChannel(ann, `badge-${process.pid}`, [ben]);
  const first = await post(ben, channel, 'what of this?');
  await post(ann, dm, 'a DM');
  assert.equal((await hook.next({ device: phone, body: 'a DM' })).badge, 1);
  await post(ann, channel, 'a reply', { thread_ts: first.ts });
  assert.equal((await hook.next({ device: phone, body: 'a reply' })).badge, 2);
  const last = await post(ann, channel, `a reply to <@${ben.id}>`, { thread_ts: first.ts });
  const both = await hook.next({ device: phone, body: `a reply to @${ben.name}` });
  assert.equal(both.badge, 3);
  assert.match(both.title, /\(2\)$/);
  await ben.web.conversations.mark({ channel, ts: last.ts });
  const clear = await hook.next({ device: phone, type: 'clear' });
  assert.equal(clear.badge, 1);
  assert.ok(!('ts' in clear), JSON.stringify(clear));
});

test('what has no text says what its blocks say; channels and authors have their names', async () => {
  const { ann, dm, phone } = await pair();
  const open = await makeChannel(ann, `open-${process.pid}`);
  const closed = await makeChannel(ann, `closed-${process.pid}`, [], { is_private: true });
  await ann.web.chat.postMessage({ channel: dm, blocks: [
    { type: 'header', text: { type: 'plain_text', text: 'Lunch' } },
    { type: 'section', text: { type: 'mrkdwn', text: `in <#${open}>?` } },
  ] });
  await hook.next({ device: phone, body: `Lunch\nin #open-${process.pid}?` });
  await post(ann, dm, `<#${open}> <#${open}|so called> <#${closed}>`);
  await hook.next({ device: phone, body: `#open-${process.pid} #so called #${closed}` });
  await ann.web.chat.meMessage({ channel: dm, text: 'waves' });
  await hook.next({ device: phone, body: `${ann.name} waves` });
});

test('a message that is deleted is taken away where it is shown', async () => {
  const { ann, dm, phone } = await pair();
  const { ts } = await post(ann, dm, 'a slip');
  await hook.next({ device: phone, body: 'a slip' });
  await ann.web.chat.delete({ channel: dm, ts });
  assert.equal((await hook.next({ device: phone, type: 'clear' })).badge, 0);
});
