// The push service of Chromium's maker, as far as one browser needs it, on loopback: check-in and registration over
// HTTPS, the lasting connection over which messages come (MCS: a tag, a length, a Protobuf message), and the endpoint
// that hosts post to (RFC 8030). The numbers of messages and fields are those of Chromium's google_apis/gcm/protocol.
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';

const mcs = { heartbeatPing: 0, heartbeatAck: 1, loginRequest: 2, loginResponse: 3, dataMessage: 8 };
const version = 41;
const dayS = 86_400;

// -- Protobuf, written by hand: three kinds of fields --
const varint = (value) => {
  const bytes = [];
  for (let left = BigInt(value); ; left >>= 7n) {
    bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
    if (left <= 127n) return Buffer.from(bytes);
  }
};
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const fixed64 = (field, value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return Buffer.concat([varint((field << 3) | 1), bytes]);
};
const bytes = (field, value) => Buffer.concat([varint((field << 3) | 2), varint(Buffer.byteLength(value)), Buffer.from(value)]);

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

export class PushService {
  url;          // where hosts post to
  taken = [];   // of those posts: {token, status}
  refuses = false;  // new subscriptions
  #servers = [];
  #subscriptions = new Map();  // token -> {app, subtype, sender}
  #browser;       // its connection
  #waiting = [];  // messages for when there is one
  #numbers = 0;
  #ports = {};

  // tlsFolder: with NAME.pem and NAME.key of `localhost`.
  static async start(tlsFolder) {
    const service = new PushService();
    const keys = {
      cert: await readFile(path.join(tlsFolder, 'localhost.pem')),
      key: await readFile(path.join(tlsFolder, 'localhost.key')),
    };
    service.#ports = {
      register: await service.#listen(https.createServer(keys, (request, response) => service.#register(request, response))),
      connect: await service.#listen(tls.createServer(keys, (socket) => service.#connect(socket))),
      post: await service.#listen(https.createServer(keys, (request, response) => service.#post(request, response))),
    };
    service.url = `https://localhost:${service.#ports.post}`;
    return service;
  }

  // The arguments of a browser that is to use it. Its certificates are nobody's that the browser knows.
  get browserArguments() {
    const { register, connect } = this.#ports;
    return ['--ignore-certificate-errors', `--gcm-checkin-url=https://127.0.0.1:${register}/checkin`,
      `--gcm-registration-url=https://127.0.0.1:${register}/register`, `--gcm-mcs-endpoint=https://127.0.0.1:${connect}`];
  }

  // How many subscriptions of pages there are; Chromium has one for itself.
  get size() {
    return [...this.#subscriptions.values()].filter(({ subtype }) => subtype?.startsWith('wp:')).length;
  }

  async stop() {
    this.#browser?.destroy();
    for (const server of this.#servers) {
      server.closeAllConnections?.();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #listen(server) {
    this.#servers.push(server);
    server.on('tlsClientError', () => {});
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return server.address().port;
  }

  async #register(request, response) {
    const body = await bodyOf(request);
    if (request.url === '/checkin') {
      response.setHeader('content-type', 'application/x-protobuffer');
      // stats_ok, time_msec, android_id, security_token, settings_diff, version_info
      response.end(Buffer.concat([number(1, 1), number(3, Date.now()), fixed64(7, 1), fixed64(8, 2), number(9, 0), bytes(11, '1')]));
      return;
    }
    const form = Object.fromEntries(new URLSearchParams(body.toString()));
    const subtype = form['X-subtype'];
    if (form.delete) {
      for (const [token, known] of this.#subscriptions) if (known.subtype === subtype) this.#subscriptions.delete(token);
      response.end(`token=${subtype}`);
      return;
    }
    if (this.refuses) {
      response.end('Error=INVALID_PARAMETERS');
      return;
    }
    const token = `subscription-${++this.#numbers}`;
    this.#subscriptions.set(token, { app: form.app, subtype, sender: form.sender });
    response.end(`token=${token}`);
  }

  #connect(socket) {
    let waiting = Buffer.alloc(0);
    let greeted = false;
    let heard = 0;
    socket.on('error', () => {});
    socket.on('close', () => { if (this.#browser === socket) this.#browser = undefined; });
    socket.on('data', (came) => {
      waiting = Buffer.concat([waiting, came]);
      if (!greeted) {
        waiting = waiting.subarray(1);  // the version
        greeted = true;
      }
      for (let frame = frameOf(waiting); frame; frame = frameOf(waiting)) {
        waiting = waiting.subarray(frame.size);
        ++heard;
        if (frame.tag === mcs.loginRequest) {
          socket.write(Buffer.from([version]));
          say(socket, mcs.loginResponse, [bytes(1, 'login'), number(8, Date.now())]);
          this.#browser = socket;
          for (const message of this.#waiting.splice(0)) say(socket, mcs.dataMessage, message);
        }
        if (frame.tag === mcs.heartbeatPing) say(socket, mcs.heartbeatAck, [number(2, heard)]);
      }
    });
  }

  async #post(request, response) {
    const body = await bodyOf(request);
    const token = request.url.split('/').at(-1);
    const known = this.#subscriptions.get(token);
    const status = known ? 201 : 410;
    this.taken.push({ token, status });
    if (known) {
      // from, category, app_data (twice), persistent_id, ttl, sent, raw_data
      const data = (key, value) => bytes(7, Buffer.concat([bytes(1, key), bytes(2, value)]));
      const message = [bytes(3, known.sender), bytes(5, known.app), data('subtype', known.subtype),
        data('content-encoding', request.headers['content-encoding']), bytes(9, `m${++this.#numbers}`), number(17, dayS),
        number(18, Date.now()), bytes(21, body)];
      if (this.#browser) say(this.#browser, mcs.dataMessage, message);
      else this.#waiting.push(message);
    }
    response.writeHead(status, known ? { location: `/message/${this.#numbers}` } : {});
    response.end();
  }
}

function say(socket, tag, fields) {
  const message = Buffer.concat(fields);
  socket.write(Buffer.concat([Buffer.from([tag]), varint(message.length), message]));
}

// The first whole frame of what came, if it is there: {tag, size}.
function frameOf(came) {
  let length = 0;
  for (let at = 1, shift = 0; at < came.length; ++at, shift += 7) {
    length += (came[at] & 127) * 2 ** shift;
    if (came[at] & 128) continue;
    return came.length >= at + 1 + length ? { tag: came[0], size: at + 1 + length } : undefined;
  }
  return undefined;
}
