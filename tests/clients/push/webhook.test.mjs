// The operator's own program: posts that are signed as Slack signs, over HTTP/1.1 as such programs speak.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Site, collapseIds, refusedStart, tally } from './push_site.mjs';

const secret = 'correct horse battery staple';
const push = { via: 'webhook', token: 'phone-1', badge: 2 };
let site;
let settings;
before(async () => {
  site = await Site.start();
  const file = await site.file('secret', `${secret}\n`);
  settings = (url) => [`webhook.url=${url}`, `webhook.secret_file=${file}`, 'deadline_ms=2000'];
});
after(() => site?.stop());

const signed = (headers, body) => `v0=${createHmac('sha256', secret).update(`v0:${headers['x-carillon-request-timestamp']}:${body}`).digest('hex')}` === headers['x-carillon-signature'];
const checked = (answer) => (request, count) => (signed(request.headers, request.body) ? answer(request, count) : { status: 401 });
const taken = checked(() => ({ status: 200 }));

test('a push is posted as JSON, signed, over connections that are kept and few', async () => {
  const server = await site.server(taken, { http1: true });
  const sender = await site.sender(settings(`${server.url}/hook?site=1`));
  const outcomes = await Promise.all(collapseIds(60).map((id) => sender.send({ ...push, collapse_id: id })));
  for (const { fate } of outcomes) assert.equal(fate, 'delivered');
  const [request] = server.requests;
  assert.equal(request.version, '1.1');
  assert.equal(request.path, '/hook?site=1');
  assert.ok(Math.abs(Date.now() / 1000 - request.headers['x-carillon-request-timestamp']) < 60);
  assert.deepEqual(JSON.parse(request.body), {
    type: 'message', device: 'phone-1', user: 'U1', title: 'Ann', body: 'hello', badge: 2,
    collapse_id: request.headers['x-carillon-collapse-id'], urgency: 'high', ttl: 86400, channel: 'C1', ts: '17.000100',
  });
  assert.ok(server.connections <= 4, `${server.connections} connections`);
  await sender.stop();
});

test('each answer is told apart', async () => {
  const server = await site.server(taken, { http1: true });
  const sender = await site.sender(settings(server.url));
  for (const [status, fate] of [[204, 'delivered'], [410, 'token_is_dead'], [400, 'refused'], [401, 'credentials_refused'], [503, 'try_again']]) {
    server.answers(() => ({ status }));
    assert.equal((await sender.send(push)).fate, fate, `${status}`);
  }
  await sender.stop();
});

test('a connection that is reset when the post was read is no answer', async () => {
  const server = await site.server(checked((_request, count) => (count === 1 ? 'reset' : { status: 200 })), { http1: true });
  const sender = await site.sender(settings(server.url));
  const outcome = await sender.insist({ ...push, collapse_id: 'C1-1' });
  assert.equal(outcome.fate, 'delivered');
  assert.deepEqual(outcome.before.map((one) => one.fate), ['no_answer']);
  assert.deepEqual(server.requests.map((request) => request.headers['x-carillon-collapse-id']), ['C1-1', 'C1-1']);
  await sender.stop();
});

test('through an outage none is lost, and one comes twice only where its answer was lost', async () => {
  const server = await site.server(taken, { http1: true });
  const sender = await site.sender(settings(server.url));
  const ids = collapseIds(150);
  const under_way = ids.map((id, n) => new Promise((resolve) => setTimeout(resolve, 4 * n))
    .then(() => sender.insist({ ...push, collapse_id: id })));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await server.kill();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await server.listen(server.port);
  const outcomes = await Promise.all(under_way);
  for (const { fate } of outcomes) assert.equal(fate, 'delivered');
  const seen = tally(server.requests, (request) => request.headers['x-carillon-collapse-id']);
  assert.deepEqual([...seen.keys()].sort(), [...ids].sort());
  for (const [n, id] of ids.entries()) {
    const { answered, lost } = seen.get(id);
    assert.ok(answered <= 1 + lost + outcomes[n].before.filter((one) => one.fate === 'no_answer').length);
  }
  await sender.stop();
});

test('more than may be under way are not taken, and nothing is said of them', async () => {
  const server = await site.server(() => 'hang', { http1: true });
  const sender = await site.sender([...settings(server.url), 'in_flight_max=2', 'deadline_ms=300']);
  const outcomes = await Promise.all(Array.from({ length: 3 }, () => sender.send(push)));
  assert.deepEqual(outcomes.map((outcome) => outcome.fate === 'no_room'), [false, false, true]);
  await sender.stop();
});

test('a program on this machine may be posted to in the clear', async () => {
  const seen = [];
  const plain = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    seen.push(signed(request.headers, Buffer.concat(parts)));
    response.end();
  });
  await new Promise((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const sender = await site.sender(settings(`http://127.0.0.1:${plain.address().port}/`));
  assert.equal((await sender.send(push)).fate, 'delivered');
  assert.deepEqual(seen, [true]);
  await sender.stop();
  plain.closeAllConnections();
  await new Promise((resolve) => plain.close(resolve));
});

test('a secret that is too short, or missing, keeps the host from starting', async () => {
  const short = await site.file('short', 'abc\n');
  assert.equal(await refusedStart(['webhook.url=https://a/', `webhook.secret_file=${short}`]),
    `push.webhook.secret_file = "${short}": has fewer than 16 bytes`);
  assert.equal(await refusedStart(['webhook.url=https://a/']), 'push.webhook.url needs push.webhook.secret_file');
});
