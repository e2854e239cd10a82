// Presence beyond coming and going: who is idle, friends, many changes at once, what is refused, and three
// hosts of which one dies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Cluster } from '../support/cluster.mjs';
import { Host, until } from '../support/host.mjs';
import { raw, refused, signUp } from './client.mjs';

const quick = ['presence.offline_grace_ms=300', 'presence.window_ms=100'];
let host;
before(async () => {
  host = await Host.start([...quick, 'presence.auto_away_after_ms=1500', 'presence.activity_interval_ms=200',
    'presence.last_active_write_ms=1000', 'presence.friends_max=3', 'presence.subscriptions_max=20']);
});
after(() => host?.stop());

// One WebSocket without an SDK in between, and what it was told of whom.
async function open(person, at = person.host) {
  const { body } = await raw(at, 'rtm.connect', { token: person.token });
  const frames = [], seen = {};
  const socket = new WebSocket(body.url, { perMessageDeflate: false });
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const frame = JSON.parse(data);
    frames.push(frame);
    if (frame.type === 'presence_change') for (const id of frame.users ?? [frame.user]) seen[id] = frame.presence;
  });
  await until(() => frames[0], 'hello');
  return { socket, frames, seen, say: (frame) => socket.send(JSON.stringify(frame)), close: () => socket.close() };
}
const sees = (ear, person, presence) => until(() => ear.seen[person.id] === presence,
  `${person.name} to be seen ${presence}`);
const own = (person) => raw(person.host, 'users.getPresence', { token: person.token }).then(({ body }) => body);

test('who does nothing is away by themselves, and back with the first thing they do', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const ear = await open(ann);
  ear.say({ type: 'presence_sub', ids: [ben.id] });
  const device = await open(ben);
  await sees(ear, ben, 'active');
  const pinging = setInterval(() => device.say({ id: 1, type: 'ping' }), 100);
  await sees(ear, ben, 'away');
  clearInterval(pinging);
  const idle = await own(ben);
  assert.equal(idle.auto_away, true);
  assert.equal(idle.online, true);
  assert.equal(idle.manual_away, false);
  assert.equal(idle.connection_count, 1);
  device.say({ id: 7, type: 'carillon.active' });
  await until(() => device.frames.find(({ reply_to: to }) => to === 7), 'the answer');
  await sees(ear, ben, 'active');
  assert.equal((await own(ben)).auto_away, false);
  await sees(ear, ben, 'away');
  await ben.web.apiCall('users.setActive');
  await sees(ear, ben, 'active');
  [ear, device].forEach((one) => one.close());
});

test('of several devices the one in use counts', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const ear = await open(ann);
  ear.say({ type: 'presence_sub', ids: [ben.id] });
  const [phone, laptop] = [await open(ben), await open(ben)];
  await sees(ear, ben, 'active');
  const using = setInterval(() => laptop.say({ type: 'carillon.active' }), 100);
  await new Promise((resolve) => setTimeout(resolve, 2_500));  // longer than idle people are active
  assert.equal(ear.frames.filter(({ presence }) => presence === 'away').length, 0);
  assert.equal((await own(ben)).connection_count, 2);
  clearInterval(using);
  await sees(ear, ben, 'away');
  [ear, phone, laptop].forEach((one) => one.close());
});

test('when one was last active is known after a restart, and absent devices have no last_activity', async () => {
  const ben = await signUp(host);
  const device = await open(ben);
  device.say({ type: 'carillon.active' });
  const seen = await until(async () => (await own(ben)).last_activity, 'activity');
  await new Promise((resolve) => setTimeout(resolve, 1_300));  // presence.last_active_write_ms
  device.close();
  await host.kill();
  await host.startAgain([...quick, 'presence.auto_away_after_ms=1500', 'presence.activity_interval_ms=200',
    'presence.friends_max=3', 'presence.subscriptions_max=20']);
  const later = await until(async () => (await own(ben)).ok && own(ben), 'the host');
  assert.equal(later.last_activity, undefined);
  assert.ok(Math.abs(later.last_active - seen) <= 1, `${later.last_active} and ${seen}`);
});

test('friends see each other without asking, from the next moment and at every sign-in; either ends it', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const [annEar, benEar] = [await open(ann), await open(ben)];
  const using = setInterval(() => benEar.say({ type: 'carillon.active' }), 200);  // or ben is idle by then
  await ann.web.apiCall('carillon.friends.add', { user: ben.id });
  await sees(annEar, ben, 'active');
  await sees(benEar, ann, 'active');
  assert.ok(benEar.frames.find(({ type, user }) => type === 'carillon.friend_added' && user === ann.id));
  for (const [one, other] of [[ann, ben], [ben, ann]]) {
    assert.deepEqual((await one.web.apiCall('carillon.friends.list')).friends, [other.id]);
  }
  annEar.close();
  await sees(benEar, ann, 'away');
  const again = await open(ann);
  again.say({ type: 'carillon.active' });
  await sees(again, ben, 'active');
  await sees(benEar, ann, 'active');
  // A list of their own is beside it.
  again.say({ type: 'presence_sub', ids: [] });
  await ben.web.apiCall('carillon.friends.remove', { user: ann.id });
  await until(async () => (await ann.web.apiCall('carillon.friends.list')).friends.length === 0, 'the end of it');
  await until(() => again.frames.find(({ type }) => type === 'carillon.friend_removed'), 'the word');
  clearInterval(using);
  delete again.seen[ben.id];
  benEar.close();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal(again.seen[ben.id], undefined);
  again.close();
});

