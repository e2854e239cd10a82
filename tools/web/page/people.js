// Who is in the team, and who of them is here now.
import { callAll, call } from './api.js';

const presenceMax = 1000;  // ids that one presence_sub may name

export class People {
  #users = new Map();
  #active = new Set();
  #loading = new Map();

  async load(token) {
    const members = await callAll(token, 'users.list', 'members');
    this.#users = new Map(members.map((user) => [user.id, user]));
  }

  // Somebody not in the list yet (just signed up): read once, however often it is asked for.
  // Resolves with true when the name is new.
  async learn(token, id) {
    if (!id || this.#users.has(id)) return false;
    if (!this.#loading.has(id)) {
      const read = call(token, 'users.info', { user: id })
        .then(({ user }) => this.#users.set(id, user), () => this.#users.set(id, { id, name: id }));
      this.#loading.set(id, read);
    }
    await this.#loading.get(id);
    return true;
  }

  name(id) {
    const user = this.#users.get(id);
    return user?.profile?.display_name || user?.real_name || user?.name || id;
  }

  isActive(id) {
    return this.#active.has(id);
  }

  isBot(id) {
    return Boolean(this.#users.get(id)?.is_bot);
  }

  // Everyone one can write to, by name.
  all() {
    return [...this.#users.values()]
      .filter((user) => !user.deleted)
      .sort((a, b) => this.name(a.id).localeCompare(this.name(b.id)));
  }

  // Asks the host to tell who is active, now and whenever it changes.
  subscribe(live) {
    const ids = [...this.#users.keys()].slice(0, presenceMax);
    live.send({ type: 'presence_sub', ids });
    live.send({ type: 'presence_query', ids });
  }

  // True if the event was ours and something changed.
  heard(event) {
    if (event.type === 'presence_change') {
      for (const id of event.users ?? [event.user]) {
        if (event.presence === 'active') this.#active.add(id);
        else this.#active.delete(id);
      }
      return true;
    }
    if (event.type === 'team_join' || event.type === 'user_change') {
      this.#users.set(event.user.id, event.user);
      return true;
    }
    return false;
  }
}
