// One host: its last minutes as charts, its journal, and every slot it holds.
import { el } from '../dom.js';
import { Chart } from './chart.js';
import { say } from './draw.js';
import { bytes, cores, count, micros, moment, number, rate, since } from './format.js';
import { Facts } from './facts.js';
import { hostRows } from './pictures.js';
import { Table } from './table.js';

const bySize = Array.from({ length: 45 }, (_, n) => 2 ** n);  // steps of an axis of bytes

const slotsFirst = 16;

// Those with trouble first, then leaders that do not serve, then the busiest.
function byNeed(slots) {
  const need = ({ trouble, role, serves, posts_per_second: posts }) => (trouble ? 1e12 : 0) + (role === 'leader' && !serves ? 1e9 : 0) + number(posts);
  return [...slots].sort((a, b) => need(b) - need(a) || a.slot - b.slot);
}

const charts = [
  ['Posts and deliveries per second', [['posts', 'posts', '--series-0'], ['deliveries', 'deliveries', '--series-1']], rate],
  ['A post, from the edge to the answer', [['p50', 'post_p50', '--series-0'], ['p99', 'post_p99', '--series-1']], micros],
  ['fsync', [['p99', 'fsync_p99', '--series-1']], micros],
  ['CPU, cores', [['used', 'cpu', '--series-0']], cores],
  ['Memory', [['resident', 'memory', '--series-0']], bytes, bySize],
  ['Connections', [['open', 'connections', '--series-0']], (n) => count(n)],
];

export class HostView {
  #site;
  #name;
  #facts;
  #journal;
  #elsewhere;
  #charts;
  #slots;
  #all;       // the button that shows the other slots too
  #shown = slotsFirst;

  constructor(place, site, name) {
    this.#site = site;
    this.#name = name;
    const facts = el('section', {}, el('p', {}, el('a', { href: '#cluster' }, '‹ Cluster')), el('h2', {}, name));
    const journal = el('section', {}, el('h2', {}, 'Journal'));
    const drawn = el('div', { class: 'charts' });
    const slots = el('section', { id: 'host-slots' }, el('h2', {}, 'Slots it holds'));
    this.#elsewhere = el('p', { class: 'quiet' });
    place.append(facts, el('section', {}, el('h2', {}, 'The last minutes'), this.#elsewhere, drawn), journal, slots);
    this.#facts = new Facts(facts);
    this.#journal = new Facts(journal);
    this.#charts = charts.map(([title, series, say, steps]) => {
      const box = el('div', { class: 'chart', role: 'img', 'aria-label': title });
      drawn.append(box);
      return new Chart(box, title, series.map(([label, field, colour]) => ({ label, field, colour })), say, steps);
    });
    this.#slots = new Table(slots, [
      { title: 'Slot', kind: 'name', text: ({ slot }) => `slot/${slot}`, href: ({ slot }) => `#entity/slot/${slot}` },
      { title: 'Role', text: ({ role, serves }) => (role === 'leader' && !serves ? 'leader, not serving' : role) },
      { title: 'Leader', text: ({ leader }) => leader || 'nobody' },
      { title: 'Term', kind: 'num', text: ({ term }) => count(term) },
      { title: 'Last entry', kind: 'num', text: ({ last_index: last }) => count(last) },
      { title: 'Not applied', kind: 'num', text: ({ last_index: last, applied }) => count(number(last) - number(applied)) },
      { title: 'Awake', kind: 'num', text: ({ entities }) => count(entities) },
      { title: 'Mailbox', kind: 'num', text: ({ mailbox_length: n, mailbox_wait: wait }) => `${count(n)}, ${micros(wait)}` },
      { title: 'Posts/s', kind: 'num', text: ({ posts_per_second: posts }) => rate(posts) },
      { title: 'Trouble', kind: 'wide', text: ({ trouble }) => trouble },
    ], { caption: 'Slots this host holds', empty: 'None, or not told yet.' });
    this.#all = el('button', {
      type: 'button', id: 'all-slots',
      onclick: () => {
        this.#shown = Infinity;
        this.show();
        slots.querySelector('a')?.focus();
      },
    });
    slots.append(this.#all);
  }

  stop() {
    for (const chart of this.#charts) chart.stop();
  }

  show() {
    const { cluster } = this.#site.feed;
    const row = hostRows(cluster).find(({ name }) => name === this.#name);
    const host = row?.host;
    if (!host) {
      this.#facts.show([['State', row ? `SILENT: ${row.silent}` : 'No host of this name.', 'bad']]);
      return;
    }
    const member = (cluster.members ?? []).find(({ store_id: id }) => id === host.store_id);
    this.#facts.show([
      ['State', host.state || 'serving', host.state && host.state !== 'serving' ? 'bad' : ''],
      ...(host.turned_away ?? []).map((words) => ['Turned away', words, 'bad']),
      ['Zone', host.zone], ['Version', host.version],
      ['Started', `${moment(host.started)} (${since(host.started, host.now)} ago)`],
      ['Leads / holds slots', `${count(host.slots_led)} / ${count(host.slots_held)}`],
      ['Generation', count(host.generation)],
      ['Connections', `${count(host.connections)}, of them ${count(host.websockets)} WebSockets`],
      ['Entities awake', count(host.entities)],
      ['Posts/s', rate(host.per_second?.posts)], ['Deliveries/s', rate(host.per_second?.deliveries)],
      ['Requests/s', rate(host.per_second?.requests)], ['Out', `${bytes(host.per_second?.bytes_out)}/s`],
      ['CPU', `${cores(host.cpu_cores)} cores`], ['Memory', bytes(host.memory_bytes)],
      ['Clock', host.name === cluster.asked ? 'the reference' : `${micros(host.clock_offset)} off, ± ${micros(number(host.round_trip) / 2)}`],
      ['Store id', host.store_id], ['Incarnation', host.incarnation],
      ['Other hosts reach it at', member?.peer_address], ['Clients reach it at', member?.public_url],
    ]);
    const { journal } = host;
    this.#journal.show(journal ? [
      ['fsync p50 / p99', `${micros(journal.fsync_p50)} / ${micros(journal.fsync_p99)}`],
      ['Syncs', count(journal.syncs)], ['Batches', count(journal.batches)], ['Entries', count(journal.entries)],
      ['Entries per batch', number(journal.batches) ? rate(number(journal.entries) / number(journal.batches)) : '–'],
      ['Queued', bytes(journal.queued_bytes)], ['Trouble', journal.trouble, 'bad'],
    ] : []);
    const own = host.name === cluster.asked;
    this.#elsewhere.textContent = own ? '' : `What this page has seen since it was opened. How long posts take is told only by ${host.name} itself` +
      `${member?.public_url ? `: ${member.public_url.replace(/\/+$/, '')}/console` : '.'}`;
    this.#elsewhere.hidden = own;
    const samples = this.#site.history.of(this.#name);
    for (const chart of this.#charts) chart.show(samples);
    const slots = byNeed(host.slots ?? []);
    this.#all.hidden = slots.length <= this.#shown;
    say(this.#all, `Show all ${count(slots.length)}`);
    this.#slots.show(slots.slice(0, this.#shown), ({ slot }) => slot, ({ trouble, role, serves }) =>
      trouble ? 'bad' : role === 'leader' && !serves ? 'warn' : '');
  }
}
