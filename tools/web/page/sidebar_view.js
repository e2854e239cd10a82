// The list of conversations: own channels, people and group DMs with unread badges and presence
// dots, channels to join. Draws what Conversations and People know.
import { byId, el, reconcile } from './dom.js';
import { language, t } from './strings.js';

export class SidebarView {
  #chat;

  // `chat` answers: people, conversations, me, current, channelTitle(id), actions.
  constructor(chat) {
    this.#chat = chat;
  }

  draw() {
    const { conversations, people, me } = this.#chat;
    const sections = [
      this.#section('channels', conversations.channels().map((channel) => this.#channel(channel)),
        el('button', { type: 'button', class: 'plain', id: 'new-channel', 'aria-label': t('new_channel'),
          title: t('new_channel'), onclick: () => this.#chat.actions.createChannel() }, '+')),
      this.#section('direct', [
        ...conversations.groups().map((channel) => this.#channel(channel)),
        ...people.all().map((user) => this.#person(user)),
      ]),
    ];
    const joinable = conversations.joinable();
    if (joinable.length) {
      sections.push(this.#section('more_channels', joinable.map((channel) => this.#channel(channel))));
    }
    reconcile(byId('lists'), sections);
    for (const section of sections) reconcile(byId(`list-${section.key}`), section.rows);
    byId('own-name').textContent = people.name(me);
    byId('own-dot').className = people.isActive(me) ? 'dot active' : 'dot';
  }

  #section(key, rows, button) {
    return {
      key,
      rows,
      signature: language(),
      make: () => el('section', { 'aria-labelledby': `title-${key}` },
        el('header', {}, el('h2', { id: `title-${key}` }, t(key)), button), el('ul', { id: `list-${key}` })),
    };
  }

  #channel(channel) {
    const mark = channel.is_mpim ? '⁂' : channel.is_private ? '◆' : '#';
    return this.#row(channel.id, channel.id, this.#chat.channelTitle(channel.id), channel.unread ?? 0,
      (unread) => [el('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
        el('span', { class: 'name' }, channel.is_mpim ? this.#chat.channelTitle(channel.id) : channel.name),
        channel.is_private && !channel.is_mpim ? el('span', { class: 'unseen' }, `(${t('private')})`) : null, unread]);
  }

  #person(user) {
    const { people, conversations, me } = this.#chat;
    const direct = conversations.directWith(user.id);
    const name = people.name(user.id);
    const active = people.isActive(user.id);
    return this.#row(user.id, direct?.id, `${name}${active}`, direct?.unread ?? 0,
      (unread) => [el('span', { class: active ? 'dot active' : 'dot' }),
        el('span', { class: 'name' }, name, user.id === me ? ` (${t('you')})` : ''),
        el('span', { class: 'unseen' }, t(active ? 'active' : 'away')), unread], user.id);
  }

  #row(key, channel, words, unread, content, user) {
    const current = channel !== undefined && channel === this.#chat.current;
    return {
      key,
      signature: [words, unread, current, channel, language()].join('\u0000'),
      make: () => el('li', {}, el('a', {
        href: channel ? `#${channel}` : '#',
        class: unread ? 'unread' : '',
        'aria-current': current ? 'page' : null,
        'data-channel': channel,
        'data-user': user,
        onclick: (event) => {
          if (channel) return;
          event.preventDefault();
          this.#chat.actions.openDirect(user);
        },
      }, ...content(unread ? badge(unread) : null))),
    };
  }
}

const badge = (n) => el('span', { class: 'badge count' },
  el('span', { 'aria-hidden': 'true' }, n > 99 ? '99+' : String(n)), el('span', { class: 'unseen' }, t('unread', { n })));
