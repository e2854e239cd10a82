// People and bots for the tests: Slack's own WebClient and RTMClient pointed at a host, and a raw
// call for what no SDK would send.
import assert from 'node:assert/strict';
import { LogLevel, WebClient } from '@slack/web-api';
import { RTMClient } from '@slack/rtm-api';
import { until } from '../support/host.mjs';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => LogLevel.ERROR };

export class Person {
  constructor(host, { token, user_id, team_id }) {
    this.host = host;
    this.token = token;
    this.id = user_id;
    this.team = team_id;
    this.web = new WebClient(token, { slackApiUrl: host.api, retryConfig: { retries: 0 }, logger: quiet });
  }

  // Connects and waits for the host's hello, when every subscription is in place.
  // `from`: device, cursor and seen of carillon.sync, to be told what was missed.
  async listen(from) {
    const ear = new Ear(this);
    await ear.start(from);
    return ear;
  }
}

// Everything one RTM connection hears, in order.
export class Ear {
  heard = [];
  #rtm;

  constructor(person) {
    this.#rtm = new RTMClient(person.token, { slackApiUrl: person.host.api, logger: quiet });
    // Also emits 'slack_event' with (type, event) for every frame.
    this.#rtm.on('slack_event', (_type, event) => this.heard.push(event));
  }

  get rtm() {
    return this.#rtm;
  }

  // Until hello. The SDK calls itself "ready" two seconds later and holds back until then what it
  // is asked to send.
  async start(from) {
    await this.#rtm.start(from);
    await this.next({ type: 'hello' });
  }

  stop() {
    return this.#rtm.disconnect();
  }

  // The first event that has all of `fields` (compared deeply), heard already or still to come.
  next(fields, withinMs) {
    return until(() => this.heard.find((event) => matches(event, fields)),
      `the event ${JSON.stringify(fields)}; heard ${JSON.stringify(this.heard.slice(-20))}`, withinMs);
  }

  all(fields) {
    return this.heard.filter((event) => matches(event, fields));
  }

  messages(channel) {
    return this.all({ type: 'message', channel });
  }
}

function matches(event, fields) {
  return Object.entries(fields).every(([key, value]) =>
    (value !== null && typeof value === 'object' ? event[key] && matches(event[key], value) : event[key] === value));
}

let people = 0;

// A new person in the default team (or the one given). Names are never used twice.
export async function signUp(host, { name, team } = {}) {
  const handle = name ?? `person${++people}-${process.pid}`;
  const answer = await raw(host, 'carillon.signup', {
    form: { name: handle, email: `${handle}@example.org`, password: 'correct horse', ...(team && { team }) },
  });
  assert.equal(answer.body.ok, true, JSON.stringify(answer.body));
  return Object.assign(new Person(host, answer.body), { name: handle });
}

// A call as bytes: method POST with a form, JSON text, multipart or raw body, or GET with a query.
// Resolves with {status, headers, body}; body is parsed.
export async function raw(host, method, { token, query, form, json, multipart, text, type, verb } = {}) {
  const url = new URL(method, host.api);
  if (query) url.search = new URLSearchParams(query);
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  let body;
  if (form) body = new URLSearchParams(form);
  if (json !== undefined) body = JSON.stringify(json);
  if (text !== undefined) body = text;
  if (multipart) {
    body = new FormData();
    for (const [key, value] of Object.entries(multipart)) body.set(key, value);
  }
  if (json !== undefined || type) headers['Content-Type'] = type ?? 'application/json; charset=utf-8';
  const response = await fetch(url, { method: verb ?? (query && !body ? 'GET' : 'POST'), headers, body });
  const answer = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(answer) };
}

// The call is refused with this Slack error.
export async function refused(call, code) {
  await assert.rejects(call, (error) => {
    assert.equal(error.data?.error, code, `${error.message} instead of ${code}`);
    return true;
  });
}

// All pages of a history, oldest message first.
export async function wholeHistory(person, channel) {
  const messages = [];
  for await (const page of person.web.paginate('conversations.history', { channel, limit: 200 })) {
    messages.push(...page.messages);
  }
  return messages.reverse();
}

export async function makeChannel(owner, name, members = [], options = {}) {
  const { channel } = await owner.web.conversations.create({ name, ...options });
  if (members.length) {
    await owner.web.conversations.invite({ channel: channel.id, users: members.map((person) => person.id).join(',') });
  }
  return channel.id;
}
