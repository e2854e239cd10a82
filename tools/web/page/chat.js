// One signed-in person's chat: holds what is known, takes events in, carries out what the views
// ask for, and tells the views what to draw. The open channel stands in the address (#C…), so that
// reload, back and links work.
import { Actions } from './actions.js';
import { call, isSignedOut } from './api.js';
import { Attention, watchUse } from './attention.js';
import { backoff, pause } from './backoff.js';
import { Composer } from './composer.js';
import { ConnectionView } from './connection_view.js';
import { Conversations, countsAsUnread, isStructural } from './conversations.js';
import { announce, byId } from './dom.js';
import { Live } from './live.js';
import { MessagesView } from './messages_view.js';
import { clearBadge, tellRead } from './notifications.js';
import { Outbox } from './outbox.js';
import { People } from './people.js';
import { Room } from './room.js';
import { drawTyping, RoomHeader } from './room_header.js';
import { SidebarView } from './sidebar_view.js';
import { errorText, t } from './strings.js';
import { plainText } from './text.js';

const settleMs = 150;  // structural events come in bunches; the lists are read once per bunch

export class Chat {
  people = new People();
  conversations = new Conversations();
  current = undefined;  // id of the open channel
  me;
  outbox;
  actions;
  #token;
  #room = null;         // of the open channel; null while it is being opened
  #live;
  #attention = new Attention();
  #use = watchUse(() => this.used());
  #views;
  #signedOut;
  #reloadTimer = 0;
  #drawTimer = 0;
  #connectedBefore = false;
  #watchLater = false;  // presences, at the next touch
  #stopped = false;

