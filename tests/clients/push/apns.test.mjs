// APNs as Apple's server speaks it: HTTP/2, a provider token that is verified, answers of its table; and an
// outage in the middle.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Site, collapseIds, tally, verifiedJwt } from './push_site.mjs';

const topic = 'org.example.chat';
const token = 'ab'.repeat(32);
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let site;
let settings;
before(async () => {
  site = await Site.start();
  const key = await site.file('apns.p8', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  settings = (url) => [`apns.key_file=${key}`, 'apns.key_id=ABC1234567', 'apns.team_id=DEF1234567', `apns.topic=${topic}`,
    `apns.url=${url}`, 'deadline_ms=3000'];
});
after(() => site?.stop());

// What Apple checks before it looks at anything else.
const checked = (answer) => (request, count) => {
  const [scheme, jwt] = request.headers.authorization.split(' ');
  assert.equal(scheme, 'bearer');
  const { header, claims } = verifiedJwt(jwt, pair.publicKey, 'ES256');
  if (header.kid !== 'ABC1234567' || claims.iss !== 'DEF1234567' || Math.abs(Date.now() / 1000 - claims.iat) > 3600) {
    return { status: 403, body: '{"reason":"InvalidProviderToken"}' };
  }
  if (request.headers['apns-topic'] !== topic) return { status: 400, body: '{"reason":"TopicDisallowed"}' };
  if (!/^\/3\/device\/[0-9a-f]{64}$/.test(request.path)) return { status: 400, body: '{"reason":"BadDeviceToken"}' };
  return answer(request, count);
};
const good = checked(() => ({ status: 200, headers: { 'apns-id': 'E-1' } }));
const push = { via: 'apns', token, badge: 2 };

test('a push is what Apple takes, a hundred share one connection and one token', async () => {
  const server = await site.server(good);
  const sender = await site.sender(settings(server.url));
  assert.deepEqual(sender.ready, { ready: true, vapid: '', apns: true, fcm: false, web_push: false, webhook: false });
  const outcomes = await Promise.all(collapseIds(100).map((id) => sender.send({ ...push, collapse_id: id })));
  for (const outcome of outcomes) {
    assert.equal(outcome.fate, 'delivered', JSON.stringify(outcome));
    assert.equal(outcome.provider_id, 'E-1');
  }
  const [first] = server.requests;
  assert.equal(first.method, 'POST');
  assert.equal(first.version, '2.0');
  assert.equal(first.headers['apns-push-type'], 'alert');
  assert.equal(first.headers['apns-priority'], '10');
  assert.deepEqual(JSON.parse(first.body).aps.alert, { title: 'Ann', body: 'hello' });
  assert.equal(JSON.parse(first.body).aps.badge, 2);
  assert.equal(server.connections, 1);
  assert.equal(new Set(server.requests.map((one) => one.headers.authorization)).size, 1);
  assert.equal(new Set(server.requests.map((one) => one.headers['apns-collapse-id'])).size, 100);
  await sender.stop();
});

test('a clear is told in the background, and text of any length or script fits', async () => {
  const server = await site.server(good);
  const sender = await site.sender(settings(server.url));
  await sender.send({ via: 'apns', token, clear: true });
  assert.equal(server.requests[0].headers['apns-push-type'], 'background');
  assert.equal(server.requests[0].headers['apns-priority'], '5');
  assert.deepEqual(JSON.parse(server.requests[0].body).aps, { 'content-available': 1 });
  assert.equal((await sender.send({ ...push, body: '종소리 "🔔"\n'.repeat(2_000) })).fate, 'delivered');
  const sent = server.requests[1].body;
  assert.ok(sent.length <= 4096 && sent.length > 4000, String(sent.length));
  assert.match(JSON.parse(sent).aps.alert.body, /…$/);
  await sender.stop();
});

test('each refusal is told apart', async () => {
  const server = await site.server(good);
  const sender = await site.sender(settings(server.url));
  const outcome = async (status, body, headers) => {
    server.answers(checked(() => ({ status, headers, body: JSON.stringify(body) })));
    const { fate, reason, retry_after, dead_since } = await sender.send(push);
    return { fate, reason, retry_after, dead_since };
  };
  assert.deepEqual(await outcome(400, { reason: 'BadDeviceToken' }),
    { fate: 'token_is_dead', reason: 'BadDeviceToken', retry_after: 0, dead_since: 0 });
  assert.deepEqual(await outcome(410, { reason: 'Unregistered', timestamp: 1700000000123 }),
    { fate: 'token_is_dead', reason: 'Unregistered', retry_after: 0, dead_since: 1700000000123000 });
  assert.deepEqual(await outcome(429, { reason: 'TooManyRequests' }, { 'retry-after': '7' }),
    { fate: 'try_again', reason: 'TooManyRequests', retry_after: 7, dead_since: 0 });
  assert.deepEqual(await outcome(503, { reason: 'Shutdown' }),
    { fate: 'try_again', reason: 'Shutdown', retry_after: 0, dead_since: 0 });
  assert.equal((await outcome(413, { reason: 'PayloadTooLarge' })).fate, 'refused');
  assert.equal((await outcome(403, { reason: 'InvalidProviderToken' })).fate, 'credentials_refused');
  // It was signed a moment ago: a new one would be no younger, so it is not tried.
  const before = server.requests.length;
  assert.equal((await outcome(403, { reason: 'ExpiredProviderToken' })).fate, 'credentials_refused');
  assert.equal(server.requests.length, before + 1);
  const when = new Date(Date.now() + 60_000).toUTCString();
  const later = await outcome(503, { reason: 'ServiceUnavailable' }, { 'retry-after': when });
  assert.ok(later.retry_after >= 55 && later.retry_after <= 60, String(later.retry_after));
  assert.equal((await sender.send({ ...push, token: '../../x' })).fate, 'refused');
  await sender.stop();
});

test('through an outage none is lost, and one comes twice only where its answer was lost', async () => {
  const slow = checked(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { status: 200 };
  });
  let server = await site.server(slow);
  const { port } = server;
  const sender = await site.sender(settings(server.url));
  const ids = collapseIds(300);
  const requests = [];
  const under_way = ids.map((id, n) => new Promise((resolve) => setTimeout(resolve, 4 * n))
    .then(() => sender.insist({ ...push, collapse_id: id })));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await server.kill();
  requests.push(...server.requests);
  await new Promise((resolve) => setTimeout(resolve, 500));
  server = await site.server(slow, { port });
  const outcomes = await Promise.all(under_way);
  requests.push(...server.requests);
  for (const outcome of outcomes) assert.equal(outcome.fate, 'delivered');
  assert.ok(outcomes.some((outcome) => outcome.before.length > 0), 'the outage was felt');
  const seen = tally(requests, (request) => request.headers['apns-collapse-id']);
  assert.deepEqual([...seen.keys()].sort(), [...ids].sort());
  for (const [n, id] of ids.entries()) {
    // What libcurl repeats by itself, when a kept connection dies unanswered, is no outcome.
    const { answered, lost } = seen.get(id);
    assert.ok(answered <= 1 + lost + outcomes[n].before.filter((one) => one.fate === 'no_answer').length, `${id} ${answered} ${lost}`);
  }
  await sender.stop();
});

