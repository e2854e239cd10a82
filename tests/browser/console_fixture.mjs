// A stand-in for a host: the console's files as the host sends them, and the inspection interface
// answering from a Site. With switches for what goes wrong: no WebSockets, no answers at all.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Site } from './console_site.mjs';

const files = fileURLToPath(new URL('../../tools/web/page/', import.meta.url));
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
// As actors/gateway.cpp has it; the test of a real cluster compares.
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const pushEveryMs = 200;

function textFrame(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.alloc(payload.length < 65536 ? 4 : 10);
  if (head.length > 2) head[0] = 0x81;
  if (head.length === 4) (head[1] = 126, head.writeUInt16BE(payload.length, 2));
  if (head.length === 10) (head[1] = 127, head.writeBigUInt64BE(BigInt(payload.length), 2));
  return Buffer.concat([head, payload]);
}

export class Fixture {
  token = 'xadmin-correct';
  site = new Site();
  asked = [];          // every path with its query
  webSockets = true;   // false: tickets are refused
  pushTop = true;      // false: pushes carry the cluster alone
  pushRing = true;     // false: they do so without places and states, as where these are too long
  pictureReady = null; // a promise: but for the signing in, questions of the cluster are answered when it is kept
  dead = false;        // true: connections are cut before an answer
  #server;
  #sockets = new Set();  // WebSockets with their timers
  #tickets = new Set();

  static async start() {
    const fixture = new Fixture();
    fixture.#server = createServer((request, response) => fixture.#answer(request, response).catch((error) => response.destroy(error)));
    fixture.#server.on('upgrade', (request, socket) => fixture.#upgrade(request, socket));
    fixture.#server.listen(0, '127.0.0.1');
    await once(fixture.#server, 'listening');
    fixture.url = `http://127.0.0.1:${fixture.#server.address().port}`;
    return fixture;
  }

  async stop() {
    this.cutWebSockets();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  cutWebSockets() {
    for (const { socket, timer } of this.#sockets) {
      clearInterval(timer);
      socket.destroy();
    }
    this.#sockets.clear();
  }

  die() {
    this.dead = true;
    this.cutWebSockets();
    this.#server.closeAllConnections();
  }

  // What GET /inspect/… and POST /inspect/… answer, as JSON; for tests to compare with.
  async inspect(what, method = 'GET') {
    return (await fetch(`${this.url}/inspect/${what}`, { method, headers: { Authorization: `Bearer ${this.token}` } })).json();
  }

  async #answer(request, response) {
    if (this.dead) return request.socket.destroy();
    const url = new URL(request.url, this.url);
    if (url.pathname.startsWith('/inspect/')) return this.#inspect(request, response, url);
    const name = ['/console', '/console/'].includes(url.pathname) ? '/console/index.html' : url.pathname;
    try {
      const bytes = await readFile(path.join(files, path.normalize(name)));
      response.writeHead(200, { 'Content-Type': types[path.extname(name)] ?? 'text/plain', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }

  async #inspect(request, response, url) {
    const what = url.pathname.slice('/inspect/'.length);
    this.asked.push(what + url.search);
    const send = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    const good = (body) => send(200, { errc: 0, detail: '', ...body });
    if (request.headers.authorization !== `Bearer ${this.token}`) return send(403, { ok: false, error: 'not_allowed' });
    const query = url.searchParams;
    if (what === 'cluster' && this.asked.filter((path) => path.startsWith('cluster')).length > 1) await this.pictureReady;
    if (what === 'cluster') return good({ cluster: this.site.cluster(query.get('slots') === '1') });
    if (what === 'host') return good({ host: this.site.host() });
    if (what === 'top') return good({ top: this.site.top() });
    if (what === 'entity') {
      const found = this.site.entity(query.get('name'), { tail: Number(query.get('tail') ?? 0), text: query.get('text') === '1' });
      return found ? good(found) : send(404, { errc: 5, detail: `no such entity: ${query.get('name')}` });
    }
    if (what === 'operate') {
      let body = '';
      for await (const part of request) body += part;
      this.site.operated.push(JSON.parse(body));
      return good({});
    }
    if (what === 'trace' && request.method === 'POST') {
      this.site.posted.push([query.get('channel'), query.get('text')]);
      return good({ trace: { trace: this.site.trace().trace, steps: [], channel: query.get('channel'), seq: '10' } });
    }
    if (what === 'trace') return good({ trace: this.site.trace() });
    if (what === 'ticket' && this.webSockets) {
      const ticket = `t${this.asked.length}`;
      this.#tickets.add(ticket);
      return good({ ticket });
    }
    return send(404, { ok: false, error: 'not_found' });
  }

  #upgrade(request, socket) {
    socket.on('error', () => {});
    const ticket = request.url.replace('/inspect/live/', '');
    if (this.dead || !this.webSockets || !this.#tickets.delete(ticket)) return socket.destroy();
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    const push = () => {
      const cluster = this.site.cluster();
      socket.write(textFrame(JSON.stringify({ cluster: this.pushRing ? cluster : { ...cluster, places: [], states: [] }, ...(this.pushTop && { top: this.site.top() }) })));
    };
    const one = { socket, timer: setInterval(push, pushEveryMs) };
    push();
    this.#sockets.add(one);
    socket.resume();
    socket.on('close', () => {
      clearInterval(one.timer);
      this.#sockets.delete(one);
    });
  }
}
