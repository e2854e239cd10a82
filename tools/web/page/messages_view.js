// The list of messages: days, groups of one author, edits, what is still on its way; scrolling into
// the past; staying at the end while new ones come. Draws what a Room and an Outbox know.
import { byId, el, reconcile } from './dom.js';
import { errorText, language, t } from './strings.js';
import { escapeText, parseText, unescapeText } from './text.js';

const groupSeconds = 300;  // messages of one author within this time stand under one name
const nearTop = 400;       // pixels: from here the next older page is read
const nearEnd = 80;        // pixels: somebody this close to the end wants to stay there

export class MessagesView {
  #chat;
  #list = byId('messages');
  #scroller = byId('scroller');
  #edge = byId('history-edge');
  #jump = byId('jump');
  #editing = null;  // ts of the message being edited
  #room = null;
  #wasAtEnd = true;
  // The composer grows, a phone's keyboard opens: the end stays in sight.
  #resized = new ResizeObserver(() => this.#wasAtEnd && this.#room && this.toEnd());

  // `chat` answers: people, outbox, me, channelTitle(id), actions, seen().
  constructor(chat) {
    this.#chat = chat;
    this.#scroller.onscroll = () => this.#scrolled();
    this.#jump.onclick = () => this.toEnd();
    this.#resized.observe(this.#scroller);
  }

  stop() {
    this.#resized.disconnect();
    this.#list.replaceChildren();
  }

  get atEnd() {
    return this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight < nearEnd;
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#jump.hidden = true;
    this.#wasAtEnd = true;
    this.#chat.seen();
  }

