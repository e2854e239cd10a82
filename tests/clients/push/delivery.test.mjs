// From a message that Slack's SDK posts to the push on a phone that is not connected: who gets one, what it says,
// what becomes of it when it is read, and when the provider is away.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Host, until } from '../../support/host.mjs';
import { makeChannel, refused, signUp } from '../client.mjs';
import { Hook, register } from './hook.mjs';

const quick = ['presence.offline_grace_ms=0', 'inbox.gather_ms=5', 'push.gather_ms=20', 'push.retry_first_ms=50', 'push.retry_max_ms=200'];
let host;
let hook;
let settings;
before(async () => {
  hook = await Hook.start();
  settings = [...quick, ...hook.settings()];
  host = await Host.start(settings);
});
after(async () => {
  await host?.stop();
  await hook?.end();
});

const post = (person, channel, text, more = {}) => person.web.chat.postMessage({ channel, text, ...more });
async function directOf(...people) {
  const { channel } = await people[0].web.conversations.open({ users: people.slice(1).map((one) => one.id).join(',') });
  return channel.id;
}
async function metric(name) {
  const token = (await readFile(path.join(host.data, 'admin.token'), 'utf8')).trim();
  const page = await (await fetch(`${host.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text();
  const line = page.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}
// Enough for a push that should not have come: another one that came after it has arrived.
async function nothingBut(person, device, count) {
  const [ann] = [await signUp(host)];
  const dm = await directOf(ann, person);
  await post(ann, dm, 'the last one');
  await hook.next({ device, body: 'the last one' });
  assert.equal(hook.of(device).length, count + 1, JSON.stringify(hook.of(device)));
}

// Waits until it is decided whether a message is pushed: when it is in the person's inbox, and somebody else has
// the push of a later one.
async function decidingFor(person) {
  let { cursor } = await person.web.apiCall('carillon.sync', { device: 'desk' });
  return async (text) => {
    let heard = { messages: [] };
    while (!heard.messages.some((message) => message.text === text)) {
      heard = await person.web.apiCall('carillon.poll', { device: 'desk', cursor, wait: 10 });
      assert.notEqual(heard.messages.length, 0, `${text} does not come`);
      ({ cursor } = heard);
    }
    const [ann, eva] = [await signUp(host), await signUp(host)];
    const phone = await register(eva);
    await post(ann, await directOf(ann, eva), 'later');
    await hook.next({ device: phone });
  };
}

test('a DM reaches the phone of who is not connected: author, text, badge, channel and ts', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = await directOf(ann, ben);
  const { ts } = await post(ann, dm, `hello <@${ben.id}> &amp; all`);
  const push = await hook.next({ device: phone });
  assert.deepEqual({ ...push, at: 0, ttl: 0 }, {
    type: 'message', device: phone, user: ben.id, title: ann.name, body: `hello @${ben.name} & all`, badge: 1,
    collapse_id: dm, urgency: 'high', ttl: 0, channel: dm, ts, at: 0,
  });
  await post(ben, dm, 'my own answer');
  await nothingBut(ben, phone, 1);
});

test('mentions, @channel, a group DM and replies in one\'s thread are told; other messages are not', async () => {
  const [ann, ben, eva] = [await signUp(host), await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `told-${process.pid}`, [ben, eva]);
  const first = await post(ben, channel, 'what of this?');
  const phone = await register(ben);
  await post(ann, channel, 'nothing of yours');
  await post(ann, channel, `<@${ben.id}> look`);
  assert.equal((await hook.next({ device: phone })).title, `${ann.name} in #told-${process.pid}`);
  await post(ann, channel, '<!channel> all of you');
  await hook.next({ device: phone, body: '@channel all of you' });
  await post(eva, channel, 'a reply', { thread_ts: first.ts });
  await hook.next({ device: phone, body: 'a reply' });
  await post(ann, channel, 'another thread', { thread_ts: (await post(ann, channel, 'mine')).ts });
  const group = await directOf(ann, ben, eva);
  await post(eva, group, 'the three of us');
  await hook.next({ device: phone, body: 'the three of us' });
  assert.deepEqual(new Set(hook.of(phone).map((push) => push.body)),
    new Set([`@${ben.name} look`, '@channel all of you', 'a reply', 'the three of us']));
});

test('who replied takes part in a thread, also when somebody else began it', async () => {
  const [ann, ben, eva] = [await signUp(host), await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `thread-${process.pid}`, [ben, eva]);
  const phone = await register(eva);
  const first = await post(ann, channel, 'begin');
  await post(ben, channel, 'before she came', { thread_ts: first.ts });
  await post(eva, channel, 'I am in', { thread_ts: first.ts });
  await post(ben, channel, 'after she came', { thread_ts: first.ts });
  assert.equal((await hook.next({ device: phone })).body, 'after she came');
  await nothingBut(eva, phone, 1);
});

test('who is at a device is not pushed; once it is gone, they are', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = await directOf(ann, ben);
  const ear = await ben.listen();
  await post(ann, dm, 'seen at once');
  await ear.next({ type: 'message', text: 'seen at once' });
  await ear.stop();
  await until(async () => (await ann.web.users.getPresence({ user: ben.id })).presence === 'away', 'ben to be away');
  await post(ann, dm, 'on the phone');
  const push = await hook.next({ device: phone });
  assert.equal(push.body, 'on the phone');
  assert.equal(push.badge, 2);
});

