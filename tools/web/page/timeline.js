// The messages of one channel, as far as this page has read them: one unbroken stretch that ends
// with the newest. Pages of history and live events arrive in any order and may overlap; whatever
// the order, the result is the same. No network, no DOM, no clock.
//
// A message's name is its ts, a text of fixed width, so that texts compare as times do. Live events
// carry `seq`, gapless per channel: a jump means that something did not reach us.
export class Timeline {
  messages = [];       // oldest first
  olderCursor = '';    // the next older page
  complete = false;    // the channel's beginning has been read
  #seq = 0;            // of the newest live event; 0: none since the connection began
  #deleted = new Set();

  // Takes a live event in. Returns 'known' (seen before), 'new', or 'gap' (taken in, but something
  // before it is missing: read the newest history again).
  apply(event) {
    const seq = event.seq ?? 0;
    if (seq && seq <= this.#seq) return 'known';
    const gap = seq && this.#seq && seq !== this.#seq + 1;
    this.#seq = seq || this.#seq;
    if (event.subtype === 'message_deleted') this.#remove(event.deleted_ts);
    else if (event.subtype === 'message_changed') this.#replace(event.message);
    else this.#insert(event);
    return gap ? 'gap' : 'new';
  }

  // A new connection: events before it may be missing, so the next one starts the count.
  forgetSequence() {
    this.#seq = 0;
  }

  // Our own message, as the answer to the post has it; its event may come before or after.
  add(message) {
    this.#insert(message);
  }

  // A page older than everything here, newest message first, as conversations.history gives it.
  addOlder(page, nextCursor) {
    for (const message of page) this.#insert(message);
    this.olderCursor = nextCursor;
    this.complete = !nextCursor;
  }

  // The newest history, read again after a gap or a reconnection: `page` holds all messages from
  // the channel's newest down to page's oldest. What we have in that stretch and the page has not
  // was deleted meanwhile, unless it came live while the page was on its way.
  refresh(page, nextCursor) {
    if (page.length === 0) {
      if (!nextCursor) this.complete = true;
      return;
    }
    const newest = page[0].ts;
    const oldest = page[page.length - 1].ts;
    const reached = this.messages.length > 0 && oldest <= this.messages[0].ts;
    const inPage = new Set(page.map((message) => message.ts));
    this.messages = this.messages.filter(({ ts }) => ts > newest || inPage.has(ts));
    for (const message of page) this.#insert(message);
    // Older messages than the page's were given up above if the page did not reach them, so there
    // is never a hole; reading on starts at the page's end.
    if (!reached || !nextCursor) {
      this.olderCursor = nextCursor;
      this.complete = !nextCursor;
    }
  }

  find(ts) {
    const at = this.#position(ts);
    return this.messages[at]?.ts === ts ? this.messages[at] : undefined;
  }

  get newest() {
    return this.messages[this.messages.length - 1];
  }

  #insert(message) {
    if (this.#deleted.has(message.ts) || message.subtype === 'tombstone') return;
    const at = this.#position(message.ts);
    const known = this.messages[at];
    if (known?.ts !== message.ts) this.messages.splice(at, 0, message);
    else if ((message.edited?.ts ?? '') > (known.edited?.ts ?? '')) this.messages[at] = message;
  }

  // An edit of a message outside our stretch changes nothing here.
  #replace(message) {
    if (this.find(message.ts)) this.#insert(message);
  }

  #remove(ts) {
    this.#deleted.add(ts);
    this.messages = this.messages.filter((message) => message.ts !== ts);
  }

  // Of the first message not before ts.
  #position(ts) {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.messages[middle].ts < ts) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
