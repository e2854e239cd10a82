// Rate limits where there are three hosts: a channel is counted once for all of them, a caller by each.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from '../support/cluster.mjs';
import { raw, signUp } from './client.mjs';

// In a channel one at once, and one in ten seconds; of a caller one a minute.
const settings = ['limits.channel_post_per_minute=6', 'limits.tier4_per_minute=1'];
let cluster;
let hosts;
before(async () => {
  cluster = await Cluster.start(settings);
  hosts = cluster.names.map((name) => ({ url: cluster.url(name), api: `${cluster.url(name)}/api/` }));
});
after(() => cluster?.stop());

test('a channel takes no more posts by one host than by another', async () => {
  const ann = await signUp(hosts[0]);
  const { channel } = await ann.web.conversations.create({ name: 'shared' });
  const posts = await Promise.all(hosts.map((host, n) =>
    raw(host, 'chat.postMessage', { token: ann.token, form: { channel: channel.id, text: `by host ${n}` } })));
  assert.deepEqual(posts.map(({ status }) => status).sort(), [200, 429, 429]);
  for (const { status, headers } of posts) {
    if (status === 429) {
      assert.equal(headers.get('x-ratelimit-scope'), 'channel');
      assert.equal(headers.get('retry-after'), '10');
    }
  }
});

test('a caller is counted by each host', async () => {
  const ben = await signUp(hosts[0]);
  for (const host of hosts) {
    const ask = () => raw(host, 'users.info', { token: ben.token, form: { user: ben.id } });
    assert.equal((await ask()).body.ok, true);
    assert.equal((await ask()).status, 429);
  }
});
