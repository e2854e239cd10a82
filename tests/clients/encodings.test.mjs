// The same call in every way that the SDKs of this world write it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeChannel, raw, signUp } from './client.mjs';

const text = 'a & b = c + d % 종소리 🔔 "quoted" \\ <tag>\nsecond line';

let host, ann, channel;
before(async () => {
  host = await Host.start();
  ann = await signUp(host);
  channel = await makeChannel(ann, 'encodings');
});
after(() => host?.stop());

const post = (request) => raw(host, 'chat.postMessage', request);

const ways = {
  'GET with a query': () => post({ token: ann.token, query: { channel, text } }),
  'POST with a query and no body': () => post({ token: ann.token, query: { channel, text }, verb: 'POST' }),
  'POST with a form': () => post({ token: ann.token, form: { channel, text } }),
  'POST with a form, the token in it': () => post({ form: { token: ann.token, channel, text } }),
  'GET with the token in the query': () => post({ query: { token: ann.token, channel, text } }),
  'POST with JSON': () => post({ token: ann.token, json: { channel, text } }),
  'POST with JSON, charset in capitals': () =>
    post({ token: ann.token, text: JSON.stringify({ channel, text }), type: 'application/json;charset=UTF-8' }),
  'POST with JSON in escapes': () =>
    post({ token: ann.token, type: 'application/json', text: JSON.stringify({ channel, text })
      .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) }),
  'POST with multipart': () => post({ token: ann.token, multipart: { channel, text } }),
  'POST with half in the query, half in the body': () =>
    post({ token: ann.token, query: { channel }, form: { text } }),
  'POST to a path that ends in a slash': () =>
    raw(host, 'chat.postMessage/', { token: ann.token, form: { channel, text } }),
};
for (const [name, send] of Object.entries(ways)) {
  test(`${name}: the text arrives as it was written`, async () => {
    const { status, body } = await send();
    assert.equal(status, 200);
    assert.equal(body.ok, true, JSON.stringify(body));
    // Multipart ends lines its own way; everything else is as it was.
    assert.equal(body.message.text.replaceAll('\r\n', '\n'), text);
  });
}

test('structured arguments: as JSON text in a form, as JSON in JSON', async () => {
  const blocks = [{ type: 'divider' }];
  const inForm = await post({ token: ann.token, form: { channel, text, blocks: JSON.stringify(blocks) } });
  const inJson = await post({ token: ann.token, json: { channel, text, blocks } });
  assert.deepEqual(inForm.body.message.blocks, blocks);
  assert.deepEqual(inJson.body.message.blocks, blocks);
});

test('booleans: true, True, 1, and the same for false', async () => {
  let n = 0;
  const create = async (is_private, encoding) =>
    (await raw(host, 'conversations.create', { token: ann.token, [encoding]: { name: `bool-${++n}`, is_private } })).body.channel.is_private;
  for (const yes of ['true', 'True', '1']) assert.equal(await create(yes, 'form'), true);
  for (const no of ['false', 'False', '0']) assert.equal(await create(no, 'form'), false);
  assert.equal(await create(true, 'json'), true);
  assert.equal(await create(false, 'json'), false);
});

test('an empty body with the JSON content type means no arguments', async () => {
  const { body } = await raw(host, 'auth.test', { token: ann.token, text: '', type: 'application/json;charset=utf-8' });
  assert.equal(body.user_id, ann.id);
});

test('null in JSON means: not given', async () => {
  const { body } = await post({ token: ann.token, json: { channel, text, blocks: null, thread_ts: null } });
  assert.equal(body.ok, true, JSON.stringify(body));
});

test('numbers may come as numbers', async () => {
  const { body } = await raw(host, 'conversations.history', { token: ann.token, json: { channel, limit: 2 } });
  assert.equal(body.messages.length, 2);
});

test('"bearer" in any case', async () => {
  const response = await fetch(`${host.api}auth.test`, { method: 'POST', headers: { authorization: `bEaReR ${ann.token}` } });
  assert.equal((await response.json()).ok, true);
});

test('answers are JSON on one line, never redirects, and have no null metadata', async () => {
  const response = await fetch(`${host.api}conversations.list`, { headers: { authorization: `Bearer ${ann.token}` }, redirect: 'error' });
  const answer = await response.text();
  assert.ok(!answer.includes('\n'));
  assert.ok(!/"(warnings|messages)":null/.test(answer));
  assert.match(response.headers.get('x-oauth-scopes'), /chat:write/);
});

test('keep-alive: hundred calls over one connection after the other', async () => {
  for (let n = 0; n < 100; ++n) {
    assert.equal((await raw(host, 'api.test', { query: { n } })).body.args.n, String(n));
  }
});
