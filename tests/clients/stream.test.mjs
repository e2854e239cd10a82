// Clients that cannot hold a WebSocket: an event stream read with node's fetch, and polls that wait, while
// others post with Slack's SDK.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Host, until } from '../support/host.mjs';
import { makeChannel, raw, signUp } from './client.mjs';

let host;
before(async () => { host = await Host.start(['edge.ping_interval_ms=300', 'edge.calls_max=32', 'limits.waits_max=50']); });
after(() => host?.stop());

const post = async (person, channel, text) => (await person.web.chat.postMessage({ channel, text })).message;

function ask(person, method, query, options = {}) {
  const url = new URL(method, person.host.api);
  url.search = new URLSearchParams(query);
  return fetch(url, { headers: { Authorization: `Bearer ${person.token}` }, ...options });
}

// Server-Sent Events, as far as a host sends them.
class Stream {
  events = [];    // of type message, parsed
  ids = [];       // of each of these; null: none of its own
  comments = 0;
  closed = null;  // what the event `close` says
  ended = false;  // its body ended in order
  #stop = new AbortController();

  static async open(person, query = {}, options = {}) {
    const stream = new Stream();
    const { lastId, ...others } = options;
    const headers = { Authorization: `Bearer ${person.token}`, ...(lastId && { 'Last-Event-ID': lastId }) };
    const answer = await ask(person, 'carillon.stream', { device: 'web', ...query }, { signal: stream.#stop.signal, headers, ...others });
    assert.equal(answer.headers.get('content-type'), 'text/event-stream', await peek(answer));
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    stream.#read(answer.body).catch(() => {});
    await stream.next({ type: 'hello' });
    return stream;
  }

  leave() {
    this.#stop.abort();
  }

  next(fields) {
    return until(() => this.events.find((event) => Object.entries(fields).every(([key, value]) => event[key] === value)),
      `the event ${JSON.stringify(fields)}`);
  }

  // What an EventSource shows when it comes back by itself.
  get lastId() {
    return this.ids.findLast((id) => id !== null);
  }

  messages(channel) {
    return this.events.filter((event) => event.type === 'message' && event.channel === channel);
  }

  async #read(body) {
    let type = 'message';
    let id = null;
    let data = [];
    let text = '';
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      const lines = (text + part).split('\n');
      text = lines.pop();
      for (const line of lines) {
        if (line.startsWith(':')) ++this.comments;
        else if (line.startsWith('event: ')) type = line.slice(7);
        else if (line.startsWith('id: ')) id = line.slice(4);
        else if (line.startsWith('data: ')) data.push(line.slice(6));
        else if (line === '') {
          const value = JSON.parse(data.join('\n'));
          if (type === 'close') this.closed = value;
          else {
            this.events.push(value);
            this.ids.push(id);
          }
          [type, id, data] = ['message', null, []];
        } else assert.fail(`a line that no stream has: ${line}`);
      }
    }
    this.ended = true;
  }
}

const peek = async (answer) => (answer.headers.get('content-type') === 'text/event-stream' ? '' : answer.text());

