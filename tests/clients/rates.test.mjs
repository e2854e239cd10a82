// Rate limits as Slack's own clients meet them: they wait for as long as they are told and go on, and
// what they sent is there once.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { LogLevel, WebClient } from '@slack/web-api';
import WebSocket from 'ws';
import { Host, until } from '../support/host.mjs';
import { makeChannel, raw, signUp, wholeHistory } from './client.mjs';

// In a channel one post a second, ten at once.
const settings = ['limits.channel_post_per_minute=60', 'limits.tier2_per_minute=60', 'limits.tier4_per_minute=2'];
let host;
before(async () => { host = await Host.start(settings); });
after(() => host?.stop());

// With its own way of waiting, which is the default.
function patientClient(person) {
  const web = new WebClient(person.token, { slackApiUrl: host.api, logLevel: LogLevel.ERROR });
  const waits = [];
  web.on('rate_limited', (seconds) => waits.push(seconds));
  return { web, waits };
}

function rateOf(headers) {
  return ['limit', 'remaining', 'scope'].map((name) => headers.get(`x-ratelimit-${name}`)).join(' ');
}

test('a client that posts more than a channel takes waits as told, and every post is there once', async () => {
  const ann = await signUp(host);
  const channel = await makeChannel(ann, 'busy');
  const { web, waits } = patientClient(ann);
  const texts = Array.from({ length: 13 }, (_, n) => `post ${n}`);
  const began = Date.now();
  const answers = await Promise.all(texts.map((text) => web.chat.postMessage({ channel, text })));
  assert.ok(answers.every(({ ok }) => ok));
  assert.ok(Date.now() - began >= 1000, 'it waited');
  assert.ok(waits.length > 0 && waits.every((seconds) => seconds === 1), `told to wait ${waits}`);
  const kept = (await wholeHistory(ann, channel)).filter(({ subtype }) => !subtype).map(({ text }) => text);
  assert.deepEqual(kept.sort(), texts.sort());
});

test('a client over the rate of a method waits as told, and its other methods go on', async () => {
  const ann = await signUp(host);
  const { web, waits } = patientClient(ann);
  // Sixty at once, and one more each second that passes meanwhile.
  for (let n = 0; n < 500 && waits.length === 0; ++n) await web.users.list({});
  assert.deepEqual(waits, [1]);
  await web.conversations.list({});
  assert.deepEqual(waits, [1]);
});

test('answers say what is left, a refusal too, and methods without a limit say nothing', async () => {
  const ann = await signUp(host);
  const ask = (method) => raw(host, method, { token: ann.token, form: { user: ann.id } });
  assert.equal(rateOf((await ask('users.info')).headers), '2 1 user');
  assert.equal(rateOf((await ask('users.info')).headers), '2 0 user');
  const refusal = await ask('users.info');
  assert.equal(refusal.status, 429);
  assert.deepEqual(refusal.body, { ok: false, error: 'ratelimited' });
  assert.equal(rateOf(refusal.headers), '2 0 user');
  const about = (name, seconds) => {
    const told = Number(refusal.headers.get(name));
    assert.ok(told <= seconds && told > seconds - 10, `${name}: ${told}`);
  };
  about('retry-after', 30);
  about('x-ratelimit-reset', 60);
  assert.equal(rateOf((await ask('auth.test')).headers), '  ');
});

// Answers to `count` messages over RTM, in the order sent.
async function sayOverRtm(person, channel, count) {
  const { body } = await raw(person.host, 'rtm.connect', { token: person.token, form: {} });
  const socket = new WebSocket(body.url);
  const replies = [];
  await new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error('the socket failed'));
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      if (said.type === 'hello') {
        for (let id = 1; id <= count; ++id) {
          socket.send(JSON.stringify({ id, type: 'message', channel, text: `over RTM ${id}` }));
        }
      }
      if (said.reply_to) replies.push(said);
      if (replies.length === count) resolve();
    };
  });
  socket.close();
  return replies.sort((a, b) => a.reply_to - b.reply_to);
}

test('a message over RTM counts for its channel: the refusal says when to come again', async () => {
  const ann = await signUp(host);
  const channel = await makeChannel(ann, 'busy-rtm');
  const replies = await sayOverRtm(ann, channel, 30);
  assert.ok(replies.slice(0, 10).every(({ ok }) => ok));
  const refusals = replies.filter(({ ok }) => !ok);
  assert.ok(refusals.length > 0);
  for (const refusal of refusals) {
    assert.deepEqual(refusal,
      { ok: false, reply_to: refusal.reply_to, error: { code: 400, msg: 'ratelimited', retry_after: 1 } });
  }
});

test('the RTM client hears that a message was too much, stays connected and can say it later', async () => {
  const ann = await signUp(host);
  const channel = await makeChannel(ann, 'busy-client');
  const ear = await ann.listen();
  const texts = [];
  let refusal;
  while (!refusal && texts.length < 500) {
    texts.push(`word ${texts.length}`);
    await ear.rtm.sendMessage(texts.at(-1), channel).catch((error) => { refusal = error; });
  }
  assert.match(refusal?.message ?? 'none', /ratelimited/);
  await until(() => ear.rtm.sendMessage(texts.at(-1), channel), 'the channel to take it');
  const kept = (await wholeHistory(ann, channel)).filter(({ subtype }) => !subtype).map(({ text }) => text);
  assert.deepEqual(kept.sort(), texts.sort());
  ear.rtm.awaitingReplyList.length = 0;  // the SDK trips over its own list when it disconnects
  await ear.stop();
});

test('what a person posts over RTM and over the Web API is counted together', async () => {
  const strict = await Host.start(['limits.post_per_minute=4']);
  try {
    const ann = await signUp(strict);
    const channel = await makeChannel(ann, 'shared');
    const post = () => raw(strict, 'chat.postMessage', { token: ann.token, form: { channel, text: 'over HTTP' } });
    for (let n = 0; n < 2; ++n) assert.equal((await post()).body.ok, true);
    const [third, fourth, fifth] = await sayOverRtm(ann, channel, 3);
    assert.ok(third.ok && fourth.ok);
    assert.equal(fifth.error.msg, 'ratelimited');
    assert.ok(fifth.error.retry_after > 0 && fifth.error.retry_after <= 15);
    const { status, headers } = await post();
    assert.equal(status, 429);
    assert.equal(rateOf(headers), '4 0 user');
  } finally {
    await strict.stop();
  }
});

test('operators see whose limits refused how often', async () => {
  const token = (await readFile(path.join(host.data, 'admin.token'), 'utf8')).trim();
  const page = await (await fetch(`${host.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).text();
  const count = (scope, tier) =>
    Number(page.match(new RegExp(`carillon_rate_limited_total{scope="${scope}",tier="${tier}"} (\\d+)`))?.[1]);
  assert.ok(count('channel', 'post') > 0);
  assert.equal(count('user', 'post'), 0);
  assert.ok(count('user', 'tier2') > 0);
  assert.equal(count('app', 'tier2'), 0);
});
