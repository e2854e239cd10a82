// Hosts whose schemas differ in a minor version, and what only the newer one knows: a wish (number 100) that
// the older build would not understand. While one host is older it is refused; once it is used, the older
// build is refused, and says why. And a tool that is killed in the middle of a change goes on where it stood.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../support/host.mjs';
import { WatchedCluster } from '../support/watched.mjs';
import { makeChannel, signUp } from './client.mjs';

const { CARILLOND: now, CARILLOND_NEXT: next } = process.env;
const newWish = { host: { host: 'c', intent: 100 } };

let cluster;
before(async () => { cluster = await WatchedCluster.start({ program: now }); });
after(() => cluster?.stop());

// Ends the tool as soon as it says so.
function rollUntil(program, words) {
  let killed = false;
  return cluster.command(['up', cluster.file, '--rolling', '--program', program], (child) => {
    let said = '';
    child.stdout.on('data', (bytes) => {
      said += bytes;
      if (killed || !said.includes(words)) return;
      killed = true;
      child.kill('SIGKILL');
    });
  });
}

test('a change that was broken off is gone on with; a word of the newer build waits for the last host', async () => {
  const before = await cluster.order('b', newWish);
  assert.equal(before.body.ok, false);
  assert.match(before.body.detail, /not a word that this version knows/);

  const broken = await rollUntil(next, 'is taken in again');
  assert.equal(broken.code, 'SIGKILL', broken.output);
  const mixed = await cluster.order('b', newWish);
  assert.equal(mixed.body.ok, false, 'one host knows it');
  assert.match(mixed.body.detail, /not a word that this version knows|speaks version 1\.1 between hosts, 1\.2 is needed/);

  const resting = await rollUntil(next, 'ends, and starts');
  assert.equal(resting.code, 'SIGKILL', resting.output);
  const rest = await cluster.roll(next);
  assert.equal(rest.code, 0, rest.output + cluster.said.slice(-2000));
  const done = await cluster.roll(next);
  assert.equal(done.code, 0);
  assert.equal(done.output.trim(), 'every host runs it');
});

test('when the newer build has used what is new, the older one is refused and says why', async () => {
  const ann = await signUp(cluster.host('a'));
  const channel = await makeChannel(ann, 'before');
  await until(async () => (await cluster.order('b', newWish)).status === 200, 'the new word to be taken');
  await ann.web.chat.postMessage({ channel, text: 'it goes on' });
  await cluster.stopWatching();
  const refused = await new Promise((resolve) => {
    execFile(now, ['--config', cluster.file, '--host', 'a', '--data', path.join(cluster.data, 'a')], { timeout: 20_000 },
      (error, stdout, stderr) => resolve({ code: error?.code, said: stdout + stderr }));
  });
  assert.equal(refused.code, 1, refused.said);
  const versions = /uses what came with version 1\.(\d+) between hosts, and this program speaks 1\.(\d+)/.exec(refused.said);
  assert.ok(versions, refused.said);
  assert.equal(Number(versions[1]), Number(versions[2]) + 1);
});

test('without carillon up, and with a program that is none, nothing is begun', async () => {
  const alone = await cluster.roll(next);
  assert.equal(alone.code, 1);
  assert.match(alone.output, /no carillon up watches over a/);
  const none = await cluster.roll(path.join(cluster.data, 'cluster.toml'));
  assert.equal(none.code, 2);
  assert.match(none.output, /is no program that can be run/);
});
