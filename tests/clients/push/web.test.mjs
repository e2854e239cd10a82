// Web Push: what the service sees is verified by node's crypto, what the browser sees is decrypted by the
// npm package http_ece, and keys are those that the npm package web-push makes.
import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import ece from 'http_ece';
import webpush from 'web-push';
import { Site, collapseIds, keyOfPoint, tally, verifiedJwt } from './push_site.mjs';

const vapid = webpush.generateVAPIDKeys();
let site;
let settings;
before(async () => {
  site = await Site.start();
  const key = await site.file('vapid.key', `${vapid.privateKey}\n`);
  settings = [`web.key_file=${key}`, 'web.subject=mailto:ops@example.org', 'deadline_ms=3000'];
});
after(() => site?.stop());
const onLoopback = () => [...settings, 'allow_private_endpoints=true'];

// A browser's subscription at this server.
class Browser {
  #keys = createECDH('prime256v1');
  #auth = randomBytes(16);
  endpoint;

  constructor(server, name = 'one') {
    this.#keys.generateKeys();
    this.endpoint = `${server.url}/send/${name}`;
  }

  get push() {
    return {
      via: 'web_push', token: this.endpoint, badge: 2,
      p256dh: this.#keys.getPublicKey('base64url'), auth: this.#auth.toString('base64url'),
    };
  }

