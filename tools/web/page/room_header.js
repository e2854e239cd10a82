// What stands above and below the messages: the channel's name and topic, who is typing, and, for a
// channel one has not joined or that is archived, a word on that instead of the composer.
import { byId } from './dom.js';
import { t } from './strings.js';
import { unescapeText } from './text.js';

export class RoomHeader {
  #chat;

  constructor(chat) {
    this.#chat = chat;
  }

  draw(channel) {
    byId('room-details').hidden = !channel;
    if (!channel) return;
    const name = this.#chat.channelTitle(channel.id);
    const member = this.#chat.conversations.isMine(channel.id);
    byId('room-name').textContent = name;
    byId('room-topic').textContent = unescapeText(channel.topic?.value ?? '');
    byId('composer').hidden = !member || channel.is_archived;
    byId('joiner').hidden = member && !channel.is_archived;
    byId('joiner-text').textContent = t(channel.is_archived ? 'archived' : 'join_question', { name });
    byId('joiner-button').hidden = Boolean(channel.is_archived);
  }
}

export function drawTyping(names) {
  const [a, b] = names;
  const key = ['', 'typing_one', 'typing_two'][names.length] ?? 'typing_many';
  byId('typing').textContent = key ? t(key, { a, b }) : '';
}
