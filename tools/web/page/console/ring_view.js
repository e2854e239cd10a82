// The ring as a picture: slots around, in the colour of the host that leads them; hosts inside with
// the links between them. A slot under the pointer (or the arrow keys) shows its replicas; a click
// keeps it.
import { el } from '../dom.js';
import { say, set, svg } from './draw.js';
import { count, micros, rate } from './format.js';
import { hostNames, hostRows, linksOf, runsOf } from './pictures.js';
import { angleOf, bandOf, hostPlaces, pointAt, slotAt } from './ring_shape.js';

const [outer, inner, hostsAt, hostSize] = [178, 150, 86, 22];
const movesAt = [182, 192];

// What nobody serves is striped as well as red, for those who see no red.
const stripes = () => svg('pattern', { id: 'unled', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
  svg('rect', { width: 5, height: 5, class: 'stripe-back' }), svg('rect', { width: 2, height: 5, class: 'stripe' }));

export class RingView {
  #svg;
  #layers;
  #details;
  #legend;
  #picture = null;
  #hovered = null;
  #kept = null;
  #drawn = {};

  constructor(place) {
    this.#layers = Object.fromEntries(['slots', 'moves', 'links', 'spokes', 'hosts'].map((name) => [name, svg('g', { class: name })]));
    this.#svg = svg('svg', {
      class: 'ring', viewBox: '-200 -200 400 400', tabindex: '0', role: 'slider', 'aria-label': 'Slot on the ring',
      'aria-valuemin': 0, 'aria-describedby': 'ring-details',
    }, svg('defs', {}, stripes()), ...Object.values(this.#layers));
    this.#details = el('div', { class: 'slot-details', id: 'ring-details' });
    this.#legend = el('ul', { class: 'legend', 'aria-label': 'Colours' });
    place.append(el('div', { class: 'ring-box' }, this.#svg, this.#legend), this.#details);
    this.#svg.addEventListener('pointermove', (event) => this.#point(event, false));
    this.#svg.addEventListener('pointerdown', (event) => this.#point(event, true));
    this.#svg.addEventListener('pointerleave', () => this.#hover(null));
    this.#svg.addEventListener('keydown', (event) => this.#key(event));
  }

  // picture: {ring, cluster, colours}
  show(picture) {
    this.#picture = picture;
    set(this.#svg, { 'aria-valuemax': Math.max(0, picture.ring.length - 1) });
    this.#slots();
    this.#hosts();
    this.#select();
  }

  #once(layer, signature, draw) {
    const text = JSON.stringify(signature);
    if (this.#drawn[layer] === text) return;
    this.#drawn[layer] = text;
    this.#layers[layer].replaceChildren(...draw());
  }

  #colour(name) {
    return this.#picture.colours.get(name);
  }

  #slots() {
    const { ring, cluster } = this.#picture;
    const slots = ring.length;
    const runs = runsOf(ring);
    // One path per look, of many pieces: thousands of slots must not be thousands of elements.
    const looks = new Map();
    for (const run of runs) {
      const look = run.leader === '' || !run.serves ? 'unled' : String(this.#colour(run.leader));
      if (!looks.has(look)) looks.set(look, []);
      looks.get(look).push(run);
    }
    this.#once('slots', [slots, [...looks]], () => [
      ...[...looks].map(([look, alike]) => svg('path', {
        class: look === 'unled' ? 'slot unled' : 'slot', 'data-colour': look === 'unled' ? null : look,
        d: alike.map((run) => bandOf(run, slots, inner, outer)).join(''),
      })),
      // Each slot of its own, as long as one can still be seen.
      ...(slots <= 512 ? ring.map(({ slot }) => {
        const [x1, y1] = pointAt(angleOf(slot, slots), inner);
        const [x2, y2] = pointAt(angleOf(slot, slots), outer);
        return svg('line', { class: 'border', x1, y1, x2, y2 });
      }) : []),
    ]);
    // Of a ring that is too large for a push the slots may come later than the moves.
    const moves = slots ? cluster.moves ?? [] : [];
    this.#once('moves', [slots, moves], () => moves.map(({ slot, host, what }) => {
      const mark = svg('path', { class: 'move', 'data-colour': this.#colour(host), d: bandOf({ from: slot, to: slot }, slots, ...movesAt) });
      mark.append(svg('title', {}, `slot/${slot} on ${host}: ${what}`));
      return mark;
    }));
  }

  #hosts() {
    const { cluster } = this.#picture;
    const rows = hostRows(cluster);
    const places = hostPlaces(rows.map(({ name }) => name), hostsAt);
    // One line per pair: it is up when both ends say so.
    const pairs = new Map();
    for (const { from, to, link } of linksOf(cluster)) {
      const key = [from, to].sort().join(' ');
      if (!places.has(from) || !places.has(to)) continue;
      pairs.set(key, { from, to, up: link.up && (pairs.get(key)?.up ?? true) });
    }
    this.#once('links', [...pairs.values()], () => [...pairs.values()].map(({ from, to, up }) => {
      const [[x1, y1], [x2, y2]] = [places.get(from), places.get(to)];
      const line = svg('line', { class: up ? 'link' : 'link down', x1, y1, x2, y2 });
      line.append(svg('title', {}, `${from} and ${to}: ${up ? 'up' : 'down'}`));
      return line;
    }));
    this.#once('hosts', rows.map(({ name, silent, host }) => [name, silent, host?.state]), () => rows.map(({ name, silent, host }) => {
      const [x, y] = places.get(name);
      const ill = silent ? 'silent' : host.state && host.state !== 'serving' ? 'ill' : '';
      const shown = name.length > 9 ? `${name.slice(0, 8)}…` : name;
      return svg('g', { class: `host ${ill}`, 'data-colour': this.#colour(name), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
        svg('circle', { r: hostSize }),
        ill ? svg('text', { class: 'cross', y: 7 }, silent ? '✕' : '!') : null,
        svg('text', { class: 'label', y: hostSize + 14 }, shown),
        svg('title', {}, silent ? `${name} is silent: ${silent}` : `${name}: ${host.state || 'serving'}`));
    }));
    const unled = this.#picture.ring.some(({ leader, serves }) => leader === '' || !serves);
    const legend = JSON.stringify([rows.map(({ name }) => name), unled, this.#picture.ring[0]?.leader === null]);
    if (this.#legend.dataset.signature === legend) return;
    this.#legend.dataset.signature = legend;
    this.#legend.replaceChildren(
      ...rows.map(({ name }) => el('li', { 'data-colour': this.#colour(name) }, name)),
      unled ? el('li', { class: 'unled' }, 'nobody serves') : '');
  }

  #select() {
    const { ring, cluster } = this.#picture;
    const slot = ring[this.#hovered ?? this.#kept];
    const places = hostPlaces(hostNames(cluster), hostsAt);
    set(this.#svg, {
      'aria-valuenow': slot?.slot ?? 0,
      'aria-valuetext': slot ? `slot ${slot.slot}, led by ${slot.leader || slot.wish || 'nobody'}, replicas on ${slot.replicas.join(', ')}` : 'none chosen',
    });
    this.#once('spokes', slot && [slot.slot, slot.leader, slot.wish, slot.replicas, ring.length], () => {
      if (!slot) return [];
      const begin = pointAt((angleOf(slot.slot, ring.length) + angleOf(slot.slot + 1, ring.length)) / 2, inner);
      const leader = slot.leader ?? slot.wish;
      const hosts = [...new Set([...slot.replicas, leader])].filter((name) => places.has(name));
      return [
        ...hosts.map((name) => svg('line', {
          class: name === leader ? 'spoke leader' : 'spoke', 'data-colour': this.#colour(name),
          x1: begin[0], y1: begin[1], x2: places.get(name)[0], y2: places.get(name)[1],
        })),
        svg('path', { class: 'chosen', d: bandOf({ from: slot.slot, to: slot.slot }, ring.length, inner - 3, outer + 3) }),
      ];
    });
    this.#describe(slot);
  }

  #describe(slot) {
    const signature = JSON.stringify(slot ?? null);
    if (this.#details.dataset.signature === signature) return;
    this.#details.dataset.signature = signature;
    if (!slot) {
      this.#details.replaceChildren(el('p', { class: 'quiet' }, 'Point at a slot, or use the arrow keys, to see its replicas.'));
      return;
    }
    const line = (name) => {
      const held = slot.holders.find(({ host }) => host === name);
      const role = held ? held.role : name === (slot.leader ?? slot.wish) ? 'leads, says the ring' : 'replica';
      const more = held ? ` · term ${count(held.term)} · applied ${count(held.applied)} of ${count(held.last_index)}` : '';
      const lead = held?.role === 'leader'
        ? ` · ${rate(held.posts_per_second)} posts/s · mailbox ${count(held.mailbox_length)} (${micros(held.mailbox_wait)})${held.serves ? '' : ' · does not serve yet'}` : '';
      return el('li', { 'data-colour': this.#colour(name) }, el('b', {}, name), ` ${role}${more}${lead}${held?.trouble ? ` · ${held.trouble}` : ''}`);
    };
    const names = [...new Set([...slot.replicas, ...slot.holders.map(({ host }) => host)])];
    this.#details.replaceChildren(
      el('h3', {}, el('a', { href: `#entity/slot/${slot.slot}` }, `slot/${slot.slot}`),
        slot.leader === '' ? el('span', { class: 'bad' }, ' nobody who answers leads it') : ` led by ${slot.leader ?? slot.wish}${slot.hearsay ? ', which does not answer, say the others' : ''}`),
      el('ul', {}, ...names.map(line)));
  }

  #point(event, keep) {
    const slots = this.#picture?.ring.length;
    if (!slots) return;
    const box = this.#svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 400 - 200;
    const y = ((event.clientY - box.top) / box.height) * 400 - 200;
    const distance = Math.hypot(x, y);
    const on = distance > inner - 12 && distance < outer + 22 ? slotAt(x, y, slots) : null;
    if (keep && on !== null) this.#kept = on === this.#kept && event.pointerType === 'mouse' ? null : on;
    this.#hover(on);
  }

  #hover(slot) {
    if (this.#hovered === slot) return;
    this.#hovered = slot;
    if (this.#picture) this.#select();
  }

  #key(event) {
    const slots = this.#picture?.ring.length;
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 16, PageDown: -16 }[event.key];
    if (!slots) return;
    if (step) this.#kept = this.#kept === null ? 0 : (this.#kept + step + slots) % slots;
    else if (event.key === 'Home') this.#kept = 0;
    else if (event.key === 'End') this.#kept = slots - 1;
    else if (event.key === 'Escape') this.#kept = null;
    else if (event.key === 'Enter' && this.#kept !== null) location.hash = `#entity/slot/${this.#kept}`;
    else return;
    event.preventDefault();
    this.#hovered = null;
    this.#select();
  }
}
