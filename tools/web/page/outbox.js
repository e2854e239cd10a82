// Messages on their way. Each keeps its client_msg_id until the host has acknowledged it, so it can
// be sent again without fear: the host knows the second copy as the first. They are kept in
// localStorage, so neither a lost network nor a closed tab loses one. One at a time per channel,
// in the order written.
import { callOnce, newMessageId } from './api.js';
import { backoff, pause } from './backoff.js';

export class Outbox {
  #token;
  #key;
  #changed;
  #items;
  #busy = new Set();  // channels with a message in flight

  // changed(item, message): its state is now item.state: 'sending', 'sent' or 'failed'; `message` is
  // what the host made of it, when the acknowledgement came before the event.
  constructor(token, user, changed) {
    this.#token = token;
    this.#key = `carillon.outbox.${user}`;
    this.#changed = changed;
    this.#items = JSON.parse(localStorage.getItem(this.#key) ?? '[]');
    for (const channel of new Set(this.#items.map((item) => item.channel))) this.#run(channel);
  }

  stop() {
    this.#token = null;
  }

  post(channel, text) {
    const item = { id: newMessageId(), channel, text, state: 'sending' };
    this.#items.push(item);
    this.#tell(item);
    this.#run(channel);
  }

  pending(channel) {
    return this.#items.filter((item) => item.channel === channel);
  }

  // Its event or its acknowledgement came, whichever is first.
  arrived(clientMsgId, message) {
    const item = this.#items.find(({ id }) => id === clientMsgId);
    if (!item) return;
    this.#items = this.#items.filter((other) => other !== item);
    item.state = 'sent';
    this.#tell(item, message);
  }

  retry(id) {
    const item = this.#items.find((candidate) => candidate.id === id);
    item.state = 'sending';
    this.#tell(item);
    this.#run(item.channel);
  }

  discard(id) {
    this.arrived(id);
  }

  async #run(channel) {
    if (this.#busy.has(channel)) return;
    this.#busy.add(channel);
    let attempt = 0;
    for (let item = this.#next(channel); item && this.#token; item = this.#next(channel)) {
      try {
        const { message } = await callOnce(this.#token, 'chat.postMessage', {
          channel, text: item.text, client_msg_id: item.id,
        });
        attempt = 0;
        this.arrived(item.id, message);
      } catch (error) {
        if (error.retryable) {
          await pause(Math.max(error.retryAfterMs ?? 0, backoff(attempt++)));
          continue;
        }
        item.state = 'failed';
        item.error = error.code;
        this.#tell(item);
      }
    }
    this.#busy.delete(channel);
  }

  #next(channel) {
    return this.#items.find((item) => item.channel === channel && item.state === 'sending');
  }

  #tell(item, message) {
    localStorage.setItem(this.#key, JSON.stringify(this.#items));
    this.#changed(item, message);
  }
}
