// The channels and DMs that this user is in, with what is unread in each, and the public channels
// that could be joined.
import { call, callAll } from './api.js';

const every = 'public_channel,private_channel,mpim,im';
const readAtOnce = 6;  // conversations.info calls in flight while unread counts are read

// After one of these the lists are read again: they are rare, and one truth is simpler than many
// small corrections.
const structural = new Set([
  'channel_created', 'channel_rename', 'channel_archive', 'channel_unarchive', 'channel_joined',
  'channel_left', 'channel_deleted', 'group_joined', 'group_left', 'group_rename', 'group_archive',
  'group_unarchive', 'group_open', 'group_close', 'im_created', 'im_open', 'im_close', 'mpim_open',
  'mpim_joined', 'mpim_close', 'member_joined_channel', 'member_left_channel',
]);
const structuralSubtypes = new Set(['channel_topic', 'channel_purpose', 'channel_name']);
const marked = new Set(['channel_marked', 'im_marked', 'group_marked', 'mpim_marked']);

export const isStructural = (event) =>
  structural.has(event.type) || (event.type === 'message' && structuralSubtypes.has(event.subtype));

// Slack's counts leave out joins, topics and the like, and so do we.
export const countsAsUnread = (message) =>
  !message.subtype || ['me_message', 'bot_message', 'file_share', 'thread_broadcast'].includes(message.subtype);

export class Conversations {
  #mine = new Map();
  #others = new Map();

  async load(token) {
    const [mine, open] = await Promise.all([
      callAll(token, 'users.conversations', 'channels', { types: every, exclude_archived: true }),
      callAll(token, 'conversations.list', 'channels', { types: 'public_channel', exclude_archived: true }),
    ]);
    const known = this.#mine;
    this.#mine = new Map(mine.map((channel) => [channel.id, { ...known.get(channel.id), ...channel, is_member: true }]));
    this.#others = new Map(open.filter(({ id }) => !this.#mine.has(id)).map((channel) => [channel.id, channel]));
  }

  // Reads last_read and the number of unread messages of every channel, or of those not read yet.
  async loadUnread(token, { again = false } = {}) {
    const unread = [...this.#mine.values()].filter((channel) => again || channel.unread === undefined);
    const worker = async () => {
      for (let channel = unread.pop(); channel; channel = unread.pop()) await this.loadOne(token, channel.id);
    };
    await Promise.all(Array.from({ length: readAtOnce }, worker));
  }

  async loadOne(token, id) {
    const { channel } = await call(token, 'conversations.info', { channel: id });
    if (channel.is_mpim) {  // its people are its name
      channel.members = (await call(token, 'conversations.members', { channel: id })).members;
    }
    const target = this.#mine.get(id);
    if (!target) return channel;
    Object.assign(target, channel, { unread: channel.unread_count_display ?? channel.unread_count ?? 0 });
    return target;
  }

  get(id) {
    return this.#mine.get(id) ?? this.#others.get(id);
  }

  isMine(id) {
    return this.#mine.has(id);
  }

  remember(channel) {
    this.#mine.set(channel.id, { unread: 0, ...this.#others.get(channel.id), ...channel, is_member: true });
    this.#others.delete(channel.id);
  }

  channels() {
    return byName([...this.#mine.values()].filter((channel) => !channel.is_im && !channel.is_mpim));
  }

  groups() {
    return [...this.#mine.values()].filter((channel) => channel.is_mpim);
  }

  joinable() {
    return byName([...this.#others.values()]);
  }

  directWith(user) {
    return [...this.#mine.values()].find((channel) => channel.is_im && channel.user === user);
  }

  directs() {
    return [...this.#mine.values()].filter((channel) => channel.is_im);
  }

  general() {
    const channels = this.channels();
    return channels.find((channel) => channel.is_general) ?? channels[0];
  }

  unreadTotal() {
    return [...this.#mine.values()].reduce((sum, channel) => sum + (channel.unread ?? 0), 0);
  }

  // {channel: ts}
  lastRead() {
    return Object.fromEntries([...this.#mine.values()].map((channel) => [channel.id, channel.last_read ?? '']));
  }

  countUnread(id) {
    const channel = this.#mine.get(id);
    if (channel) channel.unread = (channel.unread ?? 0) + 1;
  }

  markRead(id, ts) {
    const channel = this.#mine.get(id);
    if (channel) Object.assign(channel, { unread: 0, last_read: ts });
  }

  // Another device of ours has read on. True if the event was one of those.
  heardMark(event) {
    if (!marked.has(event.type)) return false;
    const channel = this.#mine.get(event.channel);
    if (channel) {
      channel.last_read = event.ts;
      channel.unread = event.unread_count_display ?? event.unread_count ?? 0;
    }
    return true;
  }
}

const byName = (channels) => channels.sort((a, b) => a.name.localeCompare(b.name));
