// What a person can do besides writing: edit, delete, make, join and leave channels, invite, open a
// DM. Each is one call of the Web API, after a question where one is due; what follows comes back
// as events.
import { call } from './api.js';
import { askDelete, askNewChannel, showMembers } from './dialogs.js';

const membersShown = 200;  // of a channel; more would not be read by anybody

export class Actions {
  #token;
  #chat;

  // `chat` answers: people, conversations, shown, current, channelTitle(id), enter(channel),
  // failed(error).
  constructor(token, chat) {
    this.#token = token;
    this.#chat = chat;
  }

  saveEdit(ts, text) {
    const channel = this.#chat.shown;
    if (channel) this.#do('chat.update', { channel, ts, text });
  }

  async remove(ts) {
    const channel = this.#chat.shown;
    if (channel && await askDelete()) this.#do('chat.delete', { channel, ts });
  }

  async createChannel() {
    const channel = await askNewChannel(async (name, isPrivate) =>
      (await call(this.#token, 'conversations.create', { name, is_private: isPrivate })).channel);
    if (channel) this.#chat.enter(channel);
  }

  async openDirect(user) {
    const answer = await this.#do('conversations.open', { users: user, return_im: true });
    if (answer) this.#chat.enter(answer.channel);
  }

  async join() {
    const answer = await this.#do('conversations.join', { channel: this.#chat.current });
    if (answer) this.#chat.enter(answer.channel);
  }

  async showMembers() {
    const { conversations, people } = this.#chat;
    const channel = conversations.get(this.#chat.current);
    const answer = await this.#do('conversations.members', { channel: channel.id, limit: membersShown });
    if (!answer) return;
    const ours = !channel.is_im && !channel.is_mpim && conversations.isMine(channel.id);
    showMembers({
      title: this.#chat.channelTitle(channel.id),
      members: answer.members,
      strangers: people.all().filter((user) => !answer.members.includes(user.id)),
      people,
      invite: ours && ((users) => call(this.#token, 'conversations.invite', { channel: channel.id, users })),
      leave: ours && !channel.is_general && (() => this.#leave(channel.id)),
    });
  }

  async #leave(channel) {
    const left = await this.#do('conversations.leave', { channel });
    if (left) location.hash = this.#chat.conversations.general().id;
  }

  // The answer, or null when it was refused, which the reader has been told then.
  async #do(method, values) {
    try {
      return await call(this.#token, method, values);
    } catch (error) {
      this.#chat.failed(error);
      return null;
    }
  }
}
