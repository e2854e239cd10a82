// The operator's own program, as the webhook has it: takes signed posts in the clear, remembers them in their
// order, and can be away, slow, or say no.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../../support/host.mjs';

const secret = 'correct horse battery staple';

export class Hook {
  pushes = [];   // what was answered with 2xx: {type, device, title, body, badge, channel, ts, collapse_id, at}
  posts = 0;     // all that came
  port;
  #server;
  #folder;  // with the secret
  #answer = () => 200;

  static async start() {
    const hook = new Hook();
    hook.#folder = await mkdtemp(path.join(tmpdir(), 'carillon-hook-'));
    await writeFile(hook.#secretFile, `${secret}\n`, { mode: 0o600 });
    await hook.listen(0);
    return hook;
  }

  get #secretFile() {
    return path.join(this.#folder, 'secret');
  }

  get url() {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  // settings of a host that posts here
  settings() {
    return [`push.webhook.url=${this.url}`, `push.webhook.secret_file=${this.#secretFile}`];
  }

  // (push) => status, or {status, headers}, or 'reset' after the push was taken: its answer is lost; or 'never'
  answers(answer) {
    this.#answer = answer;
  }

  listen(port = this.port) {
    this.#server = http.createServer((request, response) => this.#take(request, response));
    return new Promise((resolve) => {
      this.#server.listen(port, '127.0.0.1', () => {
        this.port = this.#server.address().port;
        resolve();
      });
    });
  }

  // As a crash: nobody listens, connections are reset.
  async kill() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  // It is not needed any more.
  async end() {
    if (this.#server.listening) await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  of(device) {
    return this.pushes.filter((push) => push.device === device);
  }

  // The first push with all of these fields.
  next(fields, withinMs = 15_000) {
    const fits = (push) => Object.entries(fields).every(([key, value]) => push[key] === value);
    return until(() => this.pushes.find(fits), () => `a push ${JSON.stringify(fields)}; came ${JSON.stringify(this.pushes)}`, withinMs);
  }

  async #take(request, response) {
    const parts = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      return;
    }
    this.posts += 1;
    const body = Buffer.concat(parts);
    const mac = createHmac('sha256', secret).update(`v0:${request.headers['x-carillon-request-timestamp']}:${body}`).digest('hex');
    assert.equal(request.headers['x-carillon-signature'], `v0=${mac}`);
    const push = { ...JSON.parse(body), at: Date.now() };
    const answer = this.#answer(push);
    if (answer === 'never') return;
    if (answer === 'reset') {
      this.pushes.push({ ...push, lost: true });
      request.socket.destroy();
      return;
    }
    const { status, headers } = typeof answer === 'number' ? { status: answer, headers: {} } : answer;
    if (status < 300) this.pushes.push(push);
    response.writeHead(status, headers).end();
  }
}

// A device of a person, known to the host from then on.
export async function register(person, device = 'phone', token = `${device}-of-${person.id}`) {
  await person.web.apiCall('carillon.push.register', { device, provider: 'webhook', push_token: token });
  return token;
}
