// Everything that can be wrong with a call, and the documented answer to it. All refusals are HTTP
// 200 with Slack's error string, except those that are about HTTP itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { makeChannel, raw, refused, signUp, wholeHistory } from './client.mjs';

let host, ann, channel;
before(async () => {
  host = await Host.start();
  ann = await signUp(host);
  channel = await makeChannel(ann, 'input');
});
after(() => host?.stop());

const call = (method, request) => raw(host, method, { token: ann.token, ...request });
async function answers(pending, error, status = 200) {
  const answer = await pending;
  assert.equal(answer.body.ok, false, JSON.stringify(answer.body));
  assert.equal(answer.body.error, error, JSON.stringify(answer.body));
  assert.equal(answer.status, status);
  assert.match(answer.headers.get('content-type'), /^application\/json/);
}
const post = (values) => call('chat.postMessage', { form: { channel, ...values } });

test('a method that does not exist', async () => {
  await answers(call('chat.shout', {}), 'unknown_method');
  await answers(raw(host, 'chat.shout'), 'unknown_method');
});

test('no token, a wrong one, one that is too long', async () => {
  await answers(raw(host, 'auth.test'), 'not_authed');
  await answers(raw(host, 'auth.test', { token: 'xoxp-not-a-token' }), 'invalid_auth');
  await answers(raw(host, 'auth.test', { token: `xoxp-${'x'.repeat(5000)}` }), 'invalid_auth');
  await answers(raw(host, 'rtm.connect', { token: 'xoxp-not-a-token' }), 'invalid_auth');
});

test('a missing channel, a channel that is no id, one that does not exist', async () => {
  await answers(call('chat.postMessage', { form: { text: 'x' } }), 'invalid_arguments');
  await answers(call('conversations.info', {}), 'invalid_arguments');
  await answers(call('conversations.history', { form: { channel: 'C000000000000' } }), 'channel_not_found');
  await answers(call('conversations.history', { form: { channel: 'nonsense' } }), 'channel_not_found');
});

test('an empty post', async () => {
  await answers(post({}), 'no_text');
  await answers(post({ text: '' }), 'no_text');
  assert.equal((await post({ blocks: '[{"type":"divider"}]' })).body.ok, true);
});

test('40,000 characters fit, one more does not; characters are counted, not bytes', async () => {
  for (const letter of ['x', '종', '🔔']) {
    assert.equal((await post({ text: letter.repeat(40_000) })).body.ok, true);
    await answers(post({ text: letter.repeat(40_001) }), 'msg_too_long');
  }
  const { body: { ts } } = await post({ text: 'short' });
  await answers(call('chat.update', { form: { channel, ts, text: 'x'.repeat(40_001) } }), 'msg_too_long');
  assert.equal((await call('chat.update', { form: { channel, ts, text: 'x'.repeat(40_000) } })).body.ok, true);
});

test('a client_msg_id of 128 bytes is taken, one of 129 is not', async () => {
  assert.equal((await post({ text: 'x', client_msg_id: 'i'.repeat(128) })).body.ok, true);
  await answers(post({ text: 'x', client_msg_id: 'i'.repeat(129) }), 'invalid_arguments');
});

test('blocks, attachments and metadata that are not what they should be', async () => {
  await answers(post({ text: 'x', blocks: '{"type":"section"}' }), 'invalid_blocks');
  await answers(post({ text: 'x', blocks: '[1,2]' }), 'invalid_blocks');
  await answers(post({ text: 'x', blocks: '[{' }), 'invalid_blocks');
  await answers(post({ text: 'x', attachments: '"none"' }), 'invalid_attachments');
  await answers(post({ text: 'x', metadata: '[]' }), 'invalid_metadata_format');
});

test('a body that is no JSON, or JSON that is no object', async () => {
  const type = 'application/json';
  await answers(call('chat.postMessage', { text: '{"channel":', type }), 'invalid_json');
  await answers(call('chat.postMessage', { text: '["channel"]', type }), 'invalid_json');
  await answers(call('chat.postMessage', { text: `${'['.repeat(5000)}`, type }), 'invalid_json');
});