async function metric(name, of = host) {
  const token = (await readFile(`${of.data}/admin.token`, 'utf8')).trim();
  const page = await (await fetch(`${of.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text();
  return Number(page.match(new RegExp(`^${name} (\\d+)$`, 'm'))[1]);
}

const waiting = (polls, of) => until(async () => await metric('carillon_polls_waiting', of) === polls, `${polls} waiting polls`);

// Everything until now, and the cursor after it.
async function caughtUp(person, device) {
  let told = await person.web.apiCall('carillon.sync', { device });
  while (told.has_more) told = await person.web.apiCall('carillon.sync', { device, cursor: told.cursor });
  return told.cursor;
}

// Inboxes follow posts by some milliseconds: with what the person has now behind them.
async function settled(person, device, channel, seq) {
  return until(async () => {
    let last = 0;
    let told;
    do {
      told = await person.web.apiCall('carillon.sync', { device, ...(told && { cursor: told.cursor }) });
      for (const each of told.messages) if (each.channel === channel) last = Math.max(last, each.seq);
    } while (told.has_more);
    return last >= seq && told.cursor;
  }, `the post ${seq}`);
}

test('a stream says hello and then what others post, in order, until its client leaves', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `stream-${process.pid}`, [ben]);
  const stream = await Stream.open(ben);
  assert.equal(await metric('carillon_event_streams'), 1);
  const seqs = [];
  for (let i = 0; i < 20; ++i) seqs.push((await post(ann, channel, `line\n${i}`)).seq);
  await stream.next({ seq: seqs.at(-1), channel });
  assert.deepEqual(stream.messages(channel).map(({ seq }) => seq), seqs);
  assert.equal(stream.messages(channel)[3].text, 'line\n3');
  assert.equal((await ann.web.users.getPresence({ user: ben.id })).presence, 'active');
  await until(() => stream.comments > 0, 'a heartbeat');
  stream.leave();
  await until(async () => await metric('carillon_event_streams') === 0, 'the host to notice');
});

test('a token may stand in the address, as EventSource needs it', async () => {
  const ann = await signUp(host);
  const stream = await Stream.open(ann, { token: ann.token }, { headers: {} });
  stream.leave();
});

test('a stream that goes on from a cursor is told what was missed, then what comes, nothing twice', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `resumed-${process.pid}`, [ben]);
  const { seq: first } = await post(ann, channel, 'before');
  const cursor = await settled(ben, 'web', channel, first);
  const { seq: seen } = await post(ann, channel, 'told elsewhere');
  const { seq: missed } = await post(ann, channel, 'missed');
  const stream = await Stream.open(ben, { cursor, seen: JSON.stringify({ [channel]: seen }) });
  const { seq: live } = await post(ann, channel, 'live');
  await stream.next({ seq: live, channel });
  assert.deepEqual(stream.messages(channel).map(({ seq }) => seq), [missed, live]);
  stream.leave();
});

test('a client that comes back with the last id, as EventSource does, is told the rest, nothing twice', async () => {
  const other = await Host.start();
  try {
    const [ann, ben] = [await signUp(other, { name: 'ann' }), await signUp(other, { name: 'ben' })];
    const channels = [await makeChannel(ann, 'one', [ben]), await makeChannel(ann, 'two', [ben])];
    const cursor = await settled(ben, 'web', channels[0], (await post(ann, channels[0], 'before')).seq);
    const told = channels.map(() => []);
    const said = channels.map(() => []);
    let lastId;
    for (let round = 0; round < 4; ++round) {
      for (const i of [0, 1]) said[i].push((await post(ann, channels[i], `while away ${round}`)).seq);
      if (round === 2) {
        await other.kill();
        await other.startAgain();
      }
      const stream = await Stream.open(ben, { cursor }, { lastId });  // the address is what it was
      for (const i of [0, 1]) said[i].push((await post(ann, channels[i], `live ${round}`)).seq);
      for (const i of [0, 1]) await stream.next({ channel: channels[i], seq: said[i].at(-1) });
      for (const i of [0, 1]) told[i].push(...stream.messages(channels[i]).map(({ seq }) => seq));
      lastId = stream.lastId;
      stream.leave();
    }
    assert.deepEqual(told[0], said[0]);
    assert.deepEqual(told[1].filter((seq) => said[1].includes(seq)), said[1]);
    assert.equal(new Set(told[1]).size, told[1].length);
  } finally {
    await other.stop();
  }
});

test('a stream without a cursor has no place to go on from, and says none', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `unmarked-${process.pid}`, [ben]);
  const stream = await Stream.open(ben);
  await stream.next({ seq: (await post(ann, channel, 'live')).seq, channel });
  assert.equal(stream.lastId, undefined);
  stream.leave();
});

test('a last id that nobody gave is refused', async () => {
  const ann = await signUp(host);
  const headers = { Authorization: `Bearer ${ann.token}`, 'Last-Event-ID': 'abc~C1' };
  const answer = await ask(ann, 'carillon.stream', { device: 'web', cursor: await caughtUp(ann, 'web') }, { headers });
  assert.equal((await answer.json()).error, 'invalid_cursor');
});

test('a person has so many streams and waiting polls at a host, and one more when one is gone', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const streams = [];
  for (let i = 0; i < 50; ++i) streams.push(await Stream.open(ann));
  const one = await ask(ann, 'carillon.stream', { device: 'web' });
  assert.equal(one.status, 429);
  assert.ok(Number(one.headers.get('retry-after')) > 0);
  assert.equal((await one.json()).error, 'ratelimited');
  const cursor = await caughtUp(ann, 'web');
  assert.equal((await ask(ann, 'carillon.poll', { device: 'web', cursor, wait: 5 })).status, 429);
  assert.equal((await ask(ann, 'carillon.poll', { device: 'web', cursor, wait: 0 })).status, 200);
  (await Stream.open(ben)).leave();
  streams.pop().leave();
  const last = await until(() => Stream.open(ann).catch(() => null), 'room for another');
  for (const stream of [...streams, last]) stream.leave();
});

test('what is wrong is said before a stream begins', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const foreign = await caughtUp(ben, 'web');
  const error = async (query, options) => {
    const answer = await ask(ann, 'carillon.stream', query, options);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    return (await answer.json()).error;
  };
  assert.equal(await error({}), 'invalid_arguments');
  assert.equal(await error({ device: 'web', cursor: 'x' }), 'invalid_cursor');
  assert.equal(await error({ device: 'web', cursor: foreign }), 'invalid_cursor');
  assert.equal(await error({ device: 'web', seen: '[]' }), 'invalid_arguments');
  assert.equal(await error({ device: 'web' }, { headers: {} }), 'not_authed');
  assert.equal(await error({ device: 'web', token: 'xoxp-no' }, { headers: {} }), 'invalid_auth');
});

test('a revoked token ends the stream, and says why', async () => {
  const ann = await signUp(host);
  const stream = await Stream.open(ann);
  await ann.web.auth.revoke();
  await until(() => stream.ended, 'its end');
  assert.equal(stream.closed.code, 4010);
  assert.match(stream.closed.reason, /revoked/);
});

test('a poll waits and is answered within 200 ms of a post, and the next one does not repeat it', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `poll-${process.pid}`, [ben]);
  let cursor = await settled(ben, 'web', channel, (await post(ann, channel, 'before')).seq);
  let slowest = 0;
  for (let i = 0; i < 5; ++i) {
    const answer = ask(ben, 'carillon.poll', { device: 'web', cursor, wait: 30 }).then((it) => it.json());
    let answered = false;
    answer.then(() => { answered = true; });
    await waiting(1);
    assert.equal(answered, false);
    const { seq } = await post(ann, channel, `post ${i}`);
    const posted = Date.now();
    const told = await answer;
    slowest = Math.max(slowest, Date.now() - posted);
    assert.equal(told.ok, true, JSON.stringify(told));
    assert.deepEqual(told.messages.map((message) => message.seq), [seq]);
    cursor = told.cursor;
  }
  assert.ok(slowest <= 200, `${slowest} ms`);
});

test('a poll of a new device, without a cursor, waits too once there is nothing', async () => {
  const ann = await signUp(host);
  const first = await (await ask(ann, 'carillon.poll', { device: 'new', wait: 0 })).json();
  assert.equal(first.ok, true);
  assert.ok(first.cursor);
});

test('a poll without news is answered empty when its time is over, and a cursor goes on from there', async () => {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const channel = await makeChannel(ann, `quiet-${process.pid}`, [ben]);
  const cursor = await settled(ben, 'web', channel, (await post(ann, channel, 'before')).seq);
  for (const wait of [0, 2]) {
    const begun = Date.now();
    const told = await (await ask(ben, 'carillon.poll', { device: 'web', cursor, wait })).json();
    assert.deepEqual({ ok: told.ok, messages: told.messages, has_more: told.has_more }, { ok: true, messages: [], has_more: false });
    const took = Date.now() - begun;
    assert.ok(took >= wait * 1000 && took < wait * 1000 + 1500, `${took} ms for ${wait} s`);
    assert.ok(told.cursor);
  }
});

test('polls wait in nobody\'s way, and who has gone is forgotten', async () => {
  const ann = await signUp(host);
  const cursor = await caughtUp(ann, 'web');
  const gone = new AbortController();
  const polls = [];
  for (let i = 0; i < 50; ++i) {  // more than edge.calls_max
    polls.push(ask(ann, 'carillon.poll', { device: 'web', cursor, wait: 60 }, { signal: gone.signal }).catch(() => 'gone'));
    if (i % 5 === 4) await waiting(i + 1);
  }
  assert.equal(await metric('carillon_calls_in_progress'), 0);
  assert.equal((await ann.web.auth.test()).ok, true);
  const open = await metric('carillon_connections');
  assert.ok(open >= 50, `${open} connections`);
  gone.abort();
  assert.deepEqual(new Set(await Promise.all(polls)), new Set(['gone']));
  await until(async () => await metric('carillon_connections') <= open - 50, 'the host to notice');
  await waiting(0);
});

test('what is wrong with a poll is said at once', async () => {
  const ann = await signUp(host);
  const error = async (query) => (await (await ask(ann, 'carillon.poll', query)).json()).error;
  assert.equal(await error({ device: 'web', wait: 61 }), 'invalid_arguments');
  assert.equal(await error({ device: 'web', wait: 'long' }), 'invalid_arguments');
  assert.equal(await error({ device: 'web', cursor: 'x' }), 'invalid_cursor');
  assert.equal(await error({}), 'invalid_arguments');
  assert.equal((await raw(host, 'carillon.poll', { form: { device: 'web' } })).body.error, 'not_authed');
});

test('a token that is revoked while its poll waits is not told what comes', async () => {
  const ann = await signUp(host);
  const cursor = await caughtUp(ann, 'web');
  const answer = ask(ann, 'carillon.poll', { device: 'web', cursor, wait: 30 }).then((it) => it.json());
  await waiting(1);
  await ann.web.auth.revoke();
  assert.equal((await answer).error, 'token_revoked');
});

test('a host that stops ends its streams with 1001 and its polls with 503', async () => {
  const other = await Host.start();
  try {
    const ann = await signUp(other, { name: 'ann' });
    const cursor = await caughtUp(ann, 'web');
    const stream = await Stream.open(ann);
    const poll = ask(ann, 'carillon.poll', { device: 'web', cursor, wait: 60 });
    await waiting(1, other);
    const stopped = other.stop();
    const answer = await poll;
    await stopped;
    assert.equal(answer.status, 503);
    assert.ok(answer.headers.get('retry-after'));
    await until(() => stream.ended, 'the end of the stream');
    assert.equal(stream.closed.code, 1001);
  } finally {
    await other.stop();
  }
});
