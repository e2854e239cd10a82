// What the tests of pushes share: a folder of keys and certificates, the sender as a program, and servers
// that speak as a provider does and can be told to fail.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createHash, createPublicKey, verify } from 'node:crypto';

const program = process.env.PUSH_PROGRAM;
const mayBeLostMs = 200;

export class Site {
  folder;
  #programs = [];
  #servers = [];

  static async start() {
    const site = new Site();
    site.folder = await mkdtemp(path.join(tmpdir(), 'carillon-push-'));
    await promisify(execFile)(program, ['--certs', path.join(site.folder, 'tls')]);
    return site;
  }

  get ca() {
    return path.join(this.folder, 'tls/ca.pem');
  }

  async file(name, text) {
    const where = path.join(this.folder, name);
    await writeFile(where, text, { mode: 0o600 });
    return where;
  }

  // settings: ['apns.topic=org.example', ...], all of [push].
  async sender(settings) {
    const sender = new Sender([`push.ca_file=${this.ca}`, ...settings.map((one) => `push.${one}`)]);
    this.#programs.push(sender);
    sender.ready = await sender.next((line) => line.ready);
    return sender;
  }

  // answer: (request) => {status, headers, body}, or 'reset' (the connection, the request was read), or 'hang'.
  async server(answer, { port = 0, http1 = false } = {}) {
    const tls = {
      cert: await readFile(path.join(this.folder, 'tls/localhost.pem')),
      key: await readFile(path.join(this.folder, 'tls/localhost.key')),
    };
    const server = new ProviderServer(answer, http1 ? https.createServer(tls) : http2.createSecureServer(tls));
    this.#servers.push(server);
    await server.listen(port);
    return server;
  }

  async stop() {
    for (const sender of this.#programs) sender.kill();
    for (const server of this.#servers) await server.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

// Why it would not start, as it says.
export async function refusedStart(settings) {
  try {
    await promisify(execFile)(program, settings.map((one) => `push.${one}`));
  } catch (error) {
    return error.stderr.trim();
  }
  return assert.fail('it started');
}

export class Sender {
  ready;
  #child;
  #lines = [];
  #waiting = [];
  #next = 0;

  constructor(settings) {
    this.#child = spawn(program, settings, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (text) => {
      this.#lines.push(JSON.parse(text));
      this.#waiting = this.#waiting.filter((look) => !look());
    });
    this.#child.once('exit', () => this.#waiting.forEach((look) => look(new Error('the sender ended'))));
  }

  // The first line that `fits`, written already or still to come.
  next(fits) {
    return new Promise((resolve, reject) => {
      const look = (ended) => {
        const found = this.#lines.find(fits);
        if (found) resolve(found);
        else if (ended) reject(ended);
        return Boolean(found);
      };
      if (!look()) this.#waiting.push(look);
    });
  }

  // Resolves with the outcome.
  send(message) {
    const n = ++this.#next;
    this.#child.stdin.write(`${JSON.stringify({ n, user: 'U1', title: 'Ann', body: 'hello', channel: 'C1', ts: '17.000100', ...message })}\n`);
    return this.next((line) => line.n === n);
  }

  // As an outbox would: until it is done. Resolves with the outcome, and with all that came before it.
  async insist(message) {
    for (const before = []; ; ) {
      const outcome = await this.send(message);
      if (!['try_again', 'no_answer', 'no_room'].includes(outcome.fate)) return { ...outcome, before };
      before.push(outcome);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(grace = 5_000) {
    this.#child.stdin.write(`${JSON.stringify({ stop: grace })}\n`);
    await this.next((line) => line.stopped);
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}

export class ProviderServer {
  requests = [];     // as they came: {path, headers, body, connection, answered, at}
  connections = 0;   // taken in all
  port;
  #answer;
  #server;
  #sockets = new Set();

  constructor(answer, server) {
    this.#answer = answer;
    this.#server = server;
    server.on('secureConnection', (socket) => {
      socket.number = ++this.connections;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('sessionError', () => {});
    server.on('tlsClientError', () => {});
    server.on('request', (request, response) => this.#take(request, response));
  }

  get url() {
    return `https://localhost:${this.port}`;
  }

  // From now on.
  answers(answer) {
    this.#answer = answer;
  }

  listen(port) {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.port = this.#server.address().port;
        resolve();
      });
    });
  }

  // As a crash: connections are reset, nobody listens.
  async kill() {
    // What was answered a moment ago may never have arrived.
    for (const request of this.requests) if (Date.now() - request.at < mayBeLostMs) request.answered = false;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #take(request, response) {
    request.on('error', () => {});
    response.on('error', () => {});
    const parts = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      return;
    }
    const taken = {
      method: request.method, path: request.url, version: request.httpVersion, headers: request.headers,
      body: Buffer.concat(parts), connection: this.#numberOf(request), answered: false,
    };
    this.requests.push(taken);
    const answer = await this.#answer(taken, this.requests.length);
    if (answer === 'hang') return;
    if (answer === 'reset') {
      for (const socket of this.#sockets) if (socket.number === taken.connection) socket.destroy();
      return;
    }
    taken.answered = true;
    taken.at = Date.now();
    try {
      response.writeHead(answer.status, answer.headers ?? {});
      response.end(answer.body ?? '');
    } catch {
      taken.answered = false;  // it was killed meanwhile
    }
  }

  #numberOf(request) {
    // http2 hides the socket behind a proxy that gives its properties.
    return (request.stream?.session?.socket ?? request.socket)?.number;
  }
}

// The claims of a JWT (RFC 7515) whose signature this key verifies.
export function verifiedJwt(text, key, algorithm) {
  const [header, claims, signature] = text.split('.');
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
  assert.equal(read(header).alg, algorithm);
  const good = verify('sha256', Buffer.from(`${header}.${claims}`),
    algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key, Buffer.from(signature, 'base64url'));
  assert.ok(good, 'the signature is good');
  return { header: read(header), claims: read(claims) };
}

// A public key from the uncompressed point that VAPID sends.
export function keyOfPoint(point) {
  const bytes = Buffer.from(point, 'base64url');
  assert.equal(bytes.length, 65);
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-256', x: bytes.subarray(1, 33).toString('base64url'), y: bytes.subarray(33).toString('base64url') },
  });
}

// Each push has an id of its own, so that repeats are seen.
export const collapseIds = (count) => Array.from({ length: count }, (_, n) => `C1-${createHash('sha256').update(String(n)).digest('hex').slice(0, 8)}`);

// How often each id was taken with an answer that arrived, and without: {id: {answered, lost}}.
export function tally(requests, idOf) {
  const out = new Map();
  for (const request of requests) {
    const of = out.get(idOf(request)) ?? { answered: 0, lost: 0 };
    of[request.answered ? 'answered' : 'lost'] += 1;
    out.set(idOf(request), of);
  }
  return out;
}
