// One entity as a card: what all have in common, then what its kind adds.
import { el } from '../dom.js';
import { Facts } from './facts.js';
import { bytes, count, micros, moment, number, rate, since, slackTs } from './format.js';

const kinds = { CHANNEL_PUBLIC: 'public', CHANNEL_PRIVATE: 'private', CHANNEL_DIRECT: 'direct', CHANNEL_GROUP_DM: 'group DM' };
const link = (name, text = name) => el('a', { href: `#entity/${name}` }, text);
const hostLink = (name) => el('a', { href: `#host/${encodeURIComponent(name)}` }, name);

// `links`: nodes, with commas between; null when there are none.
function list(title, links, more = '') {
  if (!links.length) return null;
  const spaced = links.flatMap((node, n) => (n ? [', ', node] : [node]));
  return el('div', {}, el('h4', {}, title), el('p', { class: 'links' }, ...spaced, more));
}

function table(title, columns, rows) {
  if (!rows.length) return null;
  return el('div', {}, el('h4', {}, title), el('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': title },
    el('table', {}, el('thead', {}, el('tr', {}, ...columns.map((column) => el('th', { scope: 'col' }, column)))),
      el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((cell, n) => el('td', { 'data-title': columns[n] }, cell))))))));
}

// controls: a node, or null. cluster: the newest picture, or null.
export function describe(entity, controls, cluster) {
  const details = detailsOf(entity);
  const card = el('article', { class: 'card entity', 'data-name': entity.name },
    el('h2', {}, entity.name), controls);
  new Facts(card).show([
    [entity.ended ? 'Lived on' : entity.copies?.length ? 'Led by' : 'Lives on', entity.host, '', `#host/${encodeURIComponent(entity.host)}`],
    ['Copies on', copies(entity.copies)],
    ['Slot', /^(channel|user|slot)\//.test(entity.name) ? `slot/${entity.slot}` : '', '', `#entity/slot/${entity.slot}`],
    ['State', /^(channel|user)\//.test(entity.name) ? (entity.awake ? 'awake' : 'at rest, on disk only') : ''],
    ['Since', number(entity.since) ? `${moment(entity.since)} (${since(entity.since, nowOf(entity, cluster))})` : ''],
    ['Kept awake until', moment(entity.kept_awake_until)],
    ['Term', number(entity.term) ? count(entity.term) : ''],
    ...(entity.ended ? [] : actorFacts(entity)),
    ...details.facts,
  ]);
  card.append(...details.more.filter(Boolean));
  return card;
}

function actorFacts(entity) {
  return [
    ['Mailbox', `${count(entity.mailbox_length)} waiting, ${micros(entity.mailbox_wait)}`, number(entity.mailbox_length) > 100 ? 'bad' : ''],
    ['Requests open', count(entity.requests_open)],
    ['Proposals in flight', count(entity.proposals)],
    ['Messages/s', rate(entity.messages_per_second)],
    ['Memory', number(entity.memory_bytes) ? `about ${bytes(entity.memory_bytes)}` : ''],
  ];
}

// The clock of the host that said it, as far as the newest picture goes.
const nowOf = (entity, cluster) => cluster?.hosts?.find(({ name }) => name === entity.host)?.now ?? Date.now() * 1000;

const copies = (all = []) => all.map(({ host, behind, voter, state }) => [host,
  voter ? '' : 'has no vote yet', state === 'replicating' ? '' : state,
  number(behind) ? `${count(behind)} entries behind` : ''].filter(Boolean).join(', ')).join('; ');

const endOf = (ended) => `${moment(ended.at)} with ${ended.code}, ${ended.why}, after ${micros(ended.lived)}`;

function detailsOf({ channel, user, session, hub, slot_replica: slot, ended }) {
  if (ended) return endedDetails(ended);
  if (channel) return channelDetails(channel);
  if (user) return userDetails(user);
  if (session) return sessionDetails(session);
  if (hub) return hubDetails(hub);
  if (slot) return slotDetails(slot);
  return { facts: [], more: [] };
}

function channelDetails({ facts = {}, last_seq: seq, last_ts: ts, member_count: members, members: names = [], interested_hosts: hosts = [], tail = [] }) {
  const more = number(members) - names.length;
  return {
    facts: [
      ['Name', facts.name ? `#${facts.name}` : ''], ['Kind', kinds[facts.kind]], ['Archived', facts.archived ? 'yes' : ''],
      ['Topic', facts.topic?.value], ['Purpose', facts.purpose?.value], ['Team', facts.team_id],
      ['Last seq', count(seq)], ['Last ts', number(ts) ? `${slackTs(ts)} (${moment(ts)})` : ''], ['Members', count(members)],
    ],
    more: [
      list('Interested hosts', hosts.map(hostLink)),
      list('Members', names.map((name) => link(`user/${name}`, name)), more > 0 ? ` and ${count(more)} more` : ''),
      table('Newest messages', ['seq', 'ts', 'By', 'Text'], tail.map((message) => [
        count(message.seq), slackTs(message.ts), message.user ? link(`user/${message.user}`, message.user) : message.bot_id ?? '',
        message.deleted ? el('i', {}, 'deleted') : message.text || el('span', { class: 'quiet' }, message.subtype || 'not shown'),
      ])),
    ],
  };
}

function endedDetails(ended) {
  return {
    facts: [
      ['Closed', endOf(ended), 'bad'], ['Ended by', `the ${ended.by}`],
      ['User', ended.user, '', `#entity/user/${ended.user}`], ['Team', ended.team], ['From', ended.remote],
      ['Waited for it', number(ended.queued_frames) ? `${bytes(ended.queued_bytes)} in ${count(ended.queued_frames)} frames` : ''],
    ],
    more: [],
  };
}

function userDetails({ presence, manual_away: away, devices = [], channel_count: channels, ended = [] }) {
  return {
    facts: [['Presence', `${presence || 'not known while it rests'}${away ? ', set away by hand' : ''}`], ['Channels', count(channels)], ['Devices', count(devices.length)],
      ['Last one closed', ended.length ? endOf(ended[0]) : '', '', ended.length ? `#entity/session/${ended[0].host}:${ended[0].connection}` : undefined]],
    more: [table('Devices', ['Session', 'Heard'], devices.map(({ host, connection, heard }) =>
      [link(`session/${host}:${connection}`), moment(heard)]))],
  };
}

function sessionDetails(session) {
  return {
    facts: [
      ['User', session.user || 'nobody: an operator’s live view, or it is being closed', '', session.user ? `#entity/user/${session.user}` : undefined], ['Team', session.team], ['From', session.remote],
      ['Connected', moment(session.since)], ['Last heard', `${micros(session.heard_ago)} ago`],
      ['Keeps up', session.behind ? 'BEHIND' : session.lagging ? 'LAGGING' : 'yes', session.behind || session.lagging ? 'bad' : ''],
      ['Read back to it', session.behind ? `${count(session.behind_channels)} channels for ${micros(session.behind_for)}, one of them from seq ${count(session.reading_from)} on` : '', 'bad'],
      ['Fell behind', session.spells ? `${count(session.spells)} times since it opened; ${count(session.events_skipped)} events found no room, ${count(session.events_read_back)} read back` : ''],
      ['Queued', `${bytes(session.queued_bytes)} in ${count(session.queued_frames)} frames`],
      ['Slow because', session.why, 'bad'],
      ['Oldest frame waits', micros(session.queued_for)],
      ['Not acknowledged', `${bytes(session.unacknowledged_bytes)} with the kernel, ${bytes(session.unsent_bytes)} of it not sent`],
      ['Room at the client', bytes(session.window_bytes)],
      ['Round trip', number(session.round_trip) ? micros(session.round_trip) : ''],
      ['Kernel wrote', `${micros(session.sent_ago)} ago`], ['Acknowledged', `${micros(session.acknowledged_ago)} ago`],
      ['Sent again', `${count(session.segments_repeated)} segments`],
      ['Frames sent', count(session.frames_sent)], ['Transient dropped', count(session.transient_dropped)],
      ['Unread from it', bytes(session.unread_bytes)], ['Topics', count(session.topics)],
    ],
    more: [],
  };
}

function hubDetails(hub) {
  return {
    facts: [
      ['Sessions', count(hub.sessions)], ['Topics', count(hub.topics)], ['Subscriptions', count(hub.subscriptions)],
      ['Channels wanted', count(hub.channels_wanted)], ['Questions open', count(hub.questions_open)],
      ['Gaps healed', count(hub.gaps_healed)], ['Events encoded', count(hub.events_encoded)],
    ],
    more: [],
  };
}

function slotDetails(slot) {
  return {
    facts: [
      ['Role here', `${slot.role}${slot.role === 'leader' ? (slot.serves ? ', serves' : ', does not serve yet') : ''}`],
      ['Leader', slot.leader || 'nobody'], ['Leads since', moment(slot.leads_since)], ['Trouble', slot.trouble, 'bad'],
      ['Log', `${count(slot.first_index)} to ${count(slot.last_index)}`], ['Committed', count(slot.commit)],
      ['Applied', count(slot.applied)], ['Projected', count(slot.projected)], ['Posts/s', rate(slot.posts_per_second)],
      ['Entities awake', count(slot.entities)], ['Channels wanted', count(slot.channels_wanted)], ['Hubs', count(slot.hubs)],
    ],
    more: [table('Replicas, by the leader’s book', ['Host', 'Votes', 'Holds up to', 'Behind', 'State'], (slot.replicas ?? []).map((replica) =>
      [hostLink(replica.host), replica.voter ? 'yes' : 'no, learns', count(replica.match),
        count(Math.max(0, number(slot.last_index) - number(replica.match))), replica.state]))],
  };
}
