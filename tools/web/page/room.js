// The open channel: reads its history, takes its live events in, knows who is typing there.
import { call } from './api.js';
import { Timeline } from './timeline.js';

const pageSize = 60;
const refreshPages = 8;       // a refresh that needs more gives up the older part of the stretch
const typingShownMs = 5_000;  // a typing notice is good for so long

export class Room {
  timeline = new Timeline();
  failed = null;    // error code, when the history could not be read
  #lastRead;        // when the room was opened, or was left alone since
  #newestUnread;    // of what waited then
  #token;
  #changed;
  #loading = null;
  #refreshAgain = false;
  #typing = new Map();  // user -> time at which the notice is over

  // changed('older' | 'newer' | 'typing')
  constructor(token, channel, changed) {
    this.id = channel.id;
    this.#lastRead = channel.last_read ?? '';
    this.#token = token;
    this.#changed = changed;
  }

  get loading() {
    return this.#loading !== null;
  }

  // It waited here when somebody came: above the first of these stands the line "new".
  wasUnread(message) {
    return Number(this.#lastRead) > 0 && message.ts > this.#lastRead && message.ts <= this.#newestUnread;
  }

  // Nobody is there to see what is after `lastRead`. The line stays where it is then when they are back.
  missed(lastRead) {
    const newest = this.timeline.newest?.ts ?? '';
    if (newest <= (lastRead ?? '')) return;
    this.#lastRead = lastRead ?? '';
    this.#newestUnread = newest;
  }

  // One page further into the past. While one is on its way, the same promise again.
  loadOlder() {
    if (this.timeline.complete || this.#loading) return this.#loading;
    return this.#load('older', async () => {
      const { messages, cursor } = await this.#page(this.timeline.olderCursor);
      this.timeline.addOlder(messages, cursor);
    });
  }

  // The newest page, and as many more as it takes to reach what we have: at first, after a gap,
  // after a reconnection. Asked for while one runs, it runs once more afterwards, since the first
  // may have read before the second's reason came to be.
  refresh() {
    if (this.#loading) {
      this.#refreshAgain = true;
      return this.#loading;
    }
    return this.#load('newer', async () => {
      const reach = this.timeline.messages[0]?.ts;
      const all = [];
      let cursor = '';
      for (let n = 0; n < refreshPages; ++n) {
        const page = await this.#page(cursor);
        all.push(...page.messages);
        cursor = page.cursor;
        if (!cursor || !reach || page.messages.at(-1)?.ts <= reach) break;
      }
      this.timeline.refresh(all, cursor);
      this.#newestUnread ??= this.timeline.newest?.ts ?? '';
    });
  }

  reconnected() {
    this.timeline.forgetSequence();
    return this.refresh();
  }

  // A message event of this channel. True: it is new here.
  heard(event) {
    const news = this.timeline.apply(event);
    if (news === 'gap') this.refresh();
    this.#typing.delete(event.user);
    this.#changed('newer');
    return news !== 'known';
  }

  heardTyping(user) {
    this.#typing.set(user, Date.now() + typingShownMs);
    this.#changed('typing');
    setTimeout(() => this.#changed('typing'), typingShownMs + 50);
  }

  whoTypes() {
    const now = Date.now();
    return [...this.#typing].filter(([, until]) => until > now).map(([user]) => user);
  }

  async #page(cursor) {
    const answer = await call(this.#token, 'conversations.history', { channel: this.id, limit: pageSize, cursor });
    return { messages: answer.messages, cursor: answer.response_metadata?.next_cursor ?? '' };
  }

  #load(what, work) {
    this.#loading = work()
      .then(() => { this.failed = null; }, (error) => { this.failed = error.code; })
      .finally(() => {
        this.#loading = null;
        this.#changed(what);
        if (this.#refreshAgain) {
          this.#refreshAgain = false;
          this.refresh();
        }
      });
    this.#changed(what);
    return this.#loading;
  }
}
