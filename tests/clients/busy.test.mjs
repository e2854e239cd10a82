// A busy host as Slack's own clients meet it: it says 429 and when to come again, they wait for as long
// as they are told and go on, and what they sent is there once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LogLevel, WebClient } from '@slack/web-api';
import { Host } from '../support/host.mjs';
import { Ear, makeChannel, signUp, wholeHistory } from './client.mjs';

let host;
before(async () => { host = await Host.start(['edge.calls_max=2', 'edge.upgrades_per_second=2']); });
after(() => host?.stop());

test('clients that ask for more than a host takes at once wait as told, and every post is there once', async () => {
  const ann = await signUp(host);
  const channel = await makeChannel(ann, 'busy');
  const waits = [];
  // Many programs of the same person: each waits for itself.
  const programs = Array.from({ length: 12 }, () => {
    const web = new WebClient(ann.token, { slackApiUrl: host.api, logLevel: LogLevel.ERROR });
    web.on('rate_limited', (seconds) => waits.push(seconds));
    return web;
  });
  const texts = Array.from({ length: 120 }, (_, n) => `post ${n}`);
  const answers = await Promise.all(texts.map((text, n) => programs[n % 12].chat.postMessage({ channel, text })));
  assert.ok(answers.every(({ ok }) => ok));
  assert.ok(waits.length > 0, 'some were turned away');
  assert.ok(waits.every((seconds) => seconds >= 1 && seconds <= 3), `told to wait ${waits}`);
  const kept = (await wholeHistory(ann, channel)).filter(({ subtype }) => !subtype).map(({ text }) => text);
  assert.deepEqual(kept.sort(), texts.sort());
});

test('clients that all connect at once are let in one after the other, and all get in', async () => {
  const ann = await signUp(host);
  const ears = Array.from({ length: 6 }, () => new Ear(ann));
  try {
    await Promise.all(ears.map((ear) => ear.rtm.start()));
    for (const ear of ears) await ear.next({ type: 'hello' });
  } finally {
    await Promise.all(ears.map((ear) => ear.stop()));
  }
});
