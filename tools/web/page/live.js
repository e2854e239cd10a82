// One lasting connection to the host's events, out of many WebSockets: asks rtm.connect for an
// address, listens, says ping when it is quiet, and begins again when the answer stays away.
// It does not fill in what was missed; it says `live` after each hello, and whoever listens to
// events reads the history then (the host has subscribed the socket before it says hello, so from
// there on nothing is missing).
import { backoff } from './backoff.js';

const quietMs = 10_000;   // so long without a frame: ping
const answerMs = 8_000;   // so long without an answer to it: the connection is dead
const helloMs = 10_000;   // so long from opening to hello

export class Live {
  #handlers;
  #socket = null;
  #attempt = 0;
  #timer = 0;
  #nextId = 1;
  #stopped = true;
  #run = 0;  // rises with every attempt; what belongs to an older one is ignored

  // handlers.address(): resolves with the WebSocket URL or rejects with an ApiError.
  // handlers.event(object): every frame except pongs.
  // handlers.state(name, {retryAt}): 'connecting', 'live', 'waiting', 'stopped'.
  // handlers.refused(error): the token is not good any more.
  constructor(handlers) {
    this.#handlers = handlers;
  }

  start() {
    this.#stopped = false;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#drop();
    this.#handlers.state('stopped', {});
  }

  // Now, instead of when the pause is over: the network came back, or somebody pressed the button.
  hurry() {
    if (this.#stopped) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ping();
    else if (!this.#socket) this.#connect();
  }

  // Goes out now or never; false: there is no connection. Nothing durable travels this way.
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify({ id: this.#nextId++, ...frame }));
    return true;
  }

  async #connect() {
    this.#drop();
    const run = this.#run;
    this.#handlers.state('connecting', {});
    let address;
    try {
      address = await this.#handlers.address();
    } catch (error) {
      if (run !== this.#run) return;
      if (!this.#handlers.refused(error)) this.#again(error.retryAfterMs);
      return;
    }
    if (run !== this.#run) return;
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = ({ data }) => run === this.#run && this.#heard(JSON.parse(data));
    socket.onclose = ({ code }) => run === this.#run && this.#closed(code);
    this.#watch(helloMs, () => this.#again());
  }

  #heard(frame) {
    this.#watch(quietMs, () => this.#ping());
    if (frame.type === 'pong') return;
    if (frame.type === 'hello') {
      this.#attempt = 0;
      this.#handlers.state('live', {});
    }
    if (frame.type === 'goodbye') this.#again();
    this.#handlers.event(frame);
  }

  #ping() {
    this.send({ type: 'ping' });
    this.#watch(answerMs, () => this.#again());
  }

  #closed(code) {
    const revoked = 4010;  // the token, while we listened
    if (code === revoked) this.#handlers.refused({ code: 'signed_out' });
    else this.#again();
  }

  #again(atLeastMs = 0) {
    this.#drop();
    const ms = Math.max(atLeastMs, backoff(this.#attempt++));
    this.#handlers.state('waiting', { retryAt: Date.now() + ms });
    this.#watch(ms, () => this.#connect());
  }

  #drop() {
    ++this.#run;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  // The one timer: what happens if nothing else does.
  #watch(ms, then) {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(then, ms);
  }
}