test('a connection that is reset when the push was read is no answer; the repeat has the same collapse id', async () => {
  const server = await site.server(checked((_request, count) => (count === 1 ? 'reset' : { status: 200 })));
  const sender = await site.sender(settings(server.url));
  const first = await sender.send({ ...push, collapse_id: 'C1-1' });
  assert.equal(first.fate, 'no_answer', JSON.stringify(first));
  assert.equal((await sender.send({ ...push, collapse_id: 'C1-1' })).fate, 'delivered');
  assert.deepEqual(server.requests.map((one) => one.headers['apns-collapse-id']), ['C1-1', 'C1-1']);
  await sender.stop();
});

test('a server that takes the push and says nothing is no answer, and the next push goes another way', async () => {
  const server = await site.server(checked((_request, count) => (count === 2 ? 'hang' : { status: 200 })));
  const sender = await site.sender([...settings(server.url), 'deadline_ms=400']);
  assert.equal((await sender.send(push)).fate, 'delivered');
  const silent = await sender.send(push);
  assert.equal(silent.fate, 'no_answer');
  assert.ok(silent.took >= 400 && silent.took < 3_000, String(silent.took));
  assert.equal((await sender.send(push)).fate, 'delivered');
  assert.equal(server.connections, 2);
  await sender.stop();
});

test('a provider that is away is knocked at by one push at a time', async () => {
  const server = await site.server(good);
  const { url, port } = server;
  await server.kill();
  const sender = await site.sender(settings(url));
  const outcomes = await Promise.all(collapseIds(50).map((id) => sender.send({ ...push, collapse_id: id })));
  for (const { fate, status } of outcomes) assert.deepEqual({ fate, status }, { fate: 'try_again', status: 0 });
  const again = await site.server(good, { port });
  assert.equal((await sender.insist(push)).fate, 'delivered');
  assert.equal(again.requests.length, 1);
  await sender.stop();
});

test('a server with a certificate of another CA is not spoken to', async () => {
  const server = await site.server(good);
  const other = await Site.start();
  const sender = await site.sender([...settings(server.url), `ca_file=${other.ca}`]);
  const outcome = await sender.send(push);
  assert.equal(outcome.fate, 'try_again');
  assert.match(outcome.reason, /certificate/);
  assert.equal(server.requests.length, 0);
  await sender.stop();
  await other.stop();
});

test('stopping ends what is under way with what is known of it', async () => {
  const server = await site.server(checked((_request, count) => (count === 1 ? { status: 200 } : 'hang')));
  const sender = await site.sender(settings(server.url));
  await sender.send(push);
  const hanging = sender.send(push);
  while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await sender.stop(50);
  assert.equal((await hanging).fate, 'no_answer');
});
