// The inspection interface over fetch. The token is the host-wide admin token; it stays in this tab
// (sessionStorage) and goes nowhere but to this host.

const storageKey = 'carillon.console.token';
const timeoutMs = 8_000;

export const storedToken = () => sessionStorage.getItem(storageKey) ?? '';
export const forgetToken = () => sessionStorage.removeItem(storageKey);
export const keepToken = (token) => sessionStorage.setItem(storageKey, token);

// status: HTTP's, or 0 when no answer came. message: for people.
export class InspectError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  get refused() {
    return this.status === 401 || this.status === 403;
  }
}

export class Inspector {
  #token;

  constructor(token) {
    this.#token = token;
  }

  async cluster({ slots = false } = {}) {
    return (await this.#call('GET', 'cluster', { slots: slots ? 1 : undefined })).cluster;
  }

  // The asked host alone, with its last minutes.
  async host() {
    return (await this.#call('GET', 'host', { history: 1 })).host;
  }

  async top(limit = 20) {
    return (await this.#call('GET', 'top', { limit })).top;
  }

  // [entity_picture]; of a user's sessions also those that ended, as cards of their own.
  async entity(name, { tail = 0, text = false } = {}) {
    const { entity, entities } = await this.#call('GET', 'entity', { name, tail: tail || undefined, text: text ? 1 : undefined });
    if (entity) return [entity];
    const ended = (entities?.ended ?? []).map((gone) => ({ name: `session/${gone.host}:${gone.connection}`, host: gone.host, ended: gone }));
    return [...entities?.entities ?? [], ...ended];
  }

  // what: 'KEEP_AWAKE', 'LET_REST' or 'STOP'.
  async operate(entity, what, seconds = 0) {
    return this.#call('POST', 'operate', {}, { entity, what, seconds });
  }

  // Posts a marked message; the answer's `trace` says which trace it is.
  async postMarked(channel, text) {
    return this.#call('POST', 'trace', { channel, text });
  }

  async trace(id) {
    return (await this.#call('GET', 'trace', { id })).trace;
  }

  // The address of a WebSocket that tells what changes, good for one connection.
  async liveAddress() {
    const { ticket } = await this.#call('POST', 'ticket', {});
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    return `${scheme}://${location.host}/inspect/live/${encodeURIComponent(ticket)}`;
  }

  async #call(method, what, query, body) {
    const address = new URL(`/inspect/${what}`, location.href);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, value);
    const headers = { Authorization: `Bearer ${this.#token}` };
    if (body) headers['Content-Type'] = 'application/json';
    let response;
    let answer;
    try {
      response = await fetch(address, {
        method, headers, body: body && JSON.stringify(body), cache: 'no-store', signal: AbortSignal.timeout(timeoutMs),
      });
      answer = await response.json();
    } catch {
      if (response && !response.ok) throw new InspectError(response.status, `The host answered ${response.status}.`);
      throw new InspectError(0, 'This host does not answer.');
    }
    if (!response.ok || answer.errc) {
      throw new InspectError(response.status, answer.detail || answer.error || `The host answered ${response.status}.`);
    }
    return answer;
  }
}
