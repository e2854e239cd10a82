// A cluster as the inspection interface tells it (runtime/wire/inspect.proto in Protobuf's JSON: the
// proto's own names, 64-bit integers as strings), made up so that every view of the console has
// something to show. `nasty` stands wherever a name or a text of somebody's choosing can stand.

export const nasty = '<img src=x onerror="document.title=1"><b>bold</b>&amp;';
export const hostNames = ['north', 'south', 'west'];
const ids = { north: '11', south: '12', west: '13' };
const start = 1_700_000_000_000_000;  // microseconds

const rates = (n) => ({ posts: 120.5 + n, deliveries: 4821.25 + n, requests: 310, messages_in: 130, bytes_out: 2_500_000 });
const leaderOf = (slot) => hostNames[slot % 3];
const holders = () => hostNames;

function slotPicture(slot, host) {
  const leader = leaderOf(slot);
  return {
    slot, host, role: host === leader ? 'leader' : 'follower', serves: host === leader, leader, term: '7',
    first_index: '1', last_index: String(1000 + slot), commit: String(1000 + slot), applied: String(999 + slot),
    replicas: host === leader ? hostNames.map((name) => ({ host: name, voter: true, match: String(1000 + slot - (name === leader ? 0 : 3)), state: 'replicating' })) : [],
    projected: '990', entities: 4, channels_wanted: 9, hubs: 3, proposals: '2', mailbox_length: '1', mailbox_wait: '85',
    posts_per_second: 1.5, trouble: '', leads_since: String(start),
  };
}

const link = (host, up = true) => ({
  host, up, heard_ago: up ? '120000' : '9000000', queued_bytes: '512', unacknowledged_bytes: '2048', bytes_sent: '123456789',
  bytes_received: '98765432', items_dropped: '0', trouble: '',
});

function hostPicture(name, now, withSlots) {
  const n = hostNames.indexOf(name);
  return {
    name, store_id: ids[name], incarnation: String(90 + n), zone: `zone-${n}`, version: '0.4.0', started: String(start), now: String(now),
    state: 'serving', generation: '42', slots_held: 64, slots_led: 21, connections: String(1500 + n), websockets: String(1200 + n),
    entities: '5120', per_second: rates(n), memory_bytes: String((300 + 20 * n) * 1024 * 1024), cpu_cores: 0.42 + n / 10,
    journal: { batches: '5000', syncs: '5000', entries: '40000', queued_bytes: '0', fsync_p50: '850', fsync_p99: '4200', trouble: '' },
    links: hostNames.filter((other) => other !== name).map((other) => link(other)),
    slots: withSlots ? Array.from({ length: 64 }, (_, slot) => slotPicture(slot, name)) : [],
    history: [], members_asked_at: String(now), clock_offset: name === 'north' ? '0' : '-1500', round_trip: name === 'north' ? '0' : '420',
  };
}

export class Site {
  slots = 64;
  silent = new Map();  // name -> why
  remembered = false;  // the others still take a silent host for the leader
  changes = [];        // functions that change a cluster's picture before it is sent
  operated = [];       // what operators asked for
  posted = [];

  now = () => Date.now() * 1000;

  cluster(withSlots = false) {
    const answering = hostNames.filter((name) => !this.silent.has(name));
    const picture = {
      asked: 'north', generation: '42', meta_leader: 'north',
      members: hostNames.map((name) => ({ store_id: ids[name], incarnation: '9', name, zone: 'z', weight: 1, peer_address: `10.0.0.1:7000`, public_url: `http://${name}.example:8080/`, starts: '3' })),
      places: Array.from({ length: this.slots }, (_, slot) => ({ replicas: holders(slot).map((name) => ids[name]), preferred_leader: ids[leaderOf(slot)], founders: [] })),
      hosts: answering.map((name) => hostPicture(name, this.now(), withSlots)),
      silent: [...this.silent].map(([name, why]) => ({ name, why })),
      states: Array.from({ length: this.slots }, (_, slot) => this.#state(slot)),
      moves: [{ slot: 5, host: 'west', what: 'learner', behind: '1234' }],
    };
    for (const change of this.changes) change(picture);
    return picture;
  }

  #state(slot) {
    const leader = leaderOf(slot);
    const silent = this.silent.has(leader);
    return { leader: silent && !this.remembered ? '' : leader, term: '7', serves: !silent, hearsay: silent && this.remembered, troubles: [] };
  }

  host() {
    const host = hostPicture('north', this.now(), true);
    const now = Math.floor(Date.now() / 1000);
    host.history = Array.from({ length: 300 }, (_, n) => ({
      at: String((now - 300 + n) * 1e6), per_second: { ...rates(0), posts: 100 + 40 * Math.sin(n / 20), deliveries: 4000 + 900 * Math.sin(n / 31) },
      connections: String(1400 + n), memory_bytes: String((280 + n / 10) * 1024 * 1024 | 0), cpu_cores: 0.4 + 0.2 * Math.sin(n / 13),
      post_p50: '1800', post_p99: String(9000 + 4000 * Math.sin(n / 9) | 0), fsync_p99: '4200',
    }));
    return host;
  }

