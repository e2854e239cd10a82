// A connection that dies without a word is not known to be dead until it answers no ping: what was said to it
// meanwhile is pushed when it is found out, but for what it had, and what was read elsewhere.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Host, until } from '../../support/host.mjs';
import { signUp } from '../client.mjs';
import { Hook, register } from './hook.mjs';

let host;
let hook;
before(async () => {
  hook = await Hook.start();
  host = await Host.start(['presence.offline_grace_ms=60000', 'inbox.gather_ms=5', 'push.gather_ms=20',
    'edge.ping_interval_ms=600', 'edge.ping_timeout_ms=600', ...hook.settings()]);
});
after(async () => {
  await host?.stop();
  await hook?.end();
});

class Device {
  said = [];

  static async open(person) {
    const device = new Device();
    device.socket = new WebSocket((await person.web.apiCall('rtm.connect')).url);
    device.socket.on('message', (data) => device.said.push(JSON.parse(data)));
    await device.hears({ type: 'hello' });
    return device;
  }

  hears(fields) {
    return until(() => this.said.find((event) => Object.entries(fields).every(([key, value]) => event[key] === value)), JSON.stringify(fields));
  }

  // It has answered a ping: the host knows that all before it arrived.
  async lives() {
    await once(this.socket, 'ping');
    await once(this.socket, 'ping');
  }

  // As in a tunnel: nothing is read or said any more, and no connection is closed.
  die() {
    this.socket._socket.pause();
  }
}

async function directs(person, count) {
  const others = [];
  for (let i = 0; i < count; ++i) {
    const other = await signUp(host);
    const { channel } = await other.web.conversations.open({ users: person.id });
    others.push({ channel: channel.id, say: (text) => other.web.chat.postMessage({ channel: channel.id, text }) });
  }
  return others;
}
const bodies = (phone) => hook.of(phone).map((push) => push.body);

test('what was said after the last sign of life of a connection that died in silence is pushed', async () => {
  const ben = await signUp(host);
  const phone = await register(ben);
  const [ann, eva, gil] = await directs(ben, 3);
  const laptop = await Device.open(ben);
  await ann.say('seen');
  await laptop.hears({ type: 'message', text: 'seen' });
  await laptop.lives();
  laptop.die();
  await eva.say('in the tunnel');
  const { ts } = await gil.say('read elsewhere');
  await ben.web.conversations.mark({ channel: gil.channel, ts });
  await hook.next({ device: phone, body: 'in the tunnel' });
  await gil.say('the last one');
  await hook.next({ device: phone, body: 'the last one' });
  assert.deepEqual(bodies(phone), ['in the tunnel', 'the last one']);
});

test('what another connection showed meanwhile is not pushed, and who goes in order saw it all', async () => {
  const ben = await signUp(host);
  const phone = await register(ben);
  const [ann, eva] = await directs(ben, 2);
  const [laptop, tab] = [await Device.open(ben), await Device.open(ben)];
  laptop.die();
  await ann.say('in the tab');
  await tab.hears({ type: 'message', text: 'in the tab' });
  const connections = (count) => until(async () => (await ben.web.users.getPresence()).connection_count === count, `${count} connections`);
  await connections(1);
  tab.socket.close();
  await connections(0);
  await eva.say('the last one');
  await hook.next({ device: phone, body: 'the last one' });
  assert.deepEqual(bodies(phone), ['the last one']);
});

test('what waits for a connection to be found dead is told also by the next life of the host', async () => {
  const ben = await signUp(host);
  const phone = await register(ben);
  const [ann] = await directs(ben, 1);
  const laptop = await Device.open(ben);
  laptop.die();
  await ann.say('before the crash');
  await host.kill();
  await host.startAgain(['presence.offline_grace_ms=100', 'inbox.gather_ms=5', 'push.gather_ms=20', ...hook.settings()]);
  await hook.next({ device: phone, body: 'before the crash' });
});
