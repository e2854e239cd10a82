// What is most: hot channels, long mailboxes, slow actors, clients that lag, full queues.
import { el } from '../dom.js';
import { histogram } from './draw.js';
import { bytes, count, micros, nanos, number, rate } from './format.js';
import { entityName } from './pictures.js';
import { Table } from './table.js';

const sessionName = ({ host, connection }) => `session/${host}:${connection}`;
const entityHref = (name) => (entityName(name) ? `#entity/${entityName(name)}` : '');

// A bar behind a number, as long as its share of the list's greatest.
function bar(cell, share) {
  let line = cell.querySelector('progress');
  if (!line) cell.append((line = el('progress', { max: 1, 'aria-hidden': 'true' })));
  line.value = Number.isFinite(share) ? share : 0;
}

export class TopView {
  #site;
  #lists;
  #most = {};

  constructor(place, site) {
    this.#site = site;
    const section = (id, title) => {
      const node = el('section', { id: `top-${id}` }, el('h2', {}, title));
      place.append(node);
      return node;
    };
    const name = { title: 'Name', kind: 'name', text: (row) => row.name, href: (row) => entityHref(row.name) };
    const host = { title: 'Host', text: (row) => row.host };
    const value = (list, title, text) => ({
      title, kind: 'num', text: (row) => text(row.value),
      draw: (cell, row) => bar(cell, number(row.value) / this.#most[list]),
    });
    this.#lists = {
      channels: new Table(section('channels', 'Hottest channels'),
        [name, host, value('channels', 'Posts/s', rate)],
        { caption: 'Hottest channels', empty: 'Nobody posts.' }),
      mailboxes: new Table(section('mailboxes', 'Longest mailboxes'),
        [name, host, value('mailboxes', 'Waiting', count), { title: 'For', kind: 'num', text: (row) => micros(row.time) }],
        { caption: 'Longest mailboxes', empty: 'No message waits.' }),
      actors: new Table(section('actors', 'Slowest actors'), [
        { title: 'Kind', kind: 'name', text: (row) => row.kind }, host,
        { title: 'Busy, cores', kind: 'num', text: (row) => number(row.busy_cores).toFixed(3) },
        { title: 'Handled', kind: 'num', text: (row) => count(row.handled) },
        { title: 'p50', kind: 'num', text: (row) => nanos(row.p50_ns) },
        { title: 'p99', kind: 'num', text: (row) => nanos(row.p99_ns) },
        { title: 'Longest', kind: 'num', text: (row) => nanos(row.longest_ns) },
        { title: 'Handler time', kind: 'line', draw: (cell, row) => histogram(cell, (row.histogram ?? []).map(number), this.#spread(row)) },
      ], { caption: 'Slowest actors: time spent in handlers', empty: 'No handler was timed yet.' }),
      connections: new Table(section('connections', 'Laggards among connections'), [
        { title: 'Connection', kind: 'name', text: sessionName, href: (row) => entityHref(sessionName(row)) },
        { title: 'User', kind: 'name', text: (row) => row.user, href: (row) => (row.user ? entityHref(`sessions/${row.user}`) : '') },
        { title: 'Oldest frame waits', kind: 'num', text: (row) => micros(row.queued_for) },
        { title: 'Queued', kind: 'num', text: (row) => `${bytes(row.queued_bytes)}, ${count(row.queued_frames)} frames` },
        { title: 'State', kind: 'state', text: (row) => (row.behind ? 'BEHIND' : row.lagging ? 'LAGGING' : 'keeps up') },
        { title: 'Because', kind: 'wide', text: (row) => row.why ?? '' },
        { title: 'From', text: (row) => row.remote },
        { title: 'Unread', kind: 'num', text: (row) => bytes(row.unread_bytes) },
        { title: 'Dropped', kind: 'num', text: (row) => count(row.transient_dropped) },
      ], { caption: 'Laggards among connections', empty: 'Nobody is behind.' }),
      queues: new Table(section('queues', 'Biggest outbound queues'),
        [name, host, value('queues', 'Waiting', bytes)],
        { caption: 'Biggest outbound queues', empty: 'Nothing is queued.' }),
    };
  }

  show() {
    const { top } = this.#site.feed;
    if (!top) return;
    for (const list of ['channels', 'mailboxes', 'queues']) {
      this.#most[list] = Math.max(...(top[list] ?? []).map(({ value }) => number(value)), 0);
    }
    const key = (row) => `${row.host} ${row.name ?? row.kind}`;
    for (const list of ['channels', 'mailboxes', 'actors', 'queues']) this.#lists[list].show(top[list] ?? [], key);
    // A burst on its way is nobody's slowness.
    this.#lists.connections.show((top.connections ?? []).filter(({ why }) => why), sessionName,
      ({ lagging, behind }) => (lagging || behind ? 'bad' : ''));
  }

  // "1,204 up to 10 µs, 3 up to 1 ms, 1 longer": the histogram for those who do not see it.
  #spread({ histogram: counts = [], bounds_ns: bounds = [] }) {
    const words = counts.map(number).map((n, at) => (n ? `${count(n)} ${at < bounds.length ? `up to ${nanos(bounds[at])}` : 'longer'}` : '')).filter(Boolean);
    return words.join(', ') || 'none yet';
  }
}
