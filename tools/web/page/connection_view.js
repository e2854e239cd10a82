// The strip above the messages: how fresh is what one sees, and short notices.
import { announce, byId, el } from './dom.js';
import { t } from './strings.js';

const calmMs = 1_500;    // a reconnection quicker than this is not worth a word
const noticeMs = 6_000;

export class ConnectionView {
  #node = byId('connection');
  #hurry;
  #timer = 0;

  constructor(hurry) {
    this.#hurry = hurry;
  }

  show(state, { retryAt }) {
    clearInterval(this.#timer);
    document.body.dataset.connection = state;
    if (state === 'live' || state === 'stopped') {
      this.#node.hidden = true;
      return;
    }
    const since = Date.now();
    const draw = () => {
      if (this.#node.hidden && Date.now() - since < calmMs) return;
      const n = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
      // Said aloud once; a countdown is for the eye only.
      if (this.#node.hidden && state === 'waiting') announce(t('connection_lost', { n }));
      this.#node.hidden = false;
      if (state === 'connecting') this.#node.textContent = t('connecting');
      else {
        this.#node.replaceChildren(t('connection_lost', { n }), ' ',
          el('button', { type: 'button', class: 'plain', onclick: this.#hurry }, t('reconnect_now')));
      }
    };
    draw();
    this.#timer = setInterval(draw, 1_000);
  }

  notice(text) {
    this.#node.textContent = text;
    this.#node.hidden = false;
    announce(text);
    setTimeout(() => {
      if (this.#node.textContent === text) this.#node.hidden = true;
    }, noticeMs);
  }
}
