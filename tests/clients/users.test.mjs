// People: lists, profiles, lookup by address, and who hears of a change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { refused, signUp } from './client.mjs';

let host, ann, ben, ear;
before(async () => {
  host = await Host.start();
  [ann, ben] = [await signUp(host, { name: 'ann' }), await signUp(host, { name: 'ben' })];
  ear = await ben.listen();
});
after(async () => {
  await ear?.stop();
  await host?.stop();
});

test('users.list has everyone of the team, users.info one of them', async () => {
  const { members } = await ann.web.users.list();
  assert.deepEqual(members.map(({ name }) => name).sort(), ['ann', 'ben']);
  const { user } = await ann.web.users.info({ user: ben.id });
  assert.equal(user.name, 'ben');
  assert.equal(user.team_id, ben.team);
  assert.equal(user.is_bot, false);
  assert.equal(user.profile.email, 'ben@example.org');
  await refused(ann.web.users.info({ user: 'U000000000000' }), 'user_not_found');
});

test('users.lookupByEmail finds a person whatever the case of the address', async () => {
  assert.equal((await ann.web.users.lookupByEmail({ email: 'Ben@Example.org' })).user.id, ben.id);
  await refused(ann.web.users.lookupByEmail({ email: 'who@example.org' }), 'users_not_found');
});

test('a newcomer is announced to the team', async () => {
  const carl = await signUp(host);
  const heard = await ear.next({ type: 'team_join', user: { id: carl.id } });
  assert.equal(heard.user.name, carl.name);
});

test('a profile is changed whole or field by field, and the team hears of it', async () => {
  await ann.web.users.profile.set({ profile: { display_name: '앤', status_text: 'ringing', status_emoji: ':bell:' } });
  const heard = await ear.next({ type: 'user_change', user: { id: ann.id } });
  assert.equal(heard.user.profile.display_name, '앤');
  await ann.web.users.profile.set({ name: 'title', value: 'Ringer' });
  const { profile } = await ben.web.users.profile.get({ user: ann.id });
  assert.equal(profile.display_name, '앤');
  assert.equal(profile.status_text, 'ringing');
  assert.equal(profile.title, 'Ringer');
  assert.equal((await ann.web.users.profile.get()).profile.title, 'Ringer');
});

test('a status text of 100 characters fits, one of 101 does not', async () => {
  const set = (text) => ann.web.users.profile.set({ profile: { status_text: text } });
  await set('가'.repeat(100));
  await refused(set('x'.repeat(101)), 'profile_set_failed');
  await refused(ann.web.apiCall('users.profile.set', { profile: 'no object' }), 'invalid_profile');
});

test('an address in use is not given twice', async () => {
  await refused(ann.web.users.profile.set({ profile: { email: 'ben@example.org' } }), 'email_taken');
});

test('a disabled person is shut out, and still listed as deleted', async () => {
  const gone = await signUp(host);
  await host.command('user', 'disable', gone.id);
  await refused(gone.web.auth.test(), 'account_inactive');
  assert.equal((await ann.web.users.info({ user: gone.id })).user.deleted, true);
  await host.command('user', 'enable', gone.id);
  await gone.web.auth.test();
});

test('the command line lists who is there', async () => {
  const table = await host.command('user', 'list');
  assert.match(table, new RegExp(ann.id));
  assert.match(table, /ben@example\.org/);
});
