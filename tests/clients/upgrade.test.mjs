// Three hosts are given another program while people with Slack's own SDKs write through each of them: from
// this build to one whose schema is a minor version ahead, and back again. Nobody sees an error, and what
// was posted is there once and in one order. CARILLOND_NEXT is the other build (tests/clients/CMakeLists.txt).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebClient } from '@slack/web-api';
import { RTMClient } from '@slack/rtm-api';
import { until } from '../support/host.mjs';
import { WatchedCluster } from '../support/watched.mjs';
import { makeChannel, signUp, wholeHistory } from './client.mjs';

const { CARILLOND: now, CARILLOND_NEXT: next } = process.env;
const channelCount = 8;
const postersPerHost = 2;
const paceMs = 15;  // from one post of a person to the next, unless an answer takes longer
const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => 'error' };

let cluster;
before(async () => { cluster = await WatchedCluster.start({ program: now }); });
after(() => cluster?.stop());

// A person who posts one after the other to some channels in turn, through one host, with the SDK's own
// retries.
class Poster {
  acknowledged = [];  // {channel, seq, key, at, took}
  errors = [];
  #going = true;
  #done;

  constructor(person, host, name, channels) {
    this.web = new WebClient(person.token, { slackApiUrl: host.api, logger: quiet });
    this.name = name;
    this.#done = this.#post(channels);
  }

  async #post(channels) {
    for (let n = 0; this.#going; ++n) {
      const channel = channels[n % channels.length];
      const key = `${this.name}-${n}`;
      const began = performance.now();
      try {
        const { seq } = await this.web.chat.postMessage({ channel, text: key, client_msg_id: key });
        const at = performance.now();
        this.acknowledged.push({ channel, seq, key, at, took: at - began });
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + paceMs - at)));
      } catch (error) {
        this.errors.push(error.message);
        return;
      }
    }
  }

  stop() {
    this.#going = false;
    return this.#done;
  }
}

// Slack's RTM client, which reconnects by itself.
class Listener {
  heard = new Map();  // channel -> [seq]
  errors = [];
  connections = 0;

  constructor(token, host) {
    this.rtm = new RTMClient(token, { slackApiUrl: host.api, logger: quiet });
    this.rtm.on('message', ({ channel, seq }) => {
      if (!this.heard.has(channel)) this.heard.set(channel, []);
      this.heard.get(channel).push(seq);
    });
    this.rtm.on('hello', () => { ++this.connections; });
    for (const name of ['error', 'unable_to_rtm_start']) this.rtm.on(name, (error) => this.errors.push(`${name}: ${error?.message}`));
  }
}

test('another program on all hosts, and back: no error, nothing lost, repeated or out of order', async (t) => {
  const ann = await signUp(cluster.host('a'));
  const people = [];
  for (let n = 0; n < postersPerHost * cluster.names.length; ++n) people.push(await signUp(cluster.host('a')));
  const channels = [];
  for (let n = 0; n < channelCount; ++n) channels.push(await makeChannel(ann, `room${n}`, people));
  // Each channel is written to through all hosts: its pause is not that of one host's clients.
  const posters = people.map((person, n) => {
    const name = cluster.names[n % cluster.names.length];
    const group = Math.floor(n / cluster.names.length);
    return new Poster(person, cluster.host(name), `${name}${group}`,
      channels.filter((_, c) => c % postersPerHost === group));
  });
  const listeners = cluster.names.map((name) => new Listener(ann.token, cluster.host(name)));
  await Promise.all(listeners.map(({ rtm }) => rtm.start()));
  await until(() => listeners.every(({ connections }) => connections === 1), 'all to listen');

  const began = performance.now();
  const forth = await cluster.roll(next);
  t.diagnostic(forth.output);
  assert.equal(forth.code, 0, forth.output + cluster.said.slice(-2000));
  const forthTook = performance.now() - began;
  const back = await cluster.roll(now);
  t.diagnostic(back.output);
  assert.equal(back.code, 0, back.output + cluster.said.slice(-2000));
  const ended = performance.now();
  for (const output of [forth.output, back.output])
    for (const name of cluster.names)
      for (const step of ['rests:', 'ends, and starts', 'is taken in again'])
        assert.ok(output.includes(`${name} ${step}`) || output.includes(`${name} has caught up and ${step}`), `${name} ${step}`);

  await Promise.all(posters.map((each) => each.stop()));
  assert.deepEqual(posters.flatMap(({ errors }) => errors), []);
  assert.deepEqual(listeners.flatMap(({ errors }) => errors), []);

  const acknowledged = posters.flatMap((each) => each.acknowledged);
  for (const channel of channels) {
    const mine = acknowledged.filter((each) => each.channel === channel);
    const history = await wholeHistory(ann, channel);
    const bySeq = new Map(history.map(({ seq, text }) => [seq, text]));
    for (const { seq, key } of mine) assert.equal(bySeq.get(seq), key, `${key} has its place`);
    const texts = history.filter(({ subtype }) => !subtype).map(({ text }) => text);
    assert.equal(new Set(texts).size, texts.length, 'nothing is there twice');
    for (let n = 1; n < history.length; ++n) {
      assert.equal(history[n].seq, history[n - 1].seq + 1, 'seq rises by one');
      assert.ok(history[n].ts > history[n - 1].ts, 'ts rises');
    }
    for (const { heard } of listeners) {
      const seqs = heard.get(channel) ?? [];
      assert.ok(seqs.every((seq, n) => n === 0 || seq > seqs[n - 1]), 'heard in order, and once');
    }
  }
  // Each was sent away in order before its own host stopped, and came back by itself.
  for (const { connections } of listeners) assert.ok(connections >= 2, 'they moved');

  const pauses = channels.map((channel) => {
    const times = acknowledged.filter((each) => each.channel === channel && each.at < ended)
      .map(({ at }) => at).sort((a, b) => a - b);
    return times.slice(1).map((at, n) => at - times[n]);
  });
  const took = acknowledged.map((each) => each.took).sort((a, b) => a - b);
  const longest = pauses.map((each) => Math.max(...each)).sort((a, b) => a - b);
  const all = pauses.flat().sort((a, b) => a - b);
  const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))].toFixed(1);
  t.diagnostic(`${acknowledged.length} posts, forth ${(forthTook / 1000).toFixed(1)} s, back ${((ended - began - forthTook) / 1000).toFixed(1)} s; ` +
    `between two posts of a channel p50 ${at(all, 0.5)} ms, p99 ${at(all, 0.99)} ms; a post took p50 ${at(took, 0.5)} ms, p99 ${at(took, 0.99)} ms; the longest pause of each channel p50 ${at(longest, 0.5)} ms, max ${at(longest, 1)} ms`);
  assert.ok(longest.at(-1) < 5_000, `a channel took nothing for ${longest.at(-1)} ms`);
  await Promise.all(listeners.map(({ rtm }) => rtm.disconnect()));
});
