// Three devices of each person while hosts die: a phone that syncs in small pages, a laptop that syncs now and
// then and loses answers, a tab with a WebSocket that is cut and resumes. After each round of cuts all of
// them come to hold the same, which is what history holds. CARILLON_SYNC_ROUNDS: how many rounds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Cluster } from '../support/cluster.mjs';
import { until } from '../support/host.mjs';
import { makeChannel, raw, signUp } from './client.mjs';

const rounds = Number(process.env.CARILLON_SYNC_ROUNDS ?? 6);
const seed = Number(process.env.CARILLON_SYNC_SEED ?? Date.now() % 1e6);
let cluster;
let hosts;
before(async () => {
  cluster = await Cluster.start(['inbox.members_max=4', 'cluster.suspect_ms=400', 'cluster.election_ms=800']);
  hosts = cluster.names.map((name) => ({ name, url: cluster.url(name), api: `${cluster.url(name)}/api/` }));
});
after(() => cluster?.stop());

// xorshift: the same seed cuts and kills in the same places.
let state = seed || 1;
function below(count) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % count;
}

const down = new Set();
const up = () => hosts.filter(({ name }) => !down.has(name));

// A call to any host that is there, again until one has answered.
async function insist(token, method, form, withinMs = 30_000) {
  return until(async () => {
    const there = up();
    const { body } = await raw(there[below(there.length)], method, { token, form });
    assert.ok(body.ok, `${method}: ${body.error}`);
    return body;
  }, `an answer to ${method}`, withinMs);
}

class Device {
  told = new Map();  // channel -> its events, in the order in which they were told
  #cursor;
  #seen = {};
  #socket;

  constructor(person, name, limit, { loses = 0 } = {}) {
    Object.assign(this, { person, name, limit, loses });
  }

  take(event) {
    const events = this.told.get(event.channel) ?? [];
    const last = events.at(-1)?.seq;
    assert.ok(last === undefined || event.seq === last + 1,
      `${this.name} of ${this.person.name}: seq ${event.seq} of ${event.channel} after ${last} (seed ${seed})`);
    events.push({ seq: event.seq, ts: event.ts, text: event.text });
    this.told.set(event.channel, events);
  }

  async sync() {
    for (let more = true; more;) {
      const body = await insist(this.person.token, 'carillon.sync', {
        device: this.name, limit: this.limit, ...(this.#cursor && { cursor: this.#cursor }),
        ...(Object.keys(this.#seen).length && { seen: JSON.stringify(this.#seen) }) });
      if (below(100) < this.loses) continue;  // the answer never arrived: the same is asked again
      body.messages.forEach((event) => this.take(event));
      this.#cursor = body.cursor;
      this.#seen = {};
      more = body.has_more;
    }
  }

  // What comes over the WebSocket counts as seen.
  async connect() {
    const { url } = await insist(this.person.token, 'rtm.connect', {
      device: this.name, cursor: this.#cursor, seen: JSON.stringify(this.#seen) });
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const event = JSON.parse(data);
      if (this.#socket !== socket || event.type !== 'message' || event.seq === undefined) return;
      this.take(event);
      this.#seen[event.channel] = event.seq;
    });
  }

  cut() {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }
}

test(`${rounds} rounds of cuts and kills: devices of a person hold the same, and all of it`, { timeout: 60_000 + rounds * 20_000 }, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const people = [];
  for (let i = 0; i < 6; ++i)
    people.push(await signUp(hosts[i % 3]));
  const [ann] = people;
  // Two stay small, one outgrows inboxes with its fifth member.
  const channels = [await makeChannel(ann, 'small', people.slice(1, 3)), await makeChannel(ann, 'other', [people[1]]),
                    await makeChannel(ann, 'large', people.slice(1))];
  const watched = people.slice(1, 3);
  const devices = watched.flatMap((person) => [new Device(person, 'phone', 7), new Device(person, 'laptop', 100, { loses: 30 }),
                                               new Device(person, 'tab', 50)]);
  for (const device of devices) await device.sync();
  let posts = 0;
  let kills = 0;
  for (let round = 0; round < rounds; ++round) {
    const tabs = devices.filter(({ name }) => name === 'tab');
    for (const tab of tabs) await tab.connect();
    const victim = hosts[below(3)].name;
    const mine = Array.from({ length: 12 }, (_, i) => i);
    const posting = Promise.all(mine.map(async (i) => {
      const channel = channels[below(3)];
      await insist(ann.token, 'chat.postMessage', { channel, text: `${round}.${i} <@${watched[i % 2].id}>`, client_msg_id: `${seed}-${round}-${i}` });
      posts += 1;
    }));
    if (below(4) > 0) {
      down.add(victim);
      await cluster.signal(victim, 'SIGKILL');
      kills += 1;
    }
    for (const tab of tabs)
      if (below(3) > 0) tab.cut();
    for (const device of devices)
      if (device.name !== 'tab' && below(2) > 0) await device.sync();
    await posting;
    if (down.has(victim)) {
      cluster.startAgain(victim);
      await cluster.well([victim]);
      down.delete(victim);
    }
    for (const tab of tabs) tab.cut();
  }
  for (const channel of channels) {
    const history = await until(async () => {
      const { body } = await raw(hosts[0], 'conversations.history', { token: ann.token, form: { channel, limit: '1000' } });
      assert.ok(body.ok && !body.has_more, body.error);
      return body.messages.reverse();
    }, 'history');
    for (const person of watched) {
      const own = devices.filter((device) => device.person === person);
      const last = history.at(-1).seq;
      for (const device of own)
        await until(async () => { await device.sync(); return device.told.get(channel)?.at(-1)?.seq === last || channel === channels[1] && person !== people[1]; },
          `${device.name} of ${person.name} in ${channel}: ${device.told.get(channel)?.at(-1)?.seq} of ${last} (seed ${seed})`);
      const [first, ...others] = own.map((device) => device.told.get(channel) ?? []);
      for (const other of others) assert.deepEqual(other, first);
      if (first.length)
        assert.deepEqual(first.map(({ seq, ts, text }) => ({ seq, ts, text })),
          history.filter(({ seq }) => seq >= first[0].seq).map(({ seq, ts, text }) => ({ seq, ts, text })));
    }
  }
  t.diagnostic(`${rounds} rounds, ${kills} kills, ${posts} posts, ${devices.length} devices`);
});
