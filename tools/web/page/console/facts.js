// A list of "name: value" that is told again and again what to show.
import { el } from '../dom.js';
import { say } from './draw.js';

export class Facts {
  #list = el('dl', { class: 'facts' });

  constructor(place) {
    place.append(this.#list);
  }

  // rows: [[name, text, class, href]]; a row without text is left out.
  show(rows) {
    const wanted = rows.filter(([, text]) => text !== undefined && text !== null && text !== '');
    const signature = JSON.stringify(wanted.map(([name, , , href]) => [name, Boolean(href)]));
    if (this.#list.dataset.signature !== signature) {
      this.#list.dataset.signature = signature;
      this.#list.replaceChildren(...wanted.map(([name, , , href]) =>
        el('div', {}, el('dt', {}, name), el('dd', {}, el(href ? 'a' : 'span')))));
    }
    wanted.forEach(([, text, kind = '', href], at) => {
      const place = this.#list.children[at].lastElementChild.firstElementChild;
      say(place, String(text));
      if (place.className !== kind) place.className = kind;
      if (href && place.getAttribute('href') !== href) place.setAttribute('href', href);
    });
  }
}
