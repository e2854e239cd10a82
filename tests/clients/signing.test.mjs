// Signing up, in and out, whose token it is, and bots' tokens from the command line.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { Person, raw, refused, signUp } from './client.mjs';

let host;
before(async () => { host = await Host.start(); });
after(() => host?.stop());

const signup = (form) => raw(host, 'carillon.signup', { form });
const signin = (form) => raw(host, 'carillon.signin', { form });
const password = 'correct horse';

test('signing up gives a token that Slack\'s WebClient can use', async () => {
  const ann = await signUp(host, { name: 'ann' });
  const who = await ann.web.auth.test();
  assert.equal(who.user_id, ann.id);
  assert.equal(who.user, 'ann');
  assert.equal(who.team_id, ann.team);
  assert.equal(who.bot_id, undefined);
  assert.equal(who.is_enterprise_install, false);
  assert.equal(who.url, `${host.url}/`);
});

test('a token in the body counts as much as one in the header', async () => {
  const person = await signUp(host);
  const { body } = await raw(host, 'auth.test', { form: { token: person.token } });
  assert.equal(body.user_id, person.id);
});

test('everyone meets in the general channel of the default team', async () => {
  const [one, two] = [await signUp(host), await signUp(host)];
  assert.equal(one.team, two.team);
  for (const person of [one, two]) {
    const { channels } = await person.web.users.conversations({ types: 'public_channel' });
    assert.deepEqual(channels.filter((channel) => channel.is_general).length, 1);
  }
});

test('the first to name a new team founds and owns it, the second joins', async () => {
  const founder = await signUp(host, { team: 'Bell Ringers' });
  const second = await signUp(host, { team: 'Bell Ringers' });
  assert.equal(second.team, founder.team);
  assert.equal((await founder.web.users.info({ user: founder.id })).user.is_owner, true);
  assert.equal((await founder.web.users.info({ user: second.id })).user.is_owner, false);
  const { team } = await second.web.team.info();
  assert.equal(team.name, 'Bell Ringers');
  assert.equal(team.id, founder.team);
});

test('people of another team are not found', async () => {
  const [here, there] = [await signUp(host), await signUp(host, { team: 'elsewhere' })];
  await refused(here.web.users.info({ user: there.id }), 'user_not_found');
  await refused(here.web.conversations.open({ users: there.id }), 'user_not_found');
});

test('signing in works by email, and each device has its own token', async () => {
  const person = await signUp(host, { name: 'bea' });
  const laptop = await signin({ email: 'bea@example.org', password, device: 'laptop' });
  const phone = await signin({ email: 'Bea@Example.org', password, device: 'phone' });
  assert.equal(laptop.body.user_id, person.id);
  assert.equal(phone.body.user_id, person.id);
  assert.equal(laptop.body.team_id, person.team);
  assert.equal(laptop.body.url, `${host.url}/`);
  assert.equal(new Set([person.token, laptop.body.token, phone.body.token]).size, 3);
});

test('a wrong password and an unknown address get the same answer', async () => {
  await signUp(host, { name: 'cleo' });
  const wrong = await signin({ email: 'cleo@example.org', password: 'wrong horse' });
  const unknown = await signin({ email: 'nobody@example.org', password });
  assert.equal(wrong.body.error, 'invalid_auth');
  assert.deepEqual(unknown.body, wrong.body);
});

test('two people of one name have two handles', async () => {
  const one = await signUp(host, { name: 'dora' });
  const { body } = await signup({ name: 'dora', email: 'dora.two@example.org', password });
  assert.equal(body.ok, true);
  assert.notEqual(body.user_id, one.id);
  const names = [one.id, body.user_id].map(async (user) => (await one.web.users.info({ user })).user.name);
  assert.deepEqual(await Promise.all(names), ['dora', 'dora2']);
});

test('an email in use, a short password and a strange email are refused', async () => {
  await signUp(host, { name: 'emil' });
  const refusal = async (form) => (await signup(form)).body.error;
  assert.equal(await refusal({ name: 'emil2', email: 'emil@example.org', password }), 'email_taken');
  assert.equal(await refusal({ name: 'ed', email: 'ed@example.org', password: '1234567' }), 'weak_password');
  assert.equal(await refusal({ name: 'ed', email: 'ed at home', password }), 'invalid_email');
  assert.equal(await refusal({ email: 'ed@example.org', password }), 'invalid_arguments');
  assert.equal((await signup({ name: 'ed', email: 'ed@example.org', password: '12345678' })).body.ok, true);
});

test('signing out ends this token and no other', async () => {
  const person = await signUp(host, { name: 'fay' });
  const { body: other } = await signin({ email: 'fay@example.org', password });
  assert.equal((await raw(host, 'carillon.signout', { token: person.token })).body.ok, true);
  const after = await raw(host, 'auth.test', { token: person.token });
  assert.match(after.body.error, /^(invalid_auth|token_revoked)$/);
  assert.equal((await raw(host, 'auth.test', { token: other.token })).body.ok, true);
});

test('auth.revoke with test=true only says what it would do', async () => {
  const person = await signUp(host);
  assert.equal((await person.web.auth.revoke({ test: true })).revoked, false);
  assert.equal((await person.web.auth.revoke()).revoked, true);
  await assert.rejects(person.web.auth.test());
});

test('revoking a token closes its live connection', async () => {
  const person = await signUp(host);
  const ear = await person.listen();
  const closed = new Promise((resolve) => ear.rtm.once('unable_to_rtm_start', resolve));
  await person.web.auth.revoke();
  // The SDK comes back at once with the revoked token, and learns that it is final.
  assert.match((await closed).data.error, /^(invalid_auth|not_authed|account_inactive)$/);
});

test('a bot from the command line has a bot_id in auth.test and in its messages', async () => {
  const person = await signUp(host);
  const id = await host.command('user', 'add', '--bot', 'ringer');
  const token = await host.command('token', 'issue', id);
  assert.match(token, /^xoxb-/);
  const bot = new Person(host, { token });
  const who = await bot.web.auth.test();
  assert.equal(who.user_id, id);
  assert.match(who.bot_id, /^B/);
  const { bot: row } = await person.web.bots.info({ bot: who.bot_id });
  assert.equal(row.name, 'ringer');
  assert.equal(row.user_id, who.user_id);

  const { channel } = await bot.web.conversations.open({ users: person.id });
  const { message } = await bot.web.chat.postMessage({ channel: channel.id, text: 'ding' });
  assert.equal(message.bot_id, who.bot_id);
  const mine = await person.web.chat.postMessage({ channel: channel.id, text: 'dong' });
  assert.equal(mine.message.bot_id, undefined);
  await refused(person.web.bots.info({ bot: 'B000000000000' }), 'bot_not_found');

  await host.command('token', 'revoke', token);
  await assert.rejects(bot.web.auth.test());
});
