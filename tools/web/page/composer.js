// The field below the messages. Enter sends, Shift+Enter is a new line; an Enter that ends the
// composition of a Korean syllable does neither. What was typed is kept per channel.
import { byId } from './dom.js';
import { escapeText } from './text.js';

const typingEveryMs = 3_000;  // one notice in so long, while somebody types

export class Composer {
  #area = byId('composer-text');
  #drafts = new Map();
  #channel = null;
  #typingSaid = 0;
  #chat;

  // `chat` answers: post(text), sayTyping(), editNewestOwn().
  constructor(chat) {
    this.#chat = chat;
    byId('composer').onsubmit = (event) => {
      event.preventDefault();
      this.#send();
    };
    this.#area.oninput = () => this.#typed();
    this.#area.onkeydown = (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        this.#send();
      } else if (event.key === 'ArrowUp' && !this.#area.value) {
        event.preventDefault();
        this.#chat.editNewestOwn();
      }
    };
  }

  open(channel, placeholder, focus) {
    if (this.#channel !== channel) {
      if (this.#channel) this.#drafts.set(this.#channel, this.#area.value);
      this.#channel = channel;
      this.#area.value = this.#drafts.get(channel) ?? '';
      this.#fit();
    }
    this.#area.placeholder = placeholder;
    this.#area.setAttribute('aria-label', placeholder);
    if (focus) this.#area.focus();
  }

  #typed() {
    this.#fit();
    const now = Date.now();
    if (!this.#area.value || now - this.#typingSaid < typingEveryMs) return;
    this.#typingSaid = now;
    this.#chat.sayTyping();
  }

  #send() {
    const text = this.#area.value.trim();
    this.#area.focus();
    if (!text) return;
    this.#area.value = '';
    this.#typingSaid = 0;
    this.#fit();
    this.#chat.post(escapeText(text));
  }

  #fit() {
    this.#area.style.height = 'auto';
    this.#area.style.height = `${this.#area.scrollHeight}px`;
  }
}