test('levels: all, mentions, nothing, of a channel and of all', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `levels-${process.pid}`, [ben]);
  const phone = await register(ben);
  const set = (what) => ben.web.apiCall('carillon.push.settings.set', what);
  assert.deepEqual((await set({ channel, level: 'all' })).channels, [{ channel, level: 'all' }]);
  await post(ann, channel, 'every word');
  await hook.next({ device: phone, body: 'every word' });
  const isDecided = await decidingFor(ben);
  await set({ channel, level: 'nothing' });
  await post(ann, channel, `<@${ben.id}> muted`);
  await isDecided(`<@${ben.id}> muted`);
  await set({ channel, level: 'default' });
  await set({ level: 'nothing' });
  const dm = await directOf(ann, ben);
  await post(ann, dm, 'not even this');
  await isDecided('not even this');
  assert.equal((await set({ level: 'mentions' })).level, 'mentions');
  await nothingBut(ben, phone, 1);
  assert.equal((await ben.web.apiCall('carillon.push.settings.get')).level, 'mentions');
});

test('a snooze and the hours of a day keep pushes away, as dnd.info says', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = await directOf(ann, ben);
  const isDecided = await decidingFor(ben);
  const snooze = await ben.web.dnd.setSnooze({ num_minutes: 10 });
  assert.equal(snooze.snooze_enabled, true);
  assert.ok(Math.abs(snooze.snooze_remaining - 600) <= 2);
  await post(ann, dm, 'snoozing');
  assert.equal((await ben.web.dnd.info()).snooze_enabled, true);
  assert.equal((await ann.web.dnd.info({ user: ben.id })).snooze_enabled, undefined);
  await isDecided('snoozing');
  assert.equal((await ben.web.dnd.endSnooze()).snooze_enabled, false);
  await refused(ben.web.dnd.endSnooze(), 'snooze_not_active');
  await refused(ben.web.dnd.setSnooze({}), 'missing_duration');
  await refused(ben.web.dnd.setSnooze({ num_minutes: 1441 }), 'too_long');

  const clock = (minutes) => `${String(Math.floor(((minutes + 1440) % 1440) / 60)).padStart(2, '0')}:${String((minutes + 1440) % 60).padStart(2, '0')}`;
  const now = new Date().getUTCHours() * 60 + new Date().getUTCMinutes();
  await ben.web.apiCall('carillon.push.settings.set', { dnd_start: clock(now - 60), dnd_end: clock(now + 60), tz: 'UTC' });
  const info = await ben.web.dnd.info();
  assert.equal(info.dnd_enabled, true);
  assert.equal(info.next_dnd_end_ts - info.next_dnd_start_ts, 7200);
  await post(ann, dm, 'in the hours');
  const { users } = await ann.web.dnd.teamInfo({ users: `${ann.id},${ben.id}` });
  assert.equal(users[ben.id].next_dnd_start_ts, info.next_dnd_start_ts);
  assert.deepEqual(users[ann.id], { dnd_enabled: false, next_dnd_start_ts: 1, next_dnd_end_ts: 1 });
  await isDecided('in the hours');
  await ben.web.dnd.endDnd();
  assert.ok((await ben.web.dnd.info()).next_dnd_start_ts > info.next_dnd_start_ts);
  await nothingBut(ben, phone, 0);
});

