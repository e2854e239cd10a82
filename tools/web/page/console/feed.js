// The newest picture of the cluster, by whatever way it comes: pushed each second over a WebSocket,
// or, while that does not work, asked for every two seconds. It never stops trying; how old the
// picture is, is for the page to show.
import { backoff } from '../backoff.js';

const pollMs = 2_000;
const quietMs = 5_000;   // a socket that said nothing for so long is dead
const slotsMs = 4_000;   // how old replicas of slots may be while they are on the screen
const slotsMost = 1_024; // in a larger cluster every replica is too much to ask for
const ringMs = 10_000;   // how old the ring may be where it is too large for a push
const topMs = 2_000;     // the same of the longest lists

export class Feed {
  cluster = null;
  top = null;
  at = 0;                // performance.now() when the cluster's picture arrived
  way = 'connecting';    // 'live', 'polling', 'connecting'
  why = '';              // why the last attempt failed; '' when it did not
  #inspector;
  #handlers;
  #socket = null;
  #attempt = 0;
  #stopped = false;
  #timers = new Set();
  #slots = new Map();    // host name -> [slot_picture], as last heard
  #ring = {};            // {places, states}, as last heard
  #heard = { slots: -Infinity, ring: -Infinity, top: -Infinity };  // performance.now() of the last answer or question
  #wanted = {};

  // handlers.changed(): something here is new. handlers.refused(): the token is not good.
  constructor(inspector, handlers) {
    this.#inspector = inspector;
    this.#handlers = handlers;
  }

  start() {
    this.#connect();
    this.#poll();
  }

  stop() {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.close();
    this.#socket = null;
  }

  // {slots, top}: what is on the screen beyond the hosts. What a push does not carry is asked for, but
  // only while somebody looks at it.
  want(wanted) {
    this.#wanted = wanted;
    this.#askMore();
  }

  async #connect() {
    let address;
    try {
      address = await this.#inspector.liveAddress();
    } catch (error) {
      if (!this.#failed(error)) this.#later(backoff(this.#attempt++), () => this.#connect());
      return;
    }
    if (this.#stopped) return;
    const socket = new WebSocket(address);
    this.#socket = socket;
    let watch;
    const heard = () => {
      clearTimeout(watch);
      watch = this.#later(quietMs, () => socket.close());
    };
    const over = () => {
      if (this.#socket !== socket) return;
      clearTimeout(watch);
      this.#socket = null;
      if (this.way === 'live') this.#way('connecting');
      this.#later(backoff(this.#attempt++), () => this.#connect());
      this.#poll();
    };
    heard();
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      heard();
      this.#attempt = 0;
      this.way = 'live';
      this.why = '';
      this.#take(JSON.parse(data));
    };
    // A socket that hangs takes minutes to close; it is forgotten at once.
    socket.onclose = over;
    const close = socket.close.bind(socket);
    socket.close = () => {
      close();
      over();
    };
  }

  async #poll() {
    if (this.#stopped || this.way === 'live') return;
    try {
      const [cluster, top] = await Promise.all([this.#inspector.cluster(), this.#inspector.top()]);
      if (this.#stopped || this.way === 'live') return;
      this.way = 'polling';
      this.why = '';
      this.#take({ cluster, top });
    } catch (error) {
      if (this.#failed(error)) return;
    }
    this.#later(pollMs, () => this.#poll());
  }

  #askMore() {
    if (!this.cluster) return;
    const slots = this.cluster.places?.length ?? 0;
    if (slots && slots <= slotsMost) this.#askOne('slots', slotsMs, async () => ({ cluster: await this.#inspector.cluster({ slots: true }) }));
    else this.#askOne('ring', ringMs, async () => ({ cluster: await this.#inspector.cluster() }), this.#wanted.slots);
    this.#askOne('top', topMs, async () => ({ top: await this.#inspector.top() }));
  }

  async #askOne(what, everyMs, ask, wanted = this.#wanted[what]) {
    if (this.#stopped || !wanted || performance.now() - this.#heard[what] < everyMs) return;
    this.#heard[what] = performance.now();
    try {
      this.#take(await ask());
    } catch (error) {
      this.#failed(error);
    }
  }

  #take({ cluster, top }) {
    if (this.#stopped) return;
    if (cluster) {
      const hosts = cluster.hosts ?? [];
      if (hosts.some(({ slots }) => slots?.length)) {
        this.#slots = new Map(hosts.map(({ name, slots }) => [name, slots ?? []]));
        this.#heard.slots = performance.now();
      }
      if (cluster.places?.length) {
        this.#ring = { places: cluster.places, states: cluster.states };
        this.#heard.ring = performance.now();
      }
      Object.assign(cluster, this.#ring);
      // A picture without replicas keeps those that were last heard of each host that still answers.
      for (const host of hosts) host.slots = this.#slots.get(host.name) ?? [];
      this.cluster = cluster;
      this.at = performance.now();
    }
    if (top) {
      this.top = top;
      this.#heard.top = performance.now();
    }
    this.#handlers.changed();
    this.#askMore();
  }

  // True when it is of no use to go on.
  #failed(error) {
    if (this.#stopped) return true;
    if (error.refused) {
      this.stop();
      this.#handlers.refused();
      return true;
    }
    this.why = error.message;
    this.#handlers.changed();
    return false;
  }

  #way(way) {
    this.way = way;
    this.#handlers.changed();
  }

  #later(ms, then) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopped) then();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }
}