test('friends: oneself, strangers, the unknown and too many are refused, and nothing changes', async () => {
  const [ann, ben, eve] = [await signUp(host), await signUp(host), await signUp(host, { team: `t${Date.now()}` })];
  const add = (user) => ann.web.apiCall('carillon.friends.add', { user });
  await refused(add(ann.id), 'invalid_arguments');
  await refused(add(eve.id), 'user_not_found');
  await refused(add('U00000000000Z'), 'user_not_found');
  await refused(add('ben'), 'user_not_found');
  const others = [await signUp(host), await signUp(host), await signUp(host)];
  for (const other of others) await add(other.id);
  await refused(add(ben.id), 'too_many_users');
  await refused(ben.web.apiCall('carillon.friends.add', { user: ann.id }), 'too_many_users');
  assert.equal((await add(others[0].id)).already, true);
  await ann.web.apiCall('carillon.friends.remove', { user: others[0].id });
  assert.equal((await add(ben.id)).ok, true);
});

test('a list that is too long is refused and the one before stays; strangers in it are passed over', async () => {
  const [ann, ben, eve] = [await signUp(host), await signUp(host), await signUp(host, { team: `s${Date.now()}` })];
  const ear = await open(ann);
  ear.say({ type: 'presence_sub', ids: [ben.id, eve.id, 'U00000000000Z'] });
  await sees(ear, ben, 'away');
  ear.say({ id: 3, type: 'presence_sub', ids: Array(21).fill(ann.id) });
  const tooLong = await until(() => ear.frames.find(({ reply_to: to }) => to === 3), 'the refusal');
  assert.match(tooLong.error.msg, /too_many_users: at most 20 ids/);
  ear.say({ id: 4, type: 'presence_sub', ids: ['nobody'] });
  await until(() => ear.frames.find(({ reply_to: to, ok }) => to === 4 && ok === false), 'the refusal');
  ear.say({ id: 6, type: 'presence_sub', ids: Array(10_000).fill(ann.id) });  // longer than a frame may be
  const farTooLong = await until(() => ear.frames.find(({ reply_to: to }) => to === 6), 'the refusal');
  assert.match(farTooLong.error.msg, /too_many_users: at most 20 ids/);
  const device = await open(ben), stranger = await open(eve);
  await sees(ear, ben, 'active');
  assert.equal(ear.seen[eve.id], undefined);
  assert.equal(ear.seen['U00000000000Z'], undefined);
  ear.say({ id: 5, type: 'presence_sub', ids: Array(20).fill(ann.id) });  // the longest that is taken
  await sees(ear, ann, 'active');
  [ear, device, stranger].forEach((one) => one.close());
});

test('all who come in a window are one event', async () => {
  const ann = await signUp(host);
  const others = [];
  for (let n = 0; n < 8; ++n) others.push(await signUp(host));
  const ear = await open(ann);
  ear.say({ type: 'presence_sub', ids: others.map(({ id }) => id) });
  for (const other of others) await sees(ear, other, 'away');
  const first = ear.frames.filter(({ type }) => type === 'presence_change');
  assert.equal(first.length, 1, 'how eight people are is one frame');
  assert.equal(first[0].users.length, 8);
  const devices = await Promise.all(others.map((other) => open(other)));
  for (const other of others) await sees(ear, other, 'active');
  assert.ok(ear.frames.filter(({ type }) => type === 'presence_change').length <= 5);
  [ear, ...devices].forEach((one) => one.close());
});

test('three hosts: who is watched from another host is told of there, also after the death of a host', async () => {
  const cluster = await Cluster.start(quick);
  try {
    const at = (name) => ({ url: cluster.url(name), api: `${cluster.url(name)}/api/` });
    const people = [];
    for (let n = 0; n < 12; ++n) people.push(await signUp(at('a')));
    const ann = await signUp(at('a'));
    const ear = await open(ann, at('b'));
    ear.say({ type: 'presence_sub', ids: people.map(({ id }) => id) });
    const here = await Promise.all(people.slice(0, 6).map((one) => open(one, at('b'))));
    const there = await Promise.all(people.slice(6, 9).map((one) => open(one, at('c'))));
    for (const one of people.slice(0, 9)) await sees(ear, one, 'active');
    for (const one of people.slice(9)) await sees(ear, one, 'away');
    const before = ear.frames.length;
    await cluster.signal('a', 'SIGKILL');  // a third of their records, and nobody's connection
    await until(async () => (await raw(at('b'), 'users.getPresence', { token: ann.token })).body.ok, 'a new leader', 30_000);
    there.forEach((one) => one.close());
    for (const one of people.slice(6, 9)) await until(() => ear.seen[one.id] === 'away', 'them to be away', 30_000);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    for (const frame of ear.frames.slice(before).filter(({ type }) => type === 'presence_change')) {
      for (const id of frame.users ?? [frame.user]) {
        assert.ok(!people.slice(0, 6).some((one) => one.id === id), 'who stayed was never seen to go');
      }
    }
    const back = await Promise.all(people.slice(6, 12).map((one) => open(one, at('c'))));
    for (const one of people) await until(() => ear.seen[one.id] === 'active', 'them to be active', 30_000);
    [ear, ...here, ...back].forEach((one) => one.close());
  } finally {
    await cluster.stop();
  }
});