  // signedOut(code): the token is no good any more.
  constructor({ token, user }, signedOut) {
    this.#token = token;
    this.me = user;
    this.#signedOut = signedOut;
    this.outbox = new Outbox(token, user, (item, message) => this.#outboxMoved(item, message));
    this.actions = new Actions(token, this);
    this.#live = new Live({
      address: () => this.#address(),
      event: (event) => this.#heard(event),
      state: (name, details) => this.#connection(name, details),
      refused: (error) => this.#refused(error),
    });
    this.#views = {
      sidebar: new SidebarView(this),
      messages: new MessagesView(this),
      composer: new Composer(this),
      header: new RoomHeader(this),
      connection: new ConnectionView(() => this.#live.hurry()),
    };
  }

  async start() {
    byId('sign').hidden = true;
    byId('chat').hidden = false;
    this.used();  // who opened the page is there
    onhashchange = () => this.#openFromAddress();
    ononline = () => this.#live.hurry();
    document.onvisibilitychange = () => document.hidden || this.#live.hurry();
    byId('room-details').onclick = () => this.actions.showMembers();
    byId('joiner-button').onclick = () => this.actions.join();
    byId('back').onclick = () => { location.hash = ''; };
    if (!(await this.#load())) return;
    this.#live.start();
    this.#openFromAddress();
    if (!this.current && innerWidth > 720) this.#open(this.conversations.general()?.id);
    this.drawLists();
    await this.#loadUnread();
  }

  stop() {
    this.#stopped = true;
    this.#use.stop();
    this.#live.stop();
    this.outbox.stop();
    this.#views.messages.stop();
    clearTimeout(this.#reloadTimer);
    onhashchange = ononline = document.onvisibilitychange = null;
    document.title = 'Carillon';
  }

  // In another language now.
  words() {
    this.drawLists();
    this.#drawRoom('words');
  }

  // ---- what the views ask for ----------------------------------------------------------------

  channelTitle(id) {
    const channel = this.conversations.get(id);
    if (!channel) return id;
    if (channel.is_im) return this.people.name(channel.user);
    if (channel.is_mpim) return this.#groupTitle(channel);
    return `#${channel.name}`;
  }

  post(text) {
    this.outbox.post(this.current, text);
    this.#drawRoom('own');
  }

  sayTyping() {
    this.#live.send({ type: 'typing', channel: this.current });
  }

  editNewestOwn() {
    this.#views.messages.editNewestOwn();
  }

  // Somebody is at the page.
  used() {
    const now = Date.now();
    this.#attention.used(now);
    if (this.#attention.isToBeTold(now) && this.#live.send({ type: 'carillon.active' })) this.#attention.told(now);
    if (this.#watchLater) this.#watchPresence();
    this.seen();
  }

  // If the end of the open channel is on the screen, and somebody there: what is there counts as read.
  seen() {
    const newest = this.#room?.timeline.newest;
    const channel = this.conversations.get(this.current);
    if (!newest || !this.conversations.isMine(this.current) || newest.ts <= (channel.last_read ?? '')) return;
    if (!this.#looking()) return;
    this.conversations.markRead(this.current, newest.ts);
    call(this.#token, 'conversations.mark', { channel: this.current, ts: newest.ts }).catch(() => {});
    this.#closeRead();
    this.drawLists();
  }

  // The channel whose messages are on the screen; undefined while it is being opened.
  get shown() {
    return this.#room?.id;
  }

  // A channel that this user is in from now on: made, joined or opened by one of the actions.
  enter(channel) {
    this.conversations.remember(channel);
    location.hash = channel.id;
    this.drawLists();
    this.#reloadSoon();
  }

  // An action was refused: said in passing, unless it means that the session is over.
  failed(error) {
    if (!this.#refused(error)) this.#views.connection.notice(errorText(error.code));
  }

  // Many reasons to draw the lists come together: once per frame is enough.
  drawLists() {
    this.#drawTimer ||= requestAnimationFrame(() => {
      this.#drawTimer = 0;
      this.#views.sidebar.draw();
      this.#views.header.draw(this.conversations.get(this.current));
      const unread = this.conversations.unreadTotal();
      const title = this.current ? `${this.channelTitle(this.current)} · Carillon` : 'Carillon';
      document.title = unread ? `(${unread}) ${title}` : title;
    });
  }

  // ---- events --------------------------------------------------------------------------------

  #heard(event) {
    if (event.type === 'message') this.#heardMessage(event);
    else if (event.type === 'user_typing') {
      if (event.channel === this.#room?.id && event.user !== this.me) this.#room.heardTyping(event.user);
    } else if (this.people.heard(event)) {
      if (event.type === 'team_join') this.#watchPresence();
      if (event.type !== 'presence_change') this.#drawRoom('words');
      this.drawLists();
    } else if (this.conversations.heardMark(event)) {
      this.#closeRead();
      this.drawLists();
    }
    if (isStructural(event)) this.#reloadSoon();
  }

  #heardMessage(event) {
    const here = event.channel === this.#room?.id;
    const isNew = !event.subtype || !event.subtype.startsWith('message_');
    if (event.client_msg_id && event.user === this.me) this.outbox.arrived(event.client_msg_id, event);
    if (!this.conversations.isMine(event.channel)) this.#reloadSoon();
    this.people.learn(this.#token, event.user).then((learnt) => learnt && this.words());
    const known = here && !this.#room.heard(event);
    if (!isNew || known || event.user === this.me || !countsAsUnread(event)) return;
    if (!here || !this.#looking()) {
      this.conversations.countUnread(event.channel);
      this.drawLists();
    }
    if (here) this.#announce(event);
  }

  // The end of the open channel is in sight of somebody.
  #looking() {
    return this.#attended() && byId('room').offsetParent !== null && this.#views.messages.atEnd;
  }

  #attended() {
    return !document.hidden && document.hasFocus() && this.#attention.isRecent(Date.now());
  }

  // To subscribe is a use to the host: while nobody is here, it waits for the next touch.
  #watchPresence() {
    this.#watchLater = !this.#attention.isRecent(Date.now());
    if (!this.#watchLater) this.people.subscribe(this.#live);
  }

  // What was read, here or on another device, needs no notification any more.
  #closeRead() {
    tellRead(this.conversations.lastRead(), this.#looking() ? this.current : undefined).catch(() => {});
    if (!this.conversations.unreadTotal()) clearBadge().catch(() => {});
  }

  // For screen readers: one sentence per new message, instead of a live region over the whole list.
  #announce(event) {
    const text = plainText(event.text ?? '', (id) => this.people.name(id));
    announce(t('said', { name: this.people.name(event.user), text }));
  }

  #outboxMoved(item, message) {
    if (item.channel !== this.#room?.id) return;
    if (message) this.#room.timeline.add(message);
    this.#drawRoom('own');
  }

  // ---- the connection ------------------------------------------------------------------------

  // The socket is on the port that the page came from, whatever name or proxy stands between.
  async #address() {
    const answer = await call(this.#token, 'rtm.connect', {}, 1);
    const url = new URL(answer.url);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    url.host = location.host;
    return url.href;
  }

  #connection(name, details) {
    this.#views.connection.show(name, details);
    if (name !== 'live') return;
    this.people.subscribe(this.#live);
    if (this.#connectedBefore) this.#catchUp();
    this.#connectedBefore = true;
    this.#room?.reconnected();
  }

  // The first reading, for as long as it takes: a host that is down is no reason to sign out.
  // False: signed out meanwhile.
  async #load() {
    for (let attempt = 0; !this.#stopped; ++attempt) {
      try {
        const { team } = await call(this.#token, 'team.info');
        byId('team-name').textContent = team.name;
        await Promise.all([this.people.load(this.#token), this.conversations.load(this.#token)]);
        return true;
      } catch (error) {
        if (this.#refused(error)) return false;
        const ms = backoff(attempt);
        this.#views.connection.show('waiting', { retryAt: Date.now() + ms });
        await pause(ms);
      }
    }
    return false;
  }

  // Whatever changed while we were away.
  async #catchUp() {
    try {
      await Promise.all([this.people.load(this.#token), this.conversations.load(this.#token)]);
      this.people.subscribe(this.#live);
      await this.#loadUnread({ again: true });
    } catch (error) {
      this.#refused(error);
    }
    this.words();
  }

  #reloadSoon() {
    clearTimeout(this.#reloadTimer);
    this.#reloadTimer = setTimeout(async () => {
      await this.conversations.load(this.#token).catch((error) => this.#refused(error));
      await this.#loadUnread();
      this.drawLists();
    }, settleMs);
  }

  async #loadUnread(how) {
    await this.conversations.loadUnread(this.#token, how).catch((error) => this.#refused(error));
    this.#closeRead();
    this.drawLists();
    this.seen();
  }

  #refused(error) {
    if (!isSignedOut(error)) return false;
    if (!this.#stopped) this.#signedOut(error.code);  // once, and never whoever came after
    return true;
  }

  // ---- the open channel ----------------------------------------------------------------------

  #openFromAddress() {
    const id = location.hash.slice(1);
    if (!id && innerWidth > 720 && this.current) return;
    this.#open(id);
  }

  async #open(id) {
    byId('chat').classList.toggle('in-room', Boolean(id));
    if (!id || id === this.current) {
      this.seen();
      return;
    }
    this.current = id;
    this.#room = null;
    if (location.hash !== `#${id}`) history.replaceState(null, '', `#${id}`);
    let channel = this.conversations.get(id);
    this.#openComposer(matchMedia('(hover: hover)').matches);  // at once: who clicks may type
    try {
      // last_read decides where the line "new" stands, so it is read before the room is drawn.
      if (!channel || channel.last_read === undefined) channel = await this.conversations.loadOne(this.#token, id);
    } catch (error) {  // an old link, a channel one was removed from
      this.failed(error);
      if (this.current === id) this.#open(this.conversations.general()?.id);
      return;
    }
    if (this.current !== id) return;
    const room = new Room(this.#token, channel, (what) => room === this.#room && this.#roomChanged(what));
    this.#room = room;
    this.drawLists();
    this.#drawRoom('open');
    this.#closeRead();
    room.refresh();
  }

  #openComposer(focus) {
    this.#views.composer.open(this.current, t('message_to', { name: this.channelTitle(this.current) }), focus);
  }

  #roomChanged(what) {
    if (what === 'typing') drawTyping(this.#room.whoTypes().map((id) => this.people.name(id)));
    else this.#drawRoom(what);
  }

  #drawRoom(what) {
    if (!this.#room) return;
    if (what === 'newer' && !this.#attended()) this.#room.missed(this.conversations.get(this.current)?.last_read);
    this.#views.messages.draw(this.#room, what);
    this.#openComposer(false);
    drawTyping(this.#room.whoTypes().map((id) => this.people.name(id)));
  }

  #groupTitle(channel) {
    const others = (channel.members ?? []).filter((id) => id !== this.me);
    return others.length ? others.map((id) => this.people.name(id)).join(', ') : channel.name;
  }
}
