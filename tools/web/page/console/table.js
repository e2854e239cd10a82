// A table that is told again and again what to show and touches only the cells that changed, so
// that focus, selection and scrolling survive a picture per second. On a narrow screen the style
// turns each row into a card, with the column's title beside each value.
import { el } from '../dom.js';
import { say } from './draw.js';

export class Table {
  #body;
  #columns;
  #empty;
  #rows = new Map();  // key -> {node, cells}

  // A column: {title, kind, text(row), href(row), hint(row), draw(cell, row)}. `kind` is the class of its cells
  // ('num' for numbers, 'wide' for what fills a card's line). With href the text is a link when it
  // gives an address; draw adds to the text or stands for it.
  constructor(parent, columns, { caption, empty = 'Nothing.' }) {
    this.#columns = columns;
    this.#body = el('tbody');
    this.#empty = el('p', { class: 'quiet empty' }, empty);
    const head = el('tr', {}, ...columns.map(({ title, kind }) => el('th', { scope: 'col', class: kind }, title)));
    const table = el('table', { 'aria-label': caption }, el('thead', {}, head), this.#body);
    this.wrap = el('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': caption }, table);
    parent.append(this.wrap, this.#empty);
  }

  // keyOf(row): what makes it the same row next time. classOf(row): its class, or ''.
  show(rows, keyOf, classOf = () => '') {
    this.wrap.hidden = rows.length === 0;
    this.#empty.hidden = rows.length > 0;
    const wanted = new Set(rows.map(keyOf));
    for (const [key, { node }] of this.#rows) {
      if (wanted.has(key)) continue;
      node.remove();
      this.#rows.delete(key);
    }
    let at = this.#body.firstElementChild;
    for (const row of rows) {
      const key = keyOf(row);
      const { node, cells } = this.#rows.get(key) ?? this.#make(key);
      if (node.className !== classOf(row)) node.className = classOf(row);
      this.#columns.forEach((column, n) => this.#fill(cells[n], column, row));
      if (node === at) at = at.nextElementSibling;
      else this.#body.insertBefore(node, at);
    }
  }

  #make(key) {
    const cells = this.#columns.map(({ title, kind }) => el('td', { class: kind, 'data-title': title }));
    const made = { node: el('tr', {}, ...cells), cells };
    this.#rows.set(key, made);
    return made;
  }

  #fill(cell, column, row) {
    if (column.text) {
      const href = column.href?.(row);
      let place = cell.firstElementChild;
      if (!place || (place.tagName === 'A') !== Boolean(href)) {
        const made = el(href ? 'a' : 'span');
        place ? place.replaceWith(made) : cell.prepend(made);
        place = made;
      }
      if (href && place.getAttribute('href') !== href) place.setAttribute('href', href);
      say(place, column.text(row));
    }
    const hint = column.hint?.(row) ?? '';
    if (cell.title !== hint) cell.title = hint;
    column.draw?.(cell, row);
  }
}
