// Where the time of one message went: posts a marked message and draws each step of its trip on
// every host.
import { announce, el } from '../dom.js';
import { hostColours } from './colours.js';
import { set, svg } from './draw.js';
import { hexOfBase64, micros, moment, number } from './format.js';
import { clockWords, hostNames, waterfall } from './pictures.js';

const patienceMs = 6_000;  // for the last steps: a follower may apply late, and a busy one later
const everyMs = 400;

const laneTall = 26;
const [laneLeft, laneWide] = [4, 992];

export class TraceView {
  #site;
  #answer;
  #error;
  #channel;
  #text;
  #go;
  #stopped = false;
  #run = 0;

  constructor(place, site, id) {
    this.#site = site;
    this.#channel = el('input', { id: 'trace-channel', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', placeholder: 'C…', required: true });
    this.#text = el('input', { id: 'trace-text', autocomplete: 'off', value: 'trace', required: true, maxlength: 1000 });
    this.#go = el('button', { class: 'primary' }, 'Post and follow');
    this.#error = el('p', { class: 'error', role: 'alert' });
    this.#answer = el('div', { id: 'trace-answer' });
    place.append(
      el('form', { class: 'trace-form', onsubmit: (event) => this.#post(event) },
        el('label', { for: 'trace-channel' }, 'Channel'), this.#channel,
        el('label', { for: 'trace-text' }, 'Text (its members will read it)'), this.#text,
        this.#go, this.#error),
      this.#answer);
    if (/^[0-9a-f]{32}$/.test(id)) this.#follow(id);
    else if (id) this.#error.textContent = 'The id of a trace is 32 hexadecimal digits.';
  }

  stop() {
    this.#stopped = true;
  }

  async #post(event) {
    event.preventDefault();
    const channel = this.#channel.value.trim().replace(/^channel\//, '');
    this.#go.disabled = true;
    this.#error.textContent = '';
    this.#answer.replaceChildren(el('p', { class: 'quiet' }, 'On its way…'));
    try {
      const { trace } = await this.#site.inspector.postMarked(channel, this.#text.value);
      const id = typeof trace === 'string' ? trace : hexOfBase64(trace.trace);
      // The address leads back to this trace as long as the hosts remember it.
      history.replaceState(null, '', `#trace/${id}`);
      this.#follow(id);
    } catch (problem) {
      this.#answer.replaceChildren();
      this.#error.textContent = problem.message;
    } finally {
      this.#go.disabled = false;
    }
  }

  // Reads as long as something may still be added, and draws what is there meanwhile.
  async #follow(id) {
    const run = ++this.#run;
    const deadline = performance.now() + patienceMs;
    let last = -1;
    for (; performance.now() < deadline; await new Promise((resolve) => setTimeout(resolve, everyMs))) {
      let trace;
      try {
        trace = await this.#site.inspector.trace(id);
      } catch (problem) {
        if (!this.#stopped) this.#error.textContent = problem.message;
        return;
      }
      if (this.#stopped || run !== this.#run) return;
      const steps = trace?.steps?.length ?? 0;
      if (steps !== last && steps) this.#draw(id, trace);
      last = steps;
    }
    if (last <= 0 && !this.#stopped) this.#answer.replaceChildren(el('p', { class: 'quiet' }, 'No host remembers a step of this trace.'));
    else announce('The trace is complete.');
  }

  #draw(id, trace) {
    const { rows, total, longest, words } = waterfall(trace);
    const names = [...new Set(rows.map(({ host }) => host))];
    const known = this.#site.feed.cluster ? hostNames(this.#site.feed.cluster) : [];
    const colours = hostColours(names.every((name) => known.includes(name)) ? known : names);
    const facts = [trace.channel && `channel ${trace.channel}`, number(trace.seq) && `seq ${trace.seq}`, `at ${moment(rows[0].at)}`].filter(Boolean);
    const ends = [['the poster had its answer', trace.until_replied], ['the last host’s first subscriber had it', trace.until_written]]
      .filter(([, time]) => number(time)).map(([what, time]) => `${what} after ${micros(time)}`).join('; ');
    const notes = [ends && `${ends[0].toUpperCase()}${ends.slice(1)}.`, ...(trace.notes ?? []).map((note) => `Also: ${note}.`), ...clockWords(trace)].filter(Boolean);
    this.#answer.replaceChildren(...[
      el('h2', { id: 'trace-total' }, `${micros(total)}, ${rows.length} steps on ${names.length} ${names.length === 1 ? 'host' : 'hosts'}`),
      el('p', { class: 'quiet' }, facts.join(' · ')),
      longest ? el('p', { id: 'trace-longest' }, 'Longest wait: ', el('b', {}, `${micros(longest.waited)} for ${words}`)) : null,
      notes.length ? el('ul', { id: 'trace-notes', class: 'notes' }, ...notes.map((note) => el('li', {}, note))) : null,
      this.#lanes(rows, total, names, colours),
      this.#steps(rows, total, longest, colours),
      el('p', { class: 'quiet small' }, `Trace ${id}. Each wait counts from the step before it on the message’s way; a pale one kept nobody waiting. Times of other hosts are put on this host’s clock so that causes come before effects.`),
    ].filter(Boolean));
  }

  // A lane per host, a dot per step; the line goes through them in the order of time.
  #lanes(rows, total, names, colours) {
    const x = (row) => laneLeft + 8 + (total ? row.after / total : 0) * (laneWide - 16);
    const y = (row) => names.indexOf(row.host) * laneTall + laneTall / 2;
    const picture = svg('svg', {
      class: 'lanes', viewBox: `0 0 1000 ${names.length * laneTall}`, height: names.length * laneTall, preserveAspectRatio: 'none', role: 'img',
      'aria-label': `The trip over ${names.join(', ')}; the table below says the same.`,
    });
    for (const [at, name] of names.entries()) {
      picture.append(svg('rect', { class: 'lane', 'data-colour': colours.get(name), x: laneLeft, y: at * laneTall + 2, width: laneWide, height: laneTall - 4 }));
    }
    picture.append(svg('path', { class: 'trip', d: rows.map((row, at) => `${at ? 'L' : 'M'}${x(row).toFixed(1)} ${y(row)}`).join('') }));
    for (const row of rows) {
      // A line, whose width does not shrink with the picture.
      const dot = svg('line', { class: 'dot', 'data-colour': colours.get(row.host), x1: x(row), x2: x(row), y1: y(row) - 8, y2: y(row) + 8 });
      dot.append(svg('title', {}, `${row.step} on ${row.host}, ${micros(row.after)}`));
      picture.append(dot);
    }
    return el('div', { class: 'lanes-box' },
      el('ul', { class: 'lane-names' }, ...names.map((name) => el('li', { 'data-colour': colours.get(name) }, name))), picture);
  }

  #steps(rows, total, longest, colours) {
    const list = el('ol', { class: 'steps', id: 'trace-steps' });
    for (const row of rows) {
      const bar = svg('svg', { class: 'gap', viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        svg('rect', { class: 'track', width: 1000, height: 10 }), svg('rect', { height: 10 }));
      const start = total ? ((row.after - row.waited) / total) * 1000 : 0;
      set(bar.lastChild, { x: Math.max(0, Math.min(start, 996)), width: Math.max(4, total ? (row.waited / total) * 1000 : 0), 'data-colour': colours.get(row.host) });
      list.append(el('li', { class: row === longest ? 'longest' : row.awaited || !row.cause ? '' : 'unawaited' },
        el('span', { class: 'host', 'data-colour': colours.get(row.host) }, row.host),
        el('b', { class: 'step' }, row.step),
        el('span', { class: 'after num' }, micros(row.after)),
        el('span', { class: 'more num' }, row.cause ? `+${micros(row.waited)}` : ''),
        bar,
        row.detail ? el('span', { class: 'detail quiet' }, row.detail) : null));
    }
    return list;
  }
}
