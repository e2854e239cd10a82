// The page's picture of a channel, as a plain value: whatever the order in which pages and events
// arrive, the messages are each there once, in their order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff } from '../../tools/web/page/backoff.js';
import { escapeText, parseText, plainText, unescapeText } from '../../tools/web/page/text.js';
import { Timeline } from '../../tools/web/page/timeline.js';

const message = (n, more = {}) => ({ ts: `1700000000.${String(n).padStart(6, '0')}`, seq: n, text: `m${n}`, ...more });
const page = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => message(to - n));
const shown = (timeline) => timeline.messages.map(({ text }) => text).join(' ');

test('a live event that the history already had is there once', () => {
  const timeline = new Timeline();
  timeline.apply(message(3));
  timeline.refresh(page(1, 3), '');
  assert.equal(timeline.apply(message(3)), 'known');
  assert.equal(timeline.apply(message(4)), 'new');
  assert.equal(shown(timeline), 'm1 m2 m3 m4');
});

test('a jump in seq is a gap; the next number is not', () => {
  const timeline = new Timeline();
  assert.equal(timeline.apply(message(5)), 'new');
  assert.equal(timeline.apply(message(6)), 'new');
  assert.equal(timeline.apply(message(8)), 'gap');
  timeline.refresh(page(4, 8), 'older');
  assert.equal(shown(timeline), 'm4 m5 m6 m7 m8');
});

test('after a reconnection the first event starts the count anew', () => {
  const timeline = new Timeline();
  timeline.apply(message(5));
  timeline.forgetSequence();
  assert.equal(timeline.apply(message(9)), 'new');
});

test('older pages come before, and the cursor says whether there are more', () => {
  const timeline = new Timeline();
  timeline.refresh(page(7, 9), 'c1');
  timeline.addOlder(page(4, 6), 'c2');
  assert.equal(timeline.olderCursor, 'c2');
  assert.equal(timeline.complete, false);
  timeline.addOlder(page(1, 3), '');
  assert.equal(timeline.complete, true);
  assert.equal(shown(timeline), 'm1 m2 m3 m4 m5 m6 m7 m8 m9');
});

test('a refresh drops what was deleted meanwhile and keeps what came live', () => {
  const timeline = new Timeline();
  timeline.refresh(page(1, 5), '');
  timeline.apply(message(7));
  timeline.refresh([message(6), message(5), message(3), message(2), message(1)], '');
  assert.equal(shown(timeline), 'm1 m2 m3 m5 m6 m7');
});

test('a refresh that does not reach back to what we have leaves no hole', () => {
  const timeline = new Timeline();
  timeline.refresh(page(1, 3), '');
  timeline.refresh(page(8, 9), 'c8');
  assert.equal(shown(timeline), 'm8 m9');
  assert.equal(timeline.olderCursor, 'c8');
  assert.equal(timeline.complete, false);
});

test('a refresh that reaches further back than we had keeps the older cursor', () => {
  const timeline = new Timeline();
  timeline.refresh(page(5, 6), 'c5');
  timeline.refresh(page(4, 8), 'c4');
  assert.equal(shown(timeline), 'm4 m5 m6 m7 m8');
  assert.equal(timeline.complete, false);
});

test('an edit wins over a page that was read before it', () => {
  const timeline = new Timeline();
  timeline.refresh(page(1, 2), '');
  const edited = message(1, { text: 'better', edited: { ts: '1700000000.000003' } });
  timeline.apply({ ...message(3), subtype: 'message_changed', message: edited });
  timeline.refresh(page(1, 2), '');
  assert.equal(shown(timeline), 'better m2');
});

test('a deletion wins over a page that was read before it, and an unknown edit changes nothing', () => {
  const timeline = new Timeline();
  timeline.apply({ ...message(3), subtype: 'message_deleted', deleted_ts: message(1).ts });
  timeline.refresh(page(1, 2), '');
  timeline.apply({ ...message(4), subtype: 'message_changed', message: message(0) });
  assert.equal(shown(timeline), 'm2');
});

test('tombstones are not shown', () => {
  const timeline = new Timeline();
  timeline.refresh([message(2, { subtype: 'tombstone' }), message(1)], '');
  assert.equal(shown(timeline), 'm1');
});

test('the pause doubles from half a second to thirty, half of it by chance', () => {
  assert.equal(backoff(0, () => 0), 250);
  assert.equal(backoff(0, () => 1), 500);
  assert.equal(backoff(3, () => 1), 4_000);
  assert.equal(backoff(100, () => 1), 30_000);
  assert.equal(backoff(100, () => 0), 15_000);
});

test('escaping and back gives the same text', () => {
  for (const text of ['a < b && c > d', '&lt;', '&amp;lt;', '종 & <@U1>']) {
    assert.equal(unescapeText(escapeText(text)), text);
  }
});

test('people, links and labels are found; other schemes stay text', () => {
  const name = (id) => ({ U1: 'Ann' })[id] ?? id;
  assert.deepEqual(parseText('hi <@U1>: <https://x.org/a?b=1&amp;c|here> &lt;b&gt;', name), [
    { kind: 'text', text: 'hi ' },
    { kind: 'person', text: '@Ann' },
    { kind: 'text', text: ': ' },
    { kind: 'link', text: 'here', href: 'https://x.org/a?b=1&c' },
    { kind: 'text', text: ' <b>' },
  ]);
  assert.deepEqual(parseText('<javascript:alert(1)|click>', name), [{ kind: 'text', text: 'click' }]);
  assert.equal(plainText('see https://x.org/bell.', name), 'see https://x.org/bell.');
  assert.deepEqual(parseText('(https://x.org/a)', name)[1], { kind: 'link', text: 'https://x.org/a', href: 'https://x.org/a' });
});
