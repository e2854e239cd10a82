// What the cluster's picture means, as plain values: one row per host, who leads each slot in fact,
// and what an operator must not overlook. No DOM, no clock.
import { micros, number } from './format.js';

// Every host that anybody knows of, in an order that a host's silence does not change: colours hang
// on it.
export function hostNames(cluster) {
  const names = new Set([
    ...(cluster.members ?? []).map(({ name }) => name),
    ...(cluster.hosts ?? []).map(({ name }) => name),
    ...(cluster.silent ?? []).map(({ name }) => name),
  ]);
  return [...names].filter(Boolean).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

// [{name, host | null, silent: why | ''}], host: its host_picture.
export function hostRows(cluster) {
  const hosts = new Map((cluster.hosts ?? []).map((host) => [host.name, host]));
  const silent = new Map((cluster.silent ?? []).map(({ name, why }) => [name, why || 'does not answer']));
  // A member that neither answers nor is reported is a disk that was here once; the ring still
  // counts on it, so it is shown.
  return hostNames(cluster).map((name) => ({
    name,
    host: silent.has(name) ? null : hosts.get(name) ?? null,
    silent: silent.get(name) ?? (hosts.has(name) ? '' : 'is not in the configuration of the asked host'),
  }));
}

// By slot: {slot, wish, replicas: [names], leader, serves, hearsay, holders: [slot_picture], troubles}.
// leader: the host that leads in fact, '' when nobody who answered knows of one; null when the picture
// does not tell, so that only the wish is known. hearsay: it does not answer, the others say so.
// holders: the replicas as last heard, which may be some seconds older.
export function ringOf(cluster) {
  const nameOf = new Map((cluster.members ?? []).map((member) => [member.store_id, member.name]));
  const held = new Map();
  for (const host of cluster.hosts ?? []) {
    for (const replica of host.slots ?? []) {
      if (!held.has(replica.slot)) held.set(replica.slot, []);
      held.get(replica.slot).push({ ...replica, host: replica.host || host.name });
    }
  }
  const known = Boolean(cluster.states?.length);
  return (cluster.places ?? []).map((place, slot) => {
    const state = cluster.states?.[slot];
    return {
      slot,
      wish: nameOf.get(place.preferred_leader) ?? '',
      replicas: (place.replicas ?? []).map((id) => nameOf.get(id) ?? `unknown disk ${id}`),
      leader: known ? state?.leader ?? '' : null,
      serves: known ? Boolean(state?.serves || state?.hearsay) : true,
      hearsay: Boolean(state?.hearsay),
      holders: held.get(slot) ?? [],
      troubles: state?.troubles ?? [],
    };
  });
}

// Neighbours on the ring that look the same are one stroke.
// [{from, to (inclusive), leader, serves}]
export function runsOf(ring) {
  const runs = [];
  for (const { slot, leader, wish, serves } of ring) {
    const shown = leader ?? wish;
    const last = runs.at(-1);
    if (last && last.leader === shown && last.serves === serves) last.to = slot;
    else runs.push({ from: slot, to: slot, leader: shown, serves });
  }
  return runs;
}

const some = (n, one, many) => `${n} ${n === 1 ? one : many}`;

// What is wrong, worst first: [{level: 'bad' | 'warn', text, href}].
export function alarmsOf(cluster, ring) {
  const bad = [];
  const warn = [];
  for (const { name, host, silent } of hostRows(cluster)) {
    if (silent) {
      bad.push({ text: `${name} is silent: ${silent}` });
      continue;
    }
    const href = `#host/${encodeURIComponent(name)}`;
    if (host.state && host.state !== 'serving') bad.push({ text: `${name} does not serve: ${host.state}`, href });
    for (const words of host.turned_away ?? []) bad.push({ text: `${name}: ${words}`, href });
    if (host.journal?.trouble) bad.push({ text: `${name}, journal: ${host.journal.trouble}`, href });
    for (const link of host.links ?? []) {
      const far = (cluster.silent ?? []).some((one) => one.name === link.host);
      if (!link.up && !far) bad.push({ text: `${name} has lost its link to ${link.host}${link.trouble ? `: ${link.trouble}` : ''}`, href: '#cluster' });
      else if (link.trouble && !far) warn.push({ text: `Link ${name} to ${link.host}: ${link.trouble}`, href: '#cluster' });
    }
  }
  const unled = ring.filter(({ leader, serves }) => leader === '' || !serves);
  if (unled.length) bad.push({ text: `${some(unled.length, 'slot has', 'slots have')} no leader that serves`, href: `#entity/slot/${unled[0].slot}` });
  const troubled = new Map();  // what -> slots: one line, however many suffer from the same
  for (const { slot, troubles } of ring) for (const text of troubles) troubled.set(text, [...troubled.get(text) ?? [], slot]);
  for (const [text, slots] of troubled) {
    bad.push({ text: `${slots.length === 1 ? `slot/${slots[0]}` : `${slots.length} slots, slot/${slots[0]} the first,`} on ${text}`, href: `#entity/slot/${slots[0]}` });
  }
  const heard = ring.filter(({ hearsay }) => hearsay);
  if (heard.length) {
    const leaders = [...new Set(heard.map(({ leader }) => leader))].join(', ');
    warn.push({ text: `${some(heard.length, 'slot is', 'slots are')} led by a host that does not answer ${cluster.asked}, say the others: ${leaders}`, href: `#entity/slot/${heard[0].slot}` });
  }
  const moved = ring.filter(({ leader, wish }) => leader && wish && leader !== wish).length;
  if (moved) warn.push({ text: `${some(moved, 'slot is', 'slots are')} led by another host than the ring wishes`, href: '#cluster' });
  const versions = new Set((cluster.hosts ?? []).map(({ version }) => version).filter(Boolean));
  if (versions.size > 1) warn.push({ text: `Hosts run different versions: ${[...versions].sort().join(', ')}` });
  if (!cluster.meta_leader) warn.push({ text: 'No host runs the ring actor: nothing moves and no settings change' });
  return [...bad.map((one) => ({ level: 'bad', ...one })), ...warn.map((one) => ({ level: 'warn', ...one }))];
}

// Every link in both directions: [{from, to, link}], link: link_picture.
export const linksOf = (cluster) =>
  (cluster.hosts ?? []).flatMap((host) => (host.links ?? []).map((link) => ({ from: host.name, to: link.host, link })));

// One row per step, as the host that was asked explains the trip: how long after the first step, how
// long after the step that it followed from, and whether anybody had to wait for it.
// {rows, total, longest: row | null, words: what the longest wait was for}
export function waterfall(trace) {
  const steps = trace.steps ?? [];
  const rows = steps.map((step) => ({
    ...step, at: number(step.at), after: number(step.at) - number(steps[0].at), waited: number(step.waited), awaited: Boolean(step.awaited),
  }));
  rows.forEach((row, n) => { row.cause = rows[number(steps[n].after) - 1] ?? null; });
  const longest = trace.longest ? rows[number(trace.longest.step)] ?? null : null;
  return { rows, total: rows.at(-1)?.after ?? 0, longest, words: trace.longest?.words ?? '' };
}

// What the clocks of the hosts were taken to be: [words].
export function clockWords(trace) {
  const exact = ({ exact_to: to }) => (String(to) === '18446744073709551615' ? 'nothing is known of it' : `exact to ${micros(to)}`);
  return (trace.clocks ?? []).flatMap((clock) => [
    number(clock.offset) ? `The clock of ${clock.host} is ${micros(Math.abs(number(clock.offset)))} ${number(clock.offset) > 0 ? 'ahead' : 'behind'} and was set right (${exact(clock)}).` : '',
    number(clock.offset) === 0 && number(clock.exact_to) >= 10_000 ? `The clock of ${clock.host} may be off (${exact(clock)}).` : '',
    clock.odd ? `The clock of ${clock.host} was set meanwhile: its times are wrong.` : '',
  ]).filter(Boolean);
}

// What somebody typed into the search box, as a name of the inspector: "C12" is a channel, "17" a
// slot. '' when it is none.
export function entityName(text) {
  const name = text.trim().replace(/^#?entity\//, '');
  if (/^(channel|user|slot|hub|session|sessions)\/\S+$/.test(name)) return name;
  if (/^[CDG][A-Z0-9]+$/.test(name)) return `channel/${name}`;
  if (/^[UW][A-Z0-9]+$/.test(name)) return `user/${name}`;
  if (/^\d+$/.test(name)) return `slot/${name}`;
  if (/^[^/\s]+:\d+$/.test(name)) return `session/${name}`;
  return '';
}
