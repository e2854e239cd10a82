// Three hosts of which one after the other is killed between the commit of a message and its push: none is lost,
// and one comes twice only where its provider's answer, or what was written of it, was lost with the host.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../../support/cluster.mjs';
import { until } from '../../support/host.mjs';
import { raw, signUp } from '../client.mjs';
import { Hook, register } from './hook.mjs';

const rounds = Number(process.env.CARILLON_PUSH_ROUNDS ?? 4);
const people = 12;
let cluster;
let hosts;
let hook;
before(async () => {
  hook = await Hook.start();
  cluster = await Cluster.start([...hook.settings(), 'presence.offline_grace_ms=0', 'inbox.gather_ms=5', 'push.gather_ms=20',
    'push.retry_first_ms=50', 'push.retry_max_ms=500', 'cluster.suspect_ms=400', 'cluster.election_ms=800']);
  hosts = cluster.names.map((name) => ({ name, url: cluster.url(name), api: `${cluster.url(name)}/api/` }));
});
after(async () => {
  await cluster?.stop();
  await hook?.end();
});

const down = new Set();
// A call to any host that is there, again until one has answered.
function insist(token, method, form, withinMs = 30_000) {
  let turn = 0;
  return until(async () => {
    const there = hosts.filter(({ name }) => !down.has(name));
    const { body } = await raw(there[turn++ % there.length], method, { token, form });
    assert.ok(body.ok, `${method}: ${body.error}`);
    return body;
  }, `an answer to ${method}`, withinMs);
}

test('no push is lost when hosts are killed between the commit and the push', async () => {
  const ann = await signUp(hosts[0]);
  const them = [];
  for (let i = 0; i < people; ++i) them.push(await signUp(hosts[i % hosts.length]));
  const phones = await Promise.all(them.map((person) => register(person)));
  const dms = await Promise.all(them.map(async (person) => (await insist(ann.token, 'conversations.open', { users: person.id })).channel.id));
  let repeated = 0;
  for (let round = 0; round < rounds; ++round) {
    const victim = hosts[round % hosts.length].name;
    // Odd rounds: the provider is away when the messages are posted. Even ones: it takes its time.
    const away = round % 2 === 1;
    if (away) await hook.kill();
    const text = (n) => `round ${round} to ${n}`;
    const posts = dms.map((channel, n) => insist(ann.token, 'chat.postMessage', { channel, text: text(n), client_msg_id: `${round}-${n}` }));
    await Promise.all(posts.slice(0, people / 2));
    await cluster.signal(victim, 'SIGKILL');
    down.add(victim);
    await Promise.all(posts);
    if (away) await hook.listen();
    await Promise.all(phones.map((device, n) => hook.next({ device, body: text(n) }, 60_000)));
    for (const [n, device] of phones.entries()) {
      const same = hook.of(device).filter((push) => push.body === text(n));
      repeated += same.length - 1;
      for (const push of same) assert.equal(push.collapse_id, dms[n]);
    }
    cluster.startAgain(victim);
    await cluster.well();
    down.delete(victim);
  }
  console.log(`${rounds * people} pushes, ${repeated} of them more than once`);
  assert.ok(repeated <= rounds * people / 4, `${repeated} repeats`);

  // Read on another host: taken away from the phone.
  const { messages } = await insist(them[0].token, 'conversations.history', { channel: dms[0], limit: 1 });
  await insist(them[0].token, 'conversations.mark', { channel: dms[0], ts: messages[0].ts });
  assert.equal((await hook.next({ device: phones[0], type: 'clear' }, 30_000)).channel, dms[0]);
});

test('a device that is registered as another one\'s is theirs alone, also when the host that took the word is killed at once', async () => {
  const eva = await signUp(hosts[2]);
  for (const victim of hosts) {
    const [gil, hal] = [await signUp(hosts[0]), await signUp(victim)];
    const shared = await register(gil, 'browser', `shared-${victim.name}`);
    const [toGil, toHal] = await Promise.all([gil, hal].map(async (person) => (await insist(eva.token, 'conversations.open', { users: person.id })).channel.id));
    await insist(eva.token, 'chat.postMessage', { channel: toGil, text: 'before' });
    await hook.next({ device: shared, body: 'before' });
    await register(hal, 'browser', shared);
    await cluster.signal(victim.name, 'SIGKILL');
    down.add(victim.name);
    await insist(eva.token, 'chat.postMessage', { channel: toGil, text: 'for gil alone', client_msg_id: `gil-${victim.name}` });
    await insist(eva.token, 'chat.postMessage', { channel: toHal, text: 'for hal', client_msg_id: `hal-${victim.name}` });
    await hook.next({ device: shared, body: 'for hal' }, 60_000);
    await until(async () => (await insist(gil.token, 'carillon.push.list')).targets.length === 0, 'gil\'s to be forgotten', 30_000);
    assert.deepEqual([...new Set(hook.of(shared).map((push) => `${push.user} ${push.type} ${push.body}`))].sort(),
      [`${gil.id} message before`, `${hal.id} message for hal`].sort());
    cluster.startAgain(victim.name);
    await cluster.well();
    down.delete(victim.name);
  }
});
