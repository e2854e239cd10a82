// From a message that Slack's SDK posts to each provider as it speaks: APNs, FCM and Web Push over TLS with HTTP/2,
// what a browser gets decrypted by the npm package http_ece.
import assert from 'node:assert/strict';
import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import ece from 'http_ece';
import webpush from 'web-push';
import { Host, until } from '../../support/host.mjs';
import { signUp } from '../client.mjs';
import { Site } from './push_site.mjs';

const vapid = webpush.generateVAPIDKeys();
let site;
let host;
let apns;
let fcm;
let browsers;
before(async () => {
  site = await Site.start();
  const pem = (key) => key.export({ type: 'pkcs8', format: 'pem' });
  const apnsKey = await site.file('AuthKey.p8', pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey));
  const vapidKey = await site.file('vapid.key', `${vapid.privateKey}\n`);
  apns = await site.server(() => ({ status: 200, headers: { 'apns-id': 'EC1BF194-B3B2-424A-9F5D-8B6D3E0E0C4A' } }));
  fcm = await site.server((request) => (request.path === '/token'
    ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ access_token: 'ya29.x', expires_in: 3600, token_type: 'Bearer' }) }
    : { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'projects/p/messages/1' }) }));
  const account = await site.file('account.json', JSON.stringify({
    type: 'service_account', project_id: 'carillon-test', private_key_id: 'k1', client_email: 'push@carillon-test.iam.gserviceaccount.com',
    private_key: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), token_uri: `${fcm.url}/token`,
  }));
  browsers = await site.server(() => ({ status: 201, headers: { location: '/message/1' } }));
  host = await Host.start([
    'presence.offline_grace_ms=0', 'inbox.gather_ms=5', 'push.gather_ms=20', 'push.retry_first_ms=50', 'push.retry_max_ms=200',
    `push.ca_file=${site.ca}`, 'push.allow_private_endpoints=true',
    `push.apns.key_file=${apnsKey}`, 'push.apns.key_id=ABC123DEFG', 'push.apns.team_id=DEF123GHIJ', 'push.apns.topic=org.example.carillon', `push.apns.url=${apns.url}`,
    `push.fcm.key_file=${account}`, `push.fcm.url=${fcm.url}`,
    `push.web.key_file=${vapidKey}`, 'push.web.subject=mailto:ops@example.org',
  ]);
});
after(async () => {
  await host?.stop();
  await site?.stop();
});

async function metrics() {
  const admin = (await readFile(path.join(host.data, 'admin.token'), 'utf8')).trim();
  return (await fetch(`${host.url}/metrics`, { headers: { Authorization: `Bearer ${admin}` } })).text();
}
const token = () => randomBytes(32).toString('hex');
async function pair() {
  const [ann, ben] = [await signUp(host), await signUp(host)];
  const { channel } = await ann.web.conversations.open({ users: ben.id });
  return { ann, ben, dm: channel.id };
}
// The first request from now on for which `read` gives something.
const arrived = (server, read) => until(() => server.requests.map(read).find(Boolean), () => `a request; came ${server.requests.map((one) => one.path)}`, 15_000);

test('APNs: an alert with badge and thread, and a silent one when it is read elsewhere; a dead token goes', async () => {
  const { ann, ben, dm } = await pair();
  const device = token();
  await ben.web.apiCall('carillon.push.register', { device: 'iphone', provider: 'apns', push_token: device });
  const { ts } = await ann.web.chat.postMessage({ channel: dm, text: 'to the iPhone' });
  const of = (read) => (request) => (request.path === `/3/device/${device}` ? read(JSON.parse(request.body), request) : undefined);
  const alert = await arrived(apns, of((body) => body.aps.alert && body));
  assert.equal(alert.aps.alert.body, 'to the iPhone');
  assert.equal(alert.aps.alert.title, ann.name);
  assert.equal(alert.aps.badge, 1);
  await ben.web.conversations.mark({ channel: dm, ts });
  const clear = await arrived(apns, of((body) => !body.aps.alert && body));
  assert.equal(clear.aps.badge, 0);
  apns.answers(() => ({ status: 410, body: JSON.stringify({ reason: 'Unregistered', timestamp: Date.now() + 1000 }) }));
  await ann.web.chat.postMessage({ channel: dm, text: 'gone' });
  await until(async () => (await ben.web.apiCall('carillon.push.list')).targets.length === 0, 'the token to be forgotten');
});

test('FCM: the message with its data, by an access token of the service account', async () => {
  const { ann, ben, dm } = await pair();
  const device = token();
  await ben.web.apiCall('carillon.push.register', { device: 'android', provider: 'fcm', push_token: device });
  const { ts } = await ann.web.chat.postMessage({ channel: dm, text: 'to the Android' });
  const message = await arrived(fcm, (request) => {
    if (!request.path.endsWith('/messages:send')) return undefined;
    const body = JSON.parse(request.body).message;
    return body.token === device && body;
  });
  assert.match(JSON.stringify(message), /to the Android/);
  assert.equal(message.data.channel, dm);
  assert.equal(message.data.ts, ts);
});

test('Web Push: through an outage of the service, and readable by the browser only', async () => {
  const { ann, ben, dm } = await pair();
  const { vapid_public_key: key } = await ben.web.apiCall('carillon.push.providers');
  assert.equal(key, vapid.publicKey);
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  const auth = randomBytes(16);
  const subscription = { endpoint: `${browsers.url}/send/1`, expirationTime: null, keys: { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') } };
  await ben.web.apiCall('carillon.push.register', { device: 'tab', provider: 'web_push', subscription: JSON.stringify(subscription) });
  await browsers.kill();
  const gone = browsers.url;
  await ann.web.chat.postMessage({ channel: dm, text: 'while it is away' });
  const retried = async () => Number(/carillon_push_attempts_total{provider="web_push",fate="try_again"} (\d+)/.exec(await metrics())[1]);
  await until(async () => (await retried()) > 3, 'it to fail for one user');
  assert.doesNotMatch(host.output, /web_push.* takes no pushes/);
  assert.match(await metrics(), /carillon_push_outage{provider="web_push"} 0/);
  const other = await pair();
  await other.ben.web.apiCall('carillon.push.register', { device: 'tab', provider: 'web_push', subscription: JSON.stringify({ ...subscription, endpoint: `${gone}/send/2` }) });
  await other.ann.web.chat.postMessage({ channel: other.dm, text: 'to another one' });
  await until(() => /web_push takes no pushes/.test(host.output), 'the outage to be said');
  assert.ok(host.output.includes(`${gone} (web_push) takes no pushes`));
  await other.ben.web.apiCall('carillon.push.unregister', { device: 'tab' });
  await browsers.listen(browsers.port);
  const read = (request) => JSON.parse(ece.decrypt(request.body, { version: 'aes128gcm', privateKey: keys, authSecret: auth }));
  const said = await arrived(browsers, read);
  assert.equal(said.body, 'while it is away');
  assert.equal(said.channel, dm);
  assert.equal(said.badge, 1);

  // Read elsewhere: a browser would show something for being told so.
  await ben.web.conversations.mark({ channel: dm, ts: said.ts });
  await ann.web.chat.postMessage({ channel: dm, text: 'one more' });
  await arrived(browsers, (request) => read(request).body === 'one more');
  assert.deepEqual(browsers.requests.map(read).map(({ type, body }) => `${type} ${body}`), ['message while it is away', 'message one more']);
});
