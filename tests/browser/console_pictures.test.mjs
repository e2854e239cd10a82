// What the console makes of the inspection JSON, as plain values, in node alone: 64-bit integers stay
// exact, a leader in fact is told from a wish, silence is loud, and the gaps of a trace add up.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bytes, count, hexOfBase64, micros, nanos, number, rate, slackTs } from '../../tools/web/page/console/format.js';
import { History } from '../../tools/web/page/console/history.js';
import { alarmsOf, clockWords, entityName, hostNames, hostRows, linksOf, ringOf, runsOf, waterfall } from '../../tools/web/page/console/pictures.js';
import { bandOf, hostPlaces, slotAt } from '../../tools/web/page/console/ring_shape.js';
import { Site } from './console_site.mjs';

const cluster = () => new Site().cluster(true);
const words = (picture) => alarmsOf(picture, ringOf(picture)).map(({ level, text }) => `${level} ${text}`);

test('numbers are read from Protobuf\'s JSON and said in few characters', () => {
  assert.equal(number('18446744073709551615') > 1e19, true);
  assert.equal(number(undefined), 0);
  assert.equal(number('NaN'), 0);
  assert.equal(count('9007199254740993'), '9,007,199,254,740,993');
  assert.deepEqual([0, 999, 1000, 12_345, 999_960].map(micros), ['0 µs', '999 µs', '1 ms', '12.3 ms', '1000 ms']);
  assert.deepEqual([59.5e6, 90e6, 3_700e6, 200_000e6].map(micros), ['59.5 s', '1 min 30 s', '1 h 1 min', '2 d 7 h']);
  assert.equal(micros('-1500'), '-1.50 ms');
  assert.deepEqual(['0', '1023', '1024', '1572864'].map(bytes), ['0 B', '1023 B', '1 KiB', '1.50 MiB']);
  assert.deepEqual([0, 0.4, 12.5, 3210, 1.5e6].map(rate), ['0', '0.40', '12.5', '3.21k', '1.50M']);
  assert.deepEqual([500, 4000].map(nanos), ['500 ns', '4 µs']);
  assert.equal(slackTs('1700000000123456'), '1700000000.123456');
  assert.equal(hexOfBase64('ASNFZ4mrze8BI0VniavN7w=='), '0123456789abcdef0123456789abcdef');
});

test('the leader is the one that leads in fact; a picture that does not tell leaves the wish', () => {
  const picture = cluster();
  picture.states[1] = { leader: 'north', term: '8', serves: true };
  assert.deepEqual([ringOf(picture)[1].leader, ringOf(picture)[1].wish], ['north', 'south']);
  picture.states[1] = { leader: 'south', term: '8' };
  assert.deepEqual([ringOf(picture)[1].leader, ringOf(picture)[1].serves], ['south', false]);
  delete picture.states;
  const wish = ringOf(picture);
  assert.deepEqual([wish[1].leader, wish[1].wish, wish[1].serves], [null, 'south', true]);
  assert.deepEqual(wish[1].replicas, ['north', 'south', 'west']);
});

test('a leader that does not answer is shown as the others know it, with a warning', () => {
  const site = new Site();
  site.silent.set('south', 'no answer');
  site.remembered = true;
  const picture = site.cluster(true);
  const one = ringOf(picture)[1];
  assert.deepEqual([one.leader, one.serves, one.hearsay], ['south', true, true]);
  assert.deepEqual(words(picture), ['bad south is silent: no answer', 'warn 21 slots are led by a host that does not answer north, say the others: south']);
});

test('neighbours with one leader are one stroke', () => {
  const ring = ['a', 'a', 'b', 'b', 'a'].map((leader, slot) => ({ slot, leader, serves: slot !== 3 }));
  assert.deepEqual(runsOf(ring).map(({ from, to, leader }) => `${from}-${to} ${leader}`), ['0-1 a', '2-2 b', '3-3 b', '4-4 a']);
});

test('a healthy cluster raises no alarm', () => {
  const picture = cluster();
  assert.deepEqual(words(picture), []);
  assert.equal(linksOf(picture).length, 6);
});

test('a silent host stays in its place and is the first alarm; its lost links are not told again', () => {
  const site = new Site();
  site.silent.set('south', 'no answer');
  site.changes.push((picture) => picture.hosts.forEach((host) => host.links.filter((link) => link.host === 'south').forEach((link) => { link.up = false; })));
  const picture = site.cluster(true);
  assert.deepEqual(hostNames(picture), ['north', 'south', 'west']);
  assert.equal(hostRows(picture)[1].silent, 'no answer');
  assert.deepEqual(words(picture), ['bad south is silent: no answer', 'bad 21 slots have no leader that serves']);
});

