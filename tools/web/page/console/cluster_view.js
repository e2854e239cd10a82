// The whole cluster at one glance: what is wrong, every host, the ring, moves and links.
import { el } from '../dom.js';
import { say, sparkline } from './draw.js';
import { bytes, cores, count, micros, rate, since } from './format.js';
import { alarmsOf, hostNames, hostRows, linksOf, ringOf } from './pictures.js';
import { hostColours } from './colours.js';
import { RingView } from './ring_view.js';
import { Table } from './table.js';

const hostHref = (name) => `#host/${encodeURIComponent(name)}`;

// A number with its line of the last minute behind it.
const withLine = (title, field, text, site) => ({
  title,
  kind: 'num line',
  text: ({ host }) => (host ? text(host) : ''),
  draw: (cell, { name, host }) => sparkline(cell, host ? site.history.values(name, field) : []),
});

export class ClusterView {
  #site;
  #parts = {};
  #hosts;
  #ring;
  #moves;
  #links;

  constructor(place, site) {
    this.#site = site;
    const facts = el('p', { class: 'quiet facts', id: 'cluster-facts' });
    const alarms = el('ul', { class: 'alarms', id: 'alarms', 'aria-label': 'What is wrong' });
    const hosts = el('section', { id: 'hosts' }, el('h2', {}, 'Hosts'));
    const ring = el('section', { id: 'ring' }, el('h2', {}, 'Ring'));
    const moves = el('section', { id: 'moves' }, el('h2', {}, 'Moves in progress'));
    const links = el('section', { id: 'links' }, el('h2', {}, 'Links between hosts'));
    place.append(facts, alarms, hosts, el('div', { class: 'two' }, ring, el('div', {}, moves, links)));
    this.#parts = { facts, alarms };
    this.#hosts = new Table(hosts, this.#hostColumns(), { caption: 'Hosts' });
    this.#ring = new RingView(ring);
    this.#moves = new Table(moves, [
      { title: 'Slot', kind: 'name', text: ({ slot }) => `slot/${slot}`, href: ({ slot }) => `#entity/slot/${slot}` },
      { title: 'Host', text: ({ host }) => host },
      { title: 'What', text: ({ what }) => what },
      { title: 'Entries behind', kind: 'num', text: ({ behind }) => count(behind) },
    ], { caption: 'Moves in progress', empty: 'Nothing moves.' });
    this.#links = new Table(links, [
      { title: 'Link', kind: 'name', text: ({ from, to }) => `${from} → ${to}` },
      { title: 'State', kind: 'state', text: ({ link }) => (link.up ? 'up' : 'down') + (link.trouble ? `: ${link.trouble}` : '') },
      { title: 'Heard', kind: 'num', text: ({ link }) => `${micros(link.heard_ago)} ago` },
      { title: 'Queued', kind: 'num', text: ({ link }) => bytes(link.queued_bytes) },
      { title: 'On the way', kind: 'num', text: ({ link }) => bytes(link.unacknowledged_bytes) },
      { title: 'Sent', kind: 'num', text: ({ link }) => bytes(link.bytes_sent) },
      { title: 'Dropped', kind: 'num', text: ({ link }) => count(link.items_dropped) },
    ], { caption: 'Links between hosts', empty: 'One host has nobody to link to.' });
  }

  show() {
    const { cluster } = this.#site.feed;
    const ring = ringOf(cluster);
    const colours = hostColours(hostNames(cluster));
    const moving = (cluster.moves ?? []).length;
    say(this.#parts.facts, `As ${cluster.asked} sees it · generation ${count(cluster.generation)} · ${count(ring.length)} slots · ` +
      `${ring[0]?.leader === null ? 'leaders as the ring wishes · ' : ''}ring actor on ${cluster.meta_leader || 'nobody'}${moving ? ` · ${moving} moving` : ''}`);
    this.#alarms(alarmsOf(cluster, ring));
    this.#hosts.show(hostRows(cluster), ({ name }) => name, ({ host, silent }) =>
      silent ? 'bad' : host.state && host.state !== 'serving' ? 'warn' : '');
    this.#ring.show({ ring, cluster, colours });
    this.#moves.show(cluster.moves ?? [], ({ slot, host }) => `${slot} ${host}`);
    this.#links.show(linksOf(cluster), ({ from, to }) => `${from} ${to}`, ({ link }) => (link.up ? '' : 'bad'));
  }

  #alarms(alarms) {
    const list = this.#parts.alarms;
    const signature = JSON.stringify(alarms);
    if (list.dataset.signature === signature) return;
    list.dataset.signature = signature;
    list.hidden = alarms.length === 0;
    const most = 12;
    list.replaceChildren(...alarms.slice(0, most).map(({ level, text, href }) =>
      el('li', { class: level }, href ? el('a', { href }, text) : text)));
    if (alarms.length > most) list.append(el('li', { class: 'warn' }, `and ${alarms.length - most} more`));
  }

  #hostColumns() {
    const site = this.#site;
    const plain = (title, text, kind = 'num') => ({ title, kind, text: ({ host }) => (host ? text(host) : '') });
    return [
      {
        title: 'Host', kind: 'name', text: ({ name }) => name, href: ({ name }) => hostHref(name),
        hint: ({ host }) => (host?.zone ? `zone ${host.zone}` : ''),
        draw: (cell, { name }) => {
          const names = hostNames(site.feed.cluster);
          cell.dataset.colour = hostColours(names).get(name);
        },
      },
      { title: 'State', kind: 'state', text: ({ host, silent }) => (silent ? `SILENT: ${silent}` : host.state || 'serving') },
      plain('Zone', ({ zone }) => zone || '–', ''),
      plain('Version', ({ version }) => version, ''),
      plain('Up', ({ started, now }) => since(started, now)),
      plain('Leads / holds', (host) => `${count(host.slots_led)} / ${count(host.slots_held)}`),
      plain('Connections', ({ connections }) => count(connections)),
      withLine('Posts/s', 'posts', ({ per_second: p }) => rate(p?.posts), site),
      withLine('Deliveries/s', 'deliveries', ({ per_second: p }) => rate(p?.deliveries), site),
      withLine('CPU, cores', 'cpu', ({ cpu_cores: used }) => cores(used), site),
      withLine('Memory', 'memory', ({ memory_bytes: used }) => bytes(used), site),
      plain('fsync p99', ({ journal }) => (journal ? micros(journal.fsync_p99) : '–')),
      plain('Round trip', (host) => (host.name === site.feed.cluster.asked ? '–' : micros(host.round_trip))),
    ];
  }
}
