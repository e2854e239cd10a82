// FCM HTTP v1 with its token endpoint: who asks is verified at the one, the access token at the other.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Site, collapseIds, refusedStart, tally, verifiedJwt } from './push_site.mjs';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const push = { via: 'fcm', token: 'cX:APA91b', badge: 2 };
let site;
before(async () => { site = await Site.start(); });
after(() => site?.stop());

// Google: /token and /v1/projects/bells-1/messages:send on one server. `send` answers the latter.
class Google {
  given = 0;
  good = new Set();
  refuseAll = false;
  server;
  sender;

  static async start(send, more = []) {
    const google = new Google();
    google.server = await site.server((request, count) => (request.path === '/token' ? google.#token(request) : google.#send(request, count, send)));
    const account = await site.file(`account-${google.server.port}.json`, JSON.stringify({
      type: 'service_account', project_id: 'bells-1', private_key_id: 'k1', client_email: 'bells@bells-1.example',
      private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), token_uri: `${google.server.url}/token`,
    }));
    google.sender = await site.sender([`fcm.key_file=${account}`, `fcm.url=${google.server.url}`, 'deadline_ms=3000', ...more]);
    return google;
  }

  get sent() {
    return this.server.requests.filter((request) => request.path !== '/token');
  }

  #token(request) {
    const form = new URLSearchParams(request.body.toString());
    assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
    const { header, claims } = verifiedJwt(form.get('assertion'), pair.publicKey, 'RS256');
    assert.equal(header.kid, 'k1');
    assert.equal(claims.iss, 'bells@bells-1.example');
    assert.equal(claims.aud, `${this.server.url}/token`);
    assert.equal(claims.scope, 'https://www.googleapis.com/auth/firebase.messaging');
    assert.equal(claims.exp - claims.iat, 3600);
    assert.ok(Math.abs(Date.now() / 1000 - claims.iat) < 60);
    if (this.refuseAll) return { status: 400, body: '{"error":"invalid_grant"}' };
    const token = `ya29.${++this.given}`;
    this.good.add(token);
    return { status: 200, body: JSON.stringify({ access_token: token, expires_in: 3599, token_type: 'Bearer' }) };
  }

  #send(request, count, send) {
    if (!this.good.has(request.headers.authorization?.replace('Bearer ', ''))) {
      return { status: 401, body: '{"error":{"code":401,"status":"UNAUTHENTICATED"}}' };
    }
    assert.equal(request.path, '/v1/projects/bells-1/messages:send');
    return send(request, count);
  }
}

const taken = (request) => ({ status: 200, body: JSON.stringify({ name: `projects/bells-1/messages/${JSON.parse(request.body).message.token}` }) });
const failure = (code, status, errorCode) => ({
  status: code,
  body: JSON.stringify({ error: { code, status, details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }] } }),
});

test('pushes are sent with one access token, fetched once for all of them', async () => {
  const google = await Google.start(taken);
  const outcomes = await Promise.all(collapseIds(60).map((id) => google.sender.send({ ...push, collapse_id: id })));
  for (const outcome of outcomes) assert.equal(outcome.fate, 'delivered', JSON.stringify(outcome));
  assert.equal(outcomes[0].provider_id, 'projects/bells-1/messages/cX:APA91b');
  assert.equal(google.given, 1);
  const { message } = JSON.parse(google.sent[0].body);
  assert.deepEqual(message.notification, { title: 'Ann', body: 'hello' });
  assert.deepEqual(message.data, { type: 'message', user: 'U1', channel: 'C1', ts: '17.000100', badge: '2' });
  assert.equal(message.android.priority, 'HIGH');
  assert.equal(message.android.collapse_key, message.android.notification.tag);
  await google.sender.stop();
});

test('an access token that is refused is fetched anew, once', async () => {
  const google = await Google.start(taken);
  assert.equal((await google.sender.send(push)).fate, 'delivered');
  google.good.clear();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => google.sender.send(push)));
  for (const { fate } of outcomes) assert.equal(fate, 'delivered');
  assert.equal(google.given, 2);
  await google.sender.stop();
});

test('where every token is refused, so is the push, after one more try', async () => {
  const google = await Google.start(() => failure(401, 'UNAUTHENTICATED', ''));
  const outcome = await google.sender.send(push);
  assert.equal(outcome.fate, 'credentials_refused');
  assert.equal(google.given, 2);
  assert.equal(google.sent.length, 2);
  await google.sender.stop();
});

test('an account that Google does not know is told as the settings\' fault', async () => {
  const google = await Google.start(taken);
  google.refuseAll = true;
  const outcome = await google.sender.send(push);
  assert.equal(outcome.fate, 'credentials_refused');
  assert.equal(outcome.reason, 'access token: invalid_grant');
  assert.equal(google.sent.length, 0);
  await google.sender.stop();
});

test('each refusal is told apart', async () => {
  let next;
  const google = await Google.start(() => next);
  const fate = async (answer) => {
    next = answer;
    const outcome = await google.sender.send(push);
    return [outcome.fate, outcome.reason, outcome.retry_after];
  };
  assert.deepEqual(await fate(failure(404, 'NOT_FOUND', 'UNREGISTERED')), ['token_is_dead', 'UNREGISTERED', 0]);
  assert.deepEqual(await fate(failure(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT')), ['refused', 'INVALID_ARGUMENT', 0]);
  assert.deepEqual(await fate(failure(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED')), ['try_again', 'QUOTA_EXCEEDED', 60]);
  assert.deepEqual(await fate({ ...failure(503, 'UNAVAILABLE', 'UNAVAILABLE'), headers: { 'retry-after': '12' } }), ['try_again', 'UNAVAILABLE', 12]);
  await google.sender.stop();
});

test('through an outage of all of Google none is lost, and one comes twice only where its answer was lost', async () => {
  const google = await Google.start(taken);
  const ids = collapseIds(150);
  const under_way = ids.map((id, n) => new Promise((resolve) => setTimeout(resolve, 4 * n))
    .then(() => google.sender.insist({ ...push, collapse_id: id })));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await google.server.kill();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await google.server.listen(google.server.port);
  const outcomes = await Promise.all(under_way);
  for (const { fate } of outcomes) assert.equal(fate, 'delivered');
  const seen = tally(google.sent, (request) => JSON.parse(request.body).message.android.collapse_key);
  assert.deepEqual([...seen.keys()].sort(), [...ids].sort());
  for (const [n, id] of ids.entries()) {
    const { answered, lost } = seen.get(id);
    assert.ok(answered <= 1 + lost + outcomes[n].before.filter((one) => one.fate === 'no_answer').length);
  }
  await google.sender.stop();
});

test('a key file that is none keeps the host from starting, and says which', async () => {
  const file = await site.file('other.json', '{"type":"authorized_user"}');
  assert.equal(await refusedStart([`fcm.key_file=${file}`]),
    `push.fcm.key_file = "${file}": is no service account's key: its "type" is another`);
});