test('what is wrong inside is said once, however many slots suffer from it', () => {
  const picture = cluster();
  const [north] = picture.hosts;
  north.state = 'cut off';
  north.journal.trouble = 'no space left';
  north.links[0].up = false;
  picture.hosts[1].version = '0.5.0';
  for (const slot of [3, 7]) picture.states[slot].troubles = ['north: damaged log'];
  picture.meta_leader = '';
  assert.deepEqual(words(picture), [
    'bad north does not serve: cut off', 'bad north, journal: no space left', 'bad north has lost its link to south',
    'bad 2 slots, slot/3 the first, on north: damaged log',
    'warn Hosts run different versions: 0.4.0, 0.5.0', 'warn No host runs the ring actor: nothing moves and no settings change',
  ]);
});

test('the waits of a trace add up on every way through it, and the longest is the host\'s own', () => {
  const { rows, total, longest, words: said } = waterfall(new Site().trace());
  for (const end of rows) {
    let sum = 0;
    for (let row = end; row; row = row.cause) sum += row.waited;
    assert.equal(sum, end.after, end.step);
  }
  assert.equal(total, 42_600);
  assert.deepEqual([longest.step, longest.host, longest.waited, said], ['fsynced', 'west', 40_300, 'the fsync of west (the majority was south and west)']);
  assert.deepEqual(waterfall({}), { rows: [], total: 0, longest: null, words: '' });
});

test('clocks that were set right, that may be off and that jumped are told', () => {
  assert.deepEqual(clockWords(new Site().trace()), [
    'The clock of south may be off (exact to 20 ms).', 'The clock of west is 3 ms behind and was set right (exact to 210 µs).']);
  assert.deepEqual(clockWords({ clocks: [{ host: 'a', offset: '900000000', exact_to: '18446744073709551615', odd: true }] }), [
    'The clock of a is 15 min 0 s ahead and was set right (nothing is known of it).', 'The clock of a was set meanwhile: its times are wrong.']);
  assert.deepEqual(clockWords({}), []);
});

test('what people type finds its entity', () => {
  const names = { 'channel/C1': 'channel/C1', ' C1 ': 'channel/C1', U2: 'user/U2', 17: 'slot/17', 'a:9': 'session/a:9', 'hub/a': 'hub/a', 'sessions/U1': 'sessions/U1', '#entity/slot/3': 'slot/3', hello: '', 'channel/': '', '': '' };
  for (const [typed, name] of Object.entries(names)) assert.equal(entityName(typed), name, typed);
});

test('a point of the ring is the slot that is drawn there', () => {
  for (const slots of [1, 64, 256, 16_384]) {
    for (const slot of [0, Math.floor(slots / 3), slots - 1]) {
      const angle = ((slot + 0.5) / slots) * 2 * Math.PI - Math.PI / 2;
      assert.equal(slotAt(Math.cos(angle), Math.sin(angle), slots), slot);
    }
  }
  assert.ok(!bandOf({ from: 0, to: 63 }, 64, 10, 20).includes('NaN'));
  assert.equal(bandOf({ from: 0, to: 63 }, 64, 10, 20).match(/M/g).length, 2, 'the whole ring is two halves');
  assert.deepEqual(hostPlaces(['a'], 50).get('a'), [0, 0]);
});

test('history: a host\'s own samples win, one per second, the oldest go', () => {
  const history = new History();
  const second = (n) => String((1_700_000_000 + n) * 1e6);
  const host = (now, more = {}) => ({ name: 'a', now: second(now), per_second: { posts: now }, memory_bytes: '1', connections: '2', cpu_cores: 0.5, ...more });
  history.take([host(5)]);
  history.take([host(5)]);
  history.take([host(6)]);
  assert.deepEqual(history.values('a', 'posts'), [5, 6]);
  history.take([host(7, { history: [3, 4, 5].map((n) => ({ at: second(n), per_second: { posts: 10 * n }, post_p99: '77' })) })]);
  assert.deepEqual(history.values('a', 'posts'), [30, 40, 50, 6, 7]);
  assert.equal(history.of('a')[2].post_p99, 77);
  assert.equal(history.of('a')[3].post_p99, null);
  for (let n = 8; n < 1000; ++n) history.take([host(n)]);
  assert.equal(history.of('a').length, 600);
  assert.equal(history.of('a').at(-1).posts, 999);
  assert.deepEqual(history.of('b'), []);
});

test('uPlot in the page is uPlot as npm has it, with its licence', async () => {
  for (const [ours, theirs] of [['uPlot.iife.min.js', 'dist/uPlot.iife.min.js'], ['uPlot.min.css', 'dist/uPlot.min.css'], ['uPlot.LICENSE.txt', 'LICENSE']]) {
    const [a, b] = await Promise.all([
      readFile(new URL(`../../tools/web/page/console/${ours}`, import.meta.url)),
      readFile(new URL(`./node_modules/uplot/${theirs}`, import.meta.url)),
    ]);
    assert.ok(a.equals(b), ours);
  }
});