  read(request) {
    assert.equal(request.headers['content-encoding'], 'aes128gcm');
    const plain = ece.decrypt(request.body, { version: 'aes128gcm', privateKey: this.#keys, authSecret: this.#auth });
    return JSON.parse(plain);
  }
}

// RFC 8292: who asks of whom, until when.
const checked = (answer) => (request, count) => {
  const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(request.headers.authorization);
  assert.equal(key, vapid.publicKey);
  const { claims } = verifiedJwt(token, keyOfPoint(key), 'ES256');
  assert.equal(claims.aud, `https://${request.headers.host ?? request.headers[':authority']}`);
  assert.equal(claims.sub, 'mailto:ops@example.org');
  const left = claims.exp - Date.now() / 1000;
  assert.ok(left > 0 && left <= 24 * 3600);
  return answer(request, count);
};
const taken = checked(() => ({ status: 201, headers: { location: '/message/7' } }));

test('the browser decrypts what was said, the service sees urgency, topic and time to live only', async () => {
  const server = await site.server(taken);
  const sender = await site.sender(onLoopback());
  assert.equal(sender.ready.vapid, vapid.publicKey);
  const browser = new Browser(server);
  const outcome = await sender.send({ ...browser.push, body: '종소리', collapse_id: 'C1-17' });
  assert.equal(outcome.fate, 'delivered', JSON.stringify(outcome));
  assert.equal(outcome.provider_id, '/message/7');
  const [request] = server.requests;
  assert.equal(request.path, '/send/one');
  assert.equal(request.headers.ttl, '86400');
  assert.equal(request.headers.urgency, 'high');
  assert.equal(request.headers.topic, 'C1-17');
  assert.deepEqual(browser.read(request), {
    type: 'message', title: 'Ann', body: '종소리', badge: 2, tag: 'C1-17', user: 'U1', channel: 'C1', ts: '17.000100',
  });
  await sender.stop();
});

test('a hundred share one connection, each with its own salt and key', async () => {
  const server = await site.server(taken);
  const sender = await site.sender(onLoopback());
  const browser = new Browser(server);
  const outcomes = await Promise.all(collapseIds(100).map((id) => sender.send({ ...browser.push, collapse_id: id })));
  for (const { fate } of outcomes) assert.equal(fate, 'delivered');
  assert.equal(server.connections, 1);
  for (const request of server.requests) browser.read(request);
  assert.equal(new Set(server.requests.map((one) => one.body.subarray(0, 16).toString('hex'))).size, 100);
  assert.equal(new Set(server.requests.map((one) => one.body.subarray(21, 86).toString('hex'))).size, 100);
  await sender.stop();
});

test('text of any length fits into 4,096 bytes', async () => {
  const server = await site.server(checked((request) => ({ status: request.body.length > 4096 ? 413 : 201 })));
  const sender = await site.sender(onLoopback());
  const browser = new Browser(server);
  assert.equal((await sender.send({ ...browser.push, body: '종'.repeat(20_000) })).fate, 'delivered');
  assert.match(browser.read(server.requests[0]).body, /^종+…$/);
  await sender.stop();
});

test('each refusal is told apart', async () => {
  const server = await site.server(taken);
  const sender = await site.sender(onLoopback());
  const browser = new Browser(server);
  for (const [status, fate] of [[410, 'token_is_dead'], [404, 'token_is_dead'], [413, 'refused'], [400, 'refused'],
    [403, 'credentials_refused'], [429, 'try_again'], [500, 'try_again'], [301, 'try_again']]) {
    server.answers(() => ({ status, headers: { 'retry-after': '9', location: `${server.url}/elsewhere` }, body: 'words' }));
    const outcome = await sender.send(browser.push);
    assert.equal(outcome.fate, fate, `${status}`);
    assert.equal(outcome.retry_after, fate === 'try_again' ? 9 : 0);
  }
  assert.ok(!server.requests.some((request) => request.path === '/elsewhere'), 'no redirect is followed');
  assert.equal((await sender.send({ ...browser.push, auth: 'AAAA' })).fate, 'refused');
  await sender.stop();
});

test('an endless answer is cut off, its status counts', async () => {
  const server = await site.server(() => ({ status: 410, body: Buffer.alloc(4_000_000, 'x') }));
  const sender = await site.sender(onLoopback());
  const outcome = await sender.send(new Browser(server).push);
  assert.equal(outcome.fate, 'token_is_dead');
  assert.equal(outcome.reason.length, 200);
  await sender.stop();
});

test('an endpoint on this machine or in its network is refused unless the operator allows it', async () => {
  const server = await site.server(taken);
  const sender = await site.sender(settings);
  const browser = new Browser(server);
  const byName = await sender.send(browser.push);
  assert.equal(byName.fate, 'refused');
  assert.match(byName.reason, /Internet/);
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0']) {
    const outcome = await sender.send({ ...browser.push, token: `https://${host}:${server.port}/x` });
    assert.equal(outcome.fate, 'refused', `${host}: ${JSON.stringify(outcome)}`);
  }
  assert.equal(server.connections, 0);
  assert.equal((await sender.send({ ...browser.push, token: `http://localhost:${server.port}/x` })).fate, 'refused');
  await sender.stop();
});

test('nor is it reached through a connection that the operator\'s own webhook opened', async () => {
  const server = await site.server(() => ({ status: 200 }));
  const secret = await site.file('secret', '0123456789abcdef');
  const sender = await site.sender([...settings, `webhook.url=${server.url}/hook`, `webhook.secret_file=${secret}`]);
  assert.equal((await sender.send({ via: 'webhook', token: 'd1' })).fate, 'delivered');
  const outcome = await sender.send(new Browser(server).push);
  assert.equal(outcome.fate, 'refused', JSON.stringify(outcome));
  assert.equal((await sender.send({ via: 'webhook', token: 'd1' })).fate, 'delivered');
  assert.deepEqual(server.requests.map((request) => request.path), ['/hook', '/hook']);
  await sender.stop();
});

test('a service that hangs does not hold up another one', async () => {
  const hanging = await site.server(() => 'hang');
  const server = await site.server(taken);
  const sender = await site.sender([...onLoopback(), 'in_flight_max=20', 'deadline_ms=700']);
  const stuck = new Browser(hanging);
  const browser = new Browser(server);
  const first = await Promise.all(Array.from({ length: 10 }, () => sender.send(stuck.push)));
  assert.ok(first.some((outcome) => outcome.fate === 'no_answer'));
  const waiting = Array.from({ length: 60 }, () => sender.insist(browser.push));
  for (let n = 0; n < 20; ++n) waiting.push(sender.send(stuck.push));
  const outcomes = await Promise.all(waiting);
  for (const outcome of outcomes.slice(0, 60)) assert.equal(outcome.fate, 'delivered');
  for (const outcome of outcomes.slice(60)) assert.ok(['try_again', 'no_answer', 'no_room'].includes(outcome.fate));
  assert.ok(hanging.requests.length <= 12, `${hanging.requests.length} were sent into the silence`);
  await sender.stop();
});

test('through an outage none is lost, and one comes twice only where its answer was lost', async () => {
  const server = await site.server(taken);
  const sender = await site.sender(onLoopback());
  const browser = new Browser(server);
  const ids = collapseIds(150);
  const under_way = ids.map((id, n) => new Promise((resolve) => setTimeout(resolve, 4 * n))
    .then(() => sender.insist({ ...browser.push, collapse_id: id })));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await server.kill();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await server.listen(server.port);
  const outcomes = await Promise.all(under_way);
  for (const { fate } of outcomes) assert.equal(fate, 'delivered');
  const seen = tally(server.requests, (request) => request.headers.topic);
  assert.deepEqual([...seen.keys()].sort(), [...ids].sort());
  for (const [n, id] of ids.entries()) {
    const { answered, lost } = seen.get(id);
    assert.ok(answered <= 1 + lost + outcomes[n].before.filter((one) => one.fate === 'no_answer').length);
  }
  await sender.stop();
});
