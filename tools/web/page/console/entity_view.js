// Anything that has a name: where it lives, how it is, and what an operator may do to it.
import { announce, byId, el } from '../dom.js';
import { describe } from './entity_details.js';
import { entityName } from './pictures.js';

const everyMs = 2_000;
const examples = 'channel/C…, user/U…, sessions/U…, session/HOST:N, slot/N or hub/HOST';

export class EntityView {
  #site;
  #name;
  #input;
  #withText;
  #answer;
  #shown = '';
  #timer = 0;
  #stopped = false;
  #run = 0;

  constructor(place, site, name) {
    this.#site = site;
    this.#name = entityName(name);
    this.#input = el('input', {
      id: 'entity-name', name: 'entity', type: 'search', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false',
      placeholder: 'channel/C…', 'aria-describedby': 'entity-hint', value: name,
    });
    this.#withText = el('input', { type: 'checkbox', id: 'entity-text', onchange: () => this.#ask() });
    this.#answer = el('div', { id: 'entity-answer' });
    place.append(
      el('form', { class: 'search', onsubmit: (event) => this.#search(event) },
        el('label', { for: 'entity-name' }, 'Entity'), this.#input, el('button', { class: 'primary' }, 'Look'),
        el('p', { class: 'quiet', id: 'entity-hint' }, examples),
        el('label', { class: 'check' }, this.#withText, 'Show what people wrote (private)')),
      this.#answer);
    if (this.#name) this.#ask();
    else {
      if (name) this.#refuse(`“${name}” is not a name. Names are ${examples}.`);
      if (matchMedia('(hover: hover)').matches) this.#input.focus();
    }
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #search(event) {
    event.preventDefault();
    const name = entityName(this.#input.value);
    if (!name) {
      this.stop();
      this.#refuse(`“${this.#input.value}” is not a name. Names are ${examples}.`);
    } else if (location.hash !== `#entity/${name}`) location.hash = `#entity/${name}`;
    else {
      this.#stopped = false;
      this.#ask();
    }
  }

  #refuse(why) {
    this.#shown = '';
    this.#answer.replaceChildren(el('p', { class: 'error', role: 'alert' }, why));
  }

  async #ask() {
    clearTimeout(this.#timer);
    if (!this.#name) return;
    const run = ++this.#run;
    try {
      const entities = await this.#site.inspector.entity(this.#name, { tail: 20, text: this.#withText.checked });
      if (this.#stopped || run !== this.#run) return;
      this.#show(entities);
    } catch (error) {
      if (this.#stopped || run !== this.#run) return;
      if (error.refused) return;  // the feed signs out
      // What was there a moment ago stays; the page's own notice says when the host is gone.
      if (error.status !== 0 || !this.#shown) this.#refuse(error.message);
    }
    this.#timer = setTimeout(() => this.#ask(), everyMs);
  }

  #show(entities) {
    const signature = JSON.stringify(entities);
    const selection = getSelection();
    // What somebody is about to copy is not taken away under their hand.
    const held = !selection.isCollapsed && this.#answer.contains(selection.anchorNode);
    if (signature === this.#shown || (held && this.#shown)) return;
    this.#shown = signature;
    const focused = this.#answer.contains(document.activeElement) ? document.activeElement.dataset.what : '';
    this.#answer.replaceChildren(...(entities.length ? entities.map((entity) => describe(entity, this.#controls(entity), this.#site.feed.cluster)) :
      [el('p', { class: 'quiet' }, 'None.')]));
    if (focused) this.#answer.querySelector(`[data-what="${CSS.escape(focused)}"]`)?.focus();
  }

  // Only channels and users can be kept awake or stopped; the rest is machinery.
  #controls({ name }) {
    if (!/^(channel|user)\//.test(name)) return null;
    const button = (what, label, kind, seconds) => el('button', {
      type: 'button', class: kind, 'data-what': `${name} ${label}`, onclick: () => this.#confirm(name, what, label, seconds),
    }, label);
    return el('div', { class: 'controls' },
      button('KEEP_AWAKE', 'Keep awake for 10 min', '', 600),
      button('LET_REST', 'Let rest', ''),
      button('STOP', 'Stop', 'danger'));
  }

  #confirm(name, what, label, seconds = 0) {
    const says = {
      KEEP_AWAKE: `${name} is activated and stays in memory for ${seconds / 60} minutes.`,
      LET_REST: `${name} is no longer kept awake and goes to rest when nobody needs it.`,
      STOP: `${name} leaves memory now. Requests on their way are finished or tried again; the next message activates it anew. Nothing is lost.`,
    };
    const dialog = byId('dialog');
    const error = el('p', { class: 'error', role: 'alert' });
    const go = el('button', {
      type: 'button', class: what === 'STOP' ? 'danger' : 'primary', id: 'dialog-go',
      onclick: async () => {
        go.disabled = true;
        try {
          await this.#site.inspector.operate(name, what, seconds);
          dialog.close();
          announce(`${label}: done.`);
          this.#ask();
        } catch (problem) {
          error.textContent = problem.message;
          go.disabled = false;
        }
      },
    }, label);
    dialog.replaceChildren(el('h2', { id: 'dialog-title' }, `${label}: ${name}?`), el('p', {}, says[what]), error,
      el('footer', {}, el('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'), go));
    dialog.showModal();
  }
}