  // what: 'open', 'older', 'newer', 'own' or 'words' (another language or name).
  draw(room, what) {
    const fresh = this.#room !== room;
    if (fresh) this.#list.replaceChildren();
    this.#room = room;
    const stay = !fresh && what !== 'own' && !this.#wasAtEnd;
    const fromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    const before = this.#scroller.scrollTop;
    this.#drawEdge(room);
    reconcile(this.#list, this.#rows(room));
    if (!stay) this.toEnd();
    else if (what === 'older') this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd;
    else {
      this.#scroller.scrollTop = before;
      if (what === 'newer' && !this.atEnd) this.#jump.hidden = false;
    }
    if (!room.loading) this.#readOnIfShort();
  }

  // The newest message of ours, for the arrow-up key.
  editNewestOwn() {
    const own = this.#room?.timeline.messages.findLast((message) => this.#isOwn(message));
    if (own) this.#edit(own.ts);
  }

  #scrolled() {
    this.#wasAtEnd = this.atEnd;
    if (this.#wasAtEnd && !this.#jump.hidden) this.toEnd();
    this.#readOnIfShort();
  }

  #readOnIfShort() {
    const room = this.#room;
    if (room && !room.failed && !room.loading && this.#scroller.scrollTop < nearTop) room.loadOlder();
  }

  #drawEdge(room) {
    this.#edge.replaceChildren();
    if (room.loading && !room.timeline.complete) this.#edge.append(t('loading'));
    else if (room.failed) {
      this.#edge.append(errorText(room.failed), ' ',
        el('button', { type: 'button', class: 'plain', onclick: () => room.refresh() }, t('retry')));
    } else if (room.timeline.complete) {
      this.#edge.append(t('beginning', { name: this.#chat.channelTitle(room.id) }));
    }
  }

  #rows(room) {
    const rows = [];
    let day = '';
    let previous = null;
    let newLine = false;
    for (const message of room.timeline.messages) {
      const date = dateOf(message);
      const today = date.toDateString();
      if (today !== day) {
        rows.push(dayRow(date));
        previous = null;
      }
      day = today;
      if (!newLine && room.wasUnread(message) && message.user !== this.#chat.me) {
        newLine = true;
        previous = null;
        rows.push({ key: 'new', signature: language(), make: () => el('li', { class: 'rule new' }, t('new_messages')) });
      }
      rows.push(this.#row(message, previous));
      previous = message;
    }
    for (const item of this.#chat.outbox.pending(room.id)) rows.push(this.#pendingRow(item));
    return rows;
  }

  #row(message, previous) {
    const joined = previous && previous.user === message.user && !isNote(message) && !isNote(previous) &&
      previous.username === message.username && Number(message.ts) - Number(previous.ts) < groupSeconds;
    const name = message.username || this.#chat.people.name(message.user);
    const editing = this.#editing === message.ts;
    const parts = [message.text, message.edited?.ts, joined, name, editing, language()];
    return {
      key: message.ts,
      signature: parts.join('\u0000'),
      make: () => (isNote(message) ? this.#note(message, name) : this.#message(message, name, joined, editing)),
    };
  }

  #note(message, name) {
    const text = message.topic ?? message.purpose ?? message.name ?? '';
    const what = t(`did_${message.subtype.replace(/^(channel|group)_/, '')}`, { text: unescapeText(text) });
    return el('li', { class: 'note' }, el('b', {}, name), ' ', what, ' ', timeOf(message));
  }

  #message(message, name, joined, editing) {
    const body = editing ? this.#editor(message) : this.#body(message);
    return el('li', { class: joined ? 'message joined' : 'message', 'data-ts': message.ts },
      joined ? null : avatar(message.user ?? name, name),
      el('div', { class: 'content' },
        joined ? null : el('div', { class: 'by' }, el('b', {}, name),
          message.bot_id ? el('small', { class: 'badge' }, t('bot')) : null, timeOf(message)),
        body),
      joined ? timeOf(message) : null,
      this.#isOwn(message) && !editing ? this.#actions(message) : null);
  }

  #body(message) {
    const node = el('p', { class: message.subtype === 'me_message' ? 'text me' : 'text' });
    for (const part of parseText(message.text ?? '', (id) => this.#chat.people.name(id))) {
      if (part.kind === 'link') {
        node.append(el('a', { href: part.href, target: '_blank', rel: 'noreferrer noopener' }, part.text));
      } else if (part.kind === 'person') node.append(el('b', { class: 'mention' }, part.text));
      else node.append(part.text);
    }
    if (message.edited) node.append(el('small', { class: 'quiet' }, ` (${t('edited')})`));
    return node;
  }

  #actions(message) {
    const button = (what, then) =>
      el('button', { type: 'button', class: 'plain', onclick: then }, t(what));
    return el('div', { class: 'actions' },
      button('edit', () => this.#edit(message.ts)),
      button('delete', () => this.#chat.actions.remove(message.ts)));
  }

  #editor(message) {
    const area = el('textarea', { 'aria-label': t('edit'), rows: 2 });
    area.value = unescapeText(message.text);
    const save = () => {
      this.#edit(null);
      const text = area.value.trim();
      if (text && text !== unescapeText(message.text)) this.#chat.actions.saveEdit(message.ts, escapeText(text));
    };
    area.onkeydown = (event) => {
      if (event.key === 'Escape') this.#edit(null);
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        save();
      }
    };
    return el('div', { class: 'editor' }, area, el('div', {},
      el('button', { type: 'button', class: 'primary', onclick: save }, t('save')),
      el('button', { type: 'button', class: 'plain', onclick: () => this.#edit(null) }, t('cancel'))));
  }

  #edit(ts) {
    this.#editing = ts;
    reconcile(this.#list, this.#rows(this.#room));
    if (ts) {
      const area = this.#list.querySelector('.editor textarea');
      area?.focus();
      area?.scrollIntoView({ block: 'nearest' });
    } else byId('composer-text').focus();
  }

  #pendingRow(item) {
    const { outbox, people, me } = this.#chat;
    const state = item.state === 'failed'
      ? el('span', { class: 'error', role: 'alert' }, t('not_sent', { why: errorText(item.error) }), ' ',
        el('button', { type: 'button', class: 'plain', onclick: () => outbox.retry(item.id) }, t('retry')),
        el('button', { type: 'button', class: 'plain', onclick: () => outbox.discard(item.id) }, t('discard')))
      : el('small', { class: 'quiet' }, t('sending'));
    return {
      key: `pending-${item.id}`,
      signature: `${item.state} ${language()}`,
      make: () => el('li', { class: `message pending ${item.state}` }, avatar(me, people.name(me)),
        el('div', { class: 'content' }, el('div', { class: 'by' }, el('b', {}, people.name(me)), state),
          this.#body({ text: item.text }))),
    };
  }

  #isOwn(message) {
    return message.user === this.#chat.me && !message.bot_id && !isNote(message);
  }
}

// What the host writes itself about a channel: joins, topics and the like.
const notes = ['join', 'leave', 'topic', 'purpose', 'name', 'archive', 'unarchive'];
const isNote = (message) => notes.includes((message.subtype ?? '').replace(/^(channel|group)_/, ''));

const dateOf = (message) => new Date(Number(message.ts) * 1000);

function dayRow(date) {
  const key = `day-${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
  const daysAgo = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  const text = daysAgo === 0 ? t('today') : daysAgo === 1 ? t('yesterday')
    : date.toLocaleDateString(language(), { dateStyle: 'full' });
  return { key, signature: text, make: () => el('li', { class: 'rule' }, text) };
}

function timeOf(message) {
  const date = dateOf(message);
  return el('time', { datetime: date.toISOString(), title: date.toLocaleString(language()) },
    date.toLocaleTimeString(language(), { hour: 'numeric', minute: '2-digit' }));
}

// A person's sign: the first letter on a colour made from the id.
export function avatar(id, name) {
  const node = el('span', { class: 'avatar', 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '?');
  let hash = 0;
  for (const letter of id) hash = (Math.imul(hash, 31) + letter.codePointAt(0)) >>> 0;
  node.style.setProperty('--hue', (hash * 137) % 360);
  return node;
}