  top() {
    const actor = (kind, host, busy) => ({
      kind, host, handled: '120340', busy_cores: busy, p50_ns: '12000', p99_ns: '340000', longest_ns: '8200000',
      histogram: ['0', '400', '1204', '300', '90', '12', '3', '0', '1'], bounds_ns: ['1000', '4000', '16000', '64000', '256000', '1000000', '4000000', '16000000'],
    });
    return {
      channels: [{ name: 'channel/C0HOT', host: 'south', value: 88.5, time: '0' }, { name: nasty, host: 'west', value: 3, time: '0' }],
      mailboxes: [{ name: 'slot/12', host: 'north', value: 240, time: '38000' }],
      actors: [actor('channel', 'south', 0.31), actor('slot', 'south', 0.22), actor('hub', 'north', 0.05)],
      connections: [
        { host: 'west', why: 'the client does not read: its machine answers, and has no room for more', unacknowledged_bytes: '90000', unsent_bytes: '88552', window_bytes: '0', sent_ago: '4000000',
          acknowledged_ago: '600000', round_trip: '2100', segments_unacknowledged: 1, segments_repeated: 3, timeouts: 0,
          connection: '9007199254740995', user: 'U0SLOW', team: 'T1', remote: '192.0.2.7:5555', since: String(start), heard_ago: '3000000', queued_bytes: '900000', queued_frames: '512',
          queued_for: '12500000', frames_sent: '10', transient_dropped: '44', topics: 12, unread_bytes: '0', lagging: true },
        { host: 'north', why: nasty, connection: '18', user: nasty, team: 'T1', remote: nasty, since: String(start), heard_ago: '0', queued_bytes: '10', queued_frames: '1',
          queued_for: '200', frames_sent: '10', transient_dropped: '0', topics: 2, unread_bytes: '0', lagging: false },
      ],
      queues: [{ name: 'link north to west', host: 'north', value: 1_048_576, time: '0' }],
    };
  }

  entity(name, { tail, text }) {
    const common = {
      name, host: 'south', slot: 12, awake: true, since: String(start), term: '7', mailbox_length: '3', mailbox_wait: '1500', requests_open: '2', proposals: '1',
      messages_per_second: 12.5, memory_bytes: '40960', kept_awake_until: '0',
    };
    if (name === 'channel/C0HOT') {
      return { entity: { ...common, channel: {
        facts: { id: 'C0HOT', team_id: 'T1', kind: 'CHANNEL_PUBLIC', name: nasty, creator: 'U1', created: '1700000000', archived: false, topic: { value: nasty, creator: 'U1', last_set: '0' }, general: false, previous_names: [], updated: '0', member_count: 250 },
        last_seq: '9007199254740993', last_ts: '1700000000123456', member_count: 250, members: ['U0ANN', 'U0BEN'], interested_hosts: ['north', 'west'],
        tail: tail ? [{ seq: '9', ts: '1700000000123456', user: 'U0ANN', bot_id: '', text: text ? nasty : '', subtype: '', deleted: false }] : [],
      } } };
    }
    if (name === 'user/U0ANN') {
      return { entity: { ...common, user: { presence: 'active', manual_away: false, channel_count: 31, devices: [{ host: 'west', connection: '77', heard: String(this.now()) }] } } };
    }
    if (name === 'slot/12') return { entity: { ...common, awake: false, slot_replica: slotPicture(12, leaderOf(12)) } };
    if (name === 'hub/north') return { entity: { ...common, host: 'north', hub: { sessions: 1200, topics: 4000, subscriptions: 90000, channels_wanted: 3100, questions_open: 1, gaps_healed: '2', events_encoded: '123456' } } };
    if (name === 'session/west:77' || name === 'sessions/U0SLOW') {
      const session = { ...common, name: 'session/west:77', host: 'west', session: { ...this.top().connections[0], connection: '77' } };
      return name.startsWith('sessions/') ? { entities: { entities: [session, { ...session, name: 'session/north:78', host: 'north' }] } } : { entity: session };
    }
    return null;
  }

  trace() {
    // Each with the place of the step that it followed from.
    const steps = [
      ['north', 'received', 0, -1], ['north', 'asked', 45, 0], ['south', 'request_in', 290, 1], ['south', 'arrived', 310, 2], ['south', 'admitted', 350, 3], ['south', 'proposed', 380, 4],
      ['west', 'entry_in', 860, 5], ['west', 'appended', 900, 6], ['south', 'fsynced', 1900, 5], ['west', 'fsynced', 41_200, 7], ['south', 'committed', 41_600, 9], ['south', 'applied', 41_900, 10],
      ['south', 'sent', 42_000, 10], ['north', 'answered', 42_300, 10], ['north', 'replied', 42_360, 13], ['north', 'event_in', 42_390, 12], ['north', 'at_hub', 42_400, 15], ['north', 'published', 42_450, 16], ['north', 'written', 42_600, 17],
    ];
    return {
      trace: Buffer.from('0123456789abcdef0123456789abcdef', 'hex').toString('base64'), channel: 'C0HOT', seq: '10', until_replied: '42360', until_written: '42600',
      steps: steps.map(([host, step, after, cause]) => ({
        host, step, at: String(start + after), clock_offset: host === 'west' ? '-3000' : '0', detail: step === 'sent' ? nasty : '', after: cause + 1,
        waited: cause < 0 ? '0' : String(after - steps[cause][2]), awaited: step !== 'applied',
      })),
      longest: { step: 9, time: '40300', words: 'the fsync of west (the majority was south and west)' },
      notes: [`6.0 ms for ${nasty} to write its tables, which kept nobody waiting`],
      clocks: [['north', '0', '0'], ['south', '0', '20000'], ['west', '-3000', '210']].map(([host, offset, exact]) => ({ host, offset, exact_to: exact, odd: false })),
    };
  }
}