test('what waited for its provider when a snooze began comes when the snooze is ended early; what came in it does not', async () => {
  const [ann, eva, ben] = [await signUp(host), await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = await directOf(eva, ben);
  const isDecided = await decidingFor(ben);
  hook.answers((push) => (push.device === phone ? 503 : 200));
  const tried = hook.posts;
  await post(ann, await directOf(ann, ben), 'before the snooze');
  await until(() => hook.posts > tried, 'the first try');
  await ben.web.dnd.setSnooze({ num_minutes: 10 });
  await post(eva, dm, 'in the snooze');
  await isDecided('in the snooze');
  hook.answers(() => 200);
  await ben.web.dnd.endSnooze();
  await hook.next({ device: phone, body: 'before the snooze' });
  await nothingBut(ben, phone, 1);
});

test('of two settings that are set at a time neither undoes the other', async () => {
  const ben = await signUp(host);
  const set = (what) => ben.web.apiCall('carillon.push.settings.set', what);
  for (let i = 0; i < 10; ++i) {
    await set({ dnd_start: '01:00', dnd_end: '02:00', tz: 'UTC' });
    await Promise.all([set({ dnd_start: '22:00' }), set({ dnd_end: '07:00' }), set({ tz: 'Europe/Berlin' }), set({ level: 'all' })]);
    const { level, dnd_start, dnd_end, tz } = await ben.web.apiCall('carillon.push.settings.get');
    assert.deepEqual({ level, dnd_start, dnd_end, tz }, { level: 'all', dnd_start: '22:00', dnd_end: '07:00', tz: 'Europe/Berlin' });
  }
  await refused(set({ dnd_start: '07:00' }), 'invalid_arguments');
});

test('a burst is one push, with how many there are; what is read elsewhere is taken away', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = await directOf(ann, ben);
  hook.answers((push) => (push.device === phone && push.badge < 20 ? 503 : 200));  // until all of them are in it
  let last;
  for (let i = 0; i < 20; ++i) last = await post(ann, dm, `message ${i}`);
  const push = await hook.next({ device: phone });
  hook.answers(() => 200);
  assert.equal(push.body, 'message 19');
  assert.equal(push.title, `${ann.name} (20)`);
  assert.equal(push.badge, 20);
  await ben.web.conversations.mark({ channel: dm, ts: last.ts });
  const clear = await hook.next({ device: phone, type: 'clear' });
  assert.equal(clear.channel, dm);
  assert.equal(clear.badge, 0);
  assert.equal(clear.collapse_id, dm);
});

test('what the provider does not take waits for it, and Retry-After is honoured', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = await directOf(ann, ben);
  const refusals = [];
  hook.answers((push) => {
    if (push.device !== phone || refusals.length) return 200;
    refusals.push(Date.now());
    return { status: 429, headers: { 'Retry-After': '2' } };
  });
  await post(ann, dm, 'later');
  const push = await hook.next({ device: phone });
  hook.answers(() => 200);
  assert.ok(push.at - refusals[0] >= 1_900, `${push.at - refusals[0]} ms`);
});

test('through an outage nothing is lost, also when the host is killed in the middle of it', async () => {
  const ann = await signUp(host);
  const people = [];
  for (let i = 0; i < 8; ++i) people.push(await signUp(host));
  const phones = await Promise.all(people.map((person) => register(person)));
  const dms = await Promise.all(people.map((person) => directOf(ann, person)));
  await hook.kill();
  await Promise.all(dms.map((dm, n) => post(ann, dm, `to ${n}`)));
  await until(async () => (await metric('carillon_push_outage{provider="webhook"}')) === 1, 'the outage to be known');
  assert.match(host.output, /webhook takes no pushes, they wait: (?!try_again|no_answer)/);
  await until(async () => (await metric('carillon_pushes_waiting')) === people.length, 'all to wait');
  await host.kill();
  await host.startAgain(settings);
  await Promise.all(dms.map((dm, n) => post(ann, dm, `more to ${n}`)));
  await until(async () => (await metric('carillon_push_outage{provider="webhook"}')) === 1, 'the outage to be known again');
  await hook.listen();
  await Promise.all(phones.map((phone, n) => hook.next({ device: phone, body: `more to ${n}`, badge: 2 })));
  await until(() => /webhook takes pushes again/.test(host.output), 'the end of the outage to be said');
  await until(async () => (await metric('carillon_pushes_waiting')) === 0, 'nothing to wait any more');
});

