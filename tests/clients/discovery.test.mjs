// Slack's own RTM client connects to the host that it is told of: one of its region, by its address or by its
// own word, and none that drains.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { RTMClient } from '@slack/rtm-api';
import { Cluster } from '../support/cluster.mjs';
import { until } from '../support/host.mjs';
import { signUp } from './client.mjs';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => 'error' };

let cluster;
let ann;
before(async () => {
  cluster = await Cluster.start([], {
    regions: { a: 'eu', b: 'us', c: 'us' },
    tables: '[[discovery.ranges]]\ncidr = "127.0.2.0/24"\nregion = "us"\n',
  });
  ann = await signUp({ url: cluster.url('a'), api: `${cluster.url('a')}/api/` });
});
after(() => cluster?.stop());

async function sessions() {
  const all = await Promise.all(cluster.names.map(async (name) => [name, (await (await fetch(`${cluster.url(name)}/healthz`)).json()).sessions]));
  return Object.fromEntries(all);
}

// A client from that address that asks host a: which host's session it became. It hears what is posted.
async function whereItLands(localAddress, options) {
  const before = await sessions();
  const rtm = new RTMClient(ann.token, { slackApiUrl: `${cluster.url('a')}/api/`, logger: quiet, agent: new http.Agent({ localAddress }) });
  const heard = [];
  rtm.on('hello', () => heard.push('hello'));  // every subscription is in place
  rtm.on('message', ({ text }) => heard.push(text));
  await rtm.start(options);
  await until(() => heard.includes('hello'), 'hello');
  const text = `to ${localAddress} ${Math.random()}`;
  const { ok } = await ann.web.chat.postMessage({ channel: '#general', text });
  assert.ok(ok);
  await until(() => heard.includes(text), 'the message');
  const now = await sessions();
  const there = cluster.names.filter((name) => now[name] > before[name]);
  await rtm.disconnect();
  await until(async () => (await sessions())[there[0]] === before[there[0]], 'it to be gone');
  assert.equal(there.length, 1);
  return there[0];
}

// Resolves when host a knows that it is so.
async function order(host, intent) {
  // A host that was busy for a moment may have lost a lead: nobody may rest until it is led again.
  let answer, body;
  await until(async () => {
    answer = await fetch(`${cluster.url('a')}/inspect/ring`, {
      method: 'POST', headers: { Authorization: `Bearer ${await cluster.adminToken()}` },
      body: JSON.stringify({ command: { host: { host, intent } } }),
    });
    body = await answer.json();
    return answer.status === 200 || !/the ring is not whole/.test(body.detail);
  }, () => `host ${host} to be allowed ${intent}: ${JSON.stringify(body)}`);
  assert.equal(answer.status, 200, JSON.stringify(body));
  await until(async () => (await (await fetch(`${cluster.url('a')}/healthz`)).json()).generation >= Number(body.ring.view.generation), 'host a to know');
}

test('by its address it is in us, and lands there', async () => {
  assert.ok(['b', 'c'].includes(await whereItLands('127.0.2.9')));
});

test('without a region it stays where it came', async () => {
  assert.equal(await whereItLands('127.0.0.1'), 'a');
});

test('its own word counts', async () => {
  assert.ok(['b', 'c'].includes(await whereItLands('127.0.0.1', { region: 'us' })));
  assert.equal(await whereItLands('127.0.2.9', { region: 'eu' }), 'a');
  assert.equal(await whereItLands('127.0.0.1', { region: 'nowhere' }), 'a');
});

test('nobody lands on a host that rests or drains', async () => {
  const landsOn = (host) => until(async () => (await whereItLands('127.0.2.9')) === host, `a client to land on ${host}`);
  await order('c', 'HOST_RESTS');
  for (let n = 0; n < 4; ++n) assert.notEqual(await whereItLands('127.0.2.9'), 'c');
  await landsOn('b');
  await order('c', 'HOST_SERVES');
  await order('b', 'HOST_DRAINS');
  for (let n = 0; n < 4; ++n) assert.notEqual(await whereItLands('127.0.2.9'), 'b');
  await landsOn('c');  // that it takes clients again, it said with a beat
});