test('a body that is no UTF-8, or holds a NUL byte, in every encoding', async () => {
  const before = (await wholeHistory(ann, channel)).length;
  const latin1 = Buffer.from(`{"channel":"${channel}","text":"caf\u00e9"}`, 'latin1');
  await answers(call('chat.postMessage', { text: latin1, type: 'application/json' }), 'invalid_utf8');
  await answers(call('chat.postMessage', { json: { channel, text: 'a\0b' } }), 'invalid_utf8');
  const type = 'application/x-www-form-urlencoded';
  await answers(call('chat.postMessage', { text: `channel=${channel}&text=%ff%fe`, type }), 'invalid_utf8');
  await answers(call('chat.postMessage', { text: `channel=${channel}&text=a%00b`, type }), 'invalid_utf8');
  // A lone surrogate, written as UTF-8 would write it; an overlong slash.
  await answers(call('chat.postMessage', { text: `channel=${channel}&text=%ed%a0%80`, type }), 'invalid_utf8');
  await answers(call('chat.postMessage', { text: `channel=${channel}&text=%c0%af`, type }), 'invalid_utf8');
  await answers(call('chat.postMessage', { multipart: { channel, text: 'a\0b' } }), 'invalid_utf8');
  assert.equal((await wholeHistory(ann, channel)).length, before, 'nothing of it was posted');
});

test('a content type that the Web API does not take, and a broken multipart body', async () => {
  await answers(call('chat.postMessage', { text: '<x/>', type: 'text/xml' }), 'invalid_post_type');
  await answers(call('chat.postMessage', { text: 'no boundary', type: 'multipart/form-data' }), 'invalid_form_data');
});

test('a body over the limit is 413, one at the limit is read', async () => {
  const limit = 1_048_576;
  const padded = (size) => {
    const head = `channel=${channel}&text=fits&padding=`;
    return { text: head + 'x'.repeat(size - head.length), type: 'application/x-www-form-urlencoded' };
  };
  assert.equal((await call('chat.postMessage', padded(limit))).body.ok, true);
  await answers(call('chat.postMessage', padded(limit + 1)), 'request_too_large', 413);
});

test('a verb that the Web API does not take is 405', async () => {
  await answers(call('api.test', { verb: 'DELETE' }), 'method_not_allowed', 405);
});

test('whoever is not in a channel, or finds it archived', async () => {
  const stranger = await signUp(host);
  await refused(stranger.web.chat.postMessage({ channel, text: 'x' }), 'not_in_channel');
  const old = await makeChannel(ann, 'closed-down');
  await ann.web.conversations.archive({ channel: old });
  await answers(call('chat.postMessage', { form: { channel: old, text: 'x' } }), 'is_archived');
});

test('arguments of the wrong kind', async () => {
  await answers(call('conversations.create', { form: { name: 'kind', is_private: 'perhaps' } }), 'invalid_arguments');
  await answers(call('chat.update', { form: { channel, ts: 'soon', text: 'x' } }), 'message_not_found');
  await answers(call('chat.delete', { form: { channel } }), 'invalid_arguments');
});

test('unknown arguments are ignored, and api.test says what arrived', async () => {
  assert.equal((await post({ text: 'x', as_user: 'true', nonsense: '1' })).body.ok, true);
  const { body } = await call('api.test', { form: { foo: 'bar' } });
  assert.deepEqual(body, { ok: true, args: { foo: 'bar' } });
  await answers(call('api.test', { form: { error: 'my_error' } }), 'my_error');
});

test('what is nowhere is 404, and a WebSocket address is 426 for a plain request', async () => {
  assert.equal((await fetch(`${host.url}/nowhere`)).status, 404);
  assert.equal((await fetch(`${host.url}/rtm/ticket`)).status, 426);
});