test('an operator sees since when a provider takes no pushes, and a person\'s devices but not how these are reached', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  assert.doesNotMatch(await host.command('inspect'), /takes no pushes/);
  const shown = await host.command('inspect', `user/@${ben.name}`);
  assert.match(shown, /pushes +phone by webhook, registered/);
  assert.ok(!shown.includes(phone));
  const before = Date.now();
  await hook.kill();
  await post(ann, await directOf(ann, ben), 'it waits');
  await until(async () => /webhook takes no pushes since .* UTC, for .*: they wait/.test(await host.command('inspect')), 'the outage to be shown');
  const { hosts } = JSON.parse(await host.command('inspect', '--json')).cluster;
  const [outage] = hosts[0].push_outages;
  assert.equal(outage.provider, 'webhook');
  assert.ok(Number(outage.since) / 1000 >= before - 1 && Number(outage.since) / 1000 <= Date.now(), JSON.stringify(outage));
  await hook.listen();
  await hook.next({ device: phone });
  await until(async () => !/takes no pushes/.test(await host.command('inspect')), 'the end of the outage to be shown');
});

test('a push whose answer was lost is told again, under the same collapse id; others are not', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben);
  const dm = await directOf(ann, ben);
  let lost = 0;
  hook.answers((push) => (push.device === phone && lost++ === 0 ? 'reset' : 200));
  await post(ann, dm, 'twice');
  await until(() => hook.of(phone).length === 2, 'the second try');
  hook.answers(() => 200);
  assert.deepEqual(hook.of(phone).map(({ body, collapse_id }) => ({ body, collapse_id })),
    [{ body: 'twice', collapse_id: dm }, { body: 'twice', collapse_id: dm }]);
  await nothingBut(ben, phone, 2);
});

test('a device that the provider calls dead is forgotten, the person\'s other one is told', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const phone = await register(ben, 'phone');
  const tab = await register(ben, 'tab');
  const dm = await directOf(ann, ben);
  hook.answers((push) => (push.device === phone ? 410 : 200));
  await post(ann, dm, 'who is there?');
  await hook.next({ device: tab });
  const names = async () => (await ben.web.apiCall('carillon.push.list')).targets.map((target) => target.device);
  await until(async () => (await names()).join() === 'tab', 'the phone to be forgotten');
  hook.answers(() => 200);
  await ben.web.apiCall('carillon.push.unregister', { device: 'tab' });
  assert.deepEqual(await names(), []);
  await refused(ben.web.apiCall('carillon.push.unregister', { device: 'tab' }), 'unknown_device');
});

test('what cannot be registered is refused in words', async () => {
  const ben = await signUp(host);
  const call = (what) => ben.web.apiCall('carillon.push.register', { device: 'phone', provider: 'webhook', push_token: 'x', ...what });
  await refused(call({ provider: 'apns', push_token: 'ab'.repeat(32) }), 'push_not_configured');
  await refused(call({ provider: 'pigeon' }), 'invalid_arguments');
  await refused(call({ device: 'a phone' }), 'invalid_arguments');
  await refused(call({ push_token: '' }), 'invalid_arguments');
  await refused(ben.web.apiCall('carillon.push.settings.set', { level: 'loud' }), 'invalid_arguments');
  await refused(ben.web.apiCall('carillon.push.settings.set', { dnd_start: '25:00' }), 'invalid_arguments');
  await refused(ben.web.apiCall('carillon.push.settings.set', { tz: 'Nowhere/Land' }), 'invalid_arguments');
  assert.deepEqual((await ben.web.apiCall('carillon.push.providers')).providers, ['webhook']);
});
