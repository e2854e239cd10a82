// The last minutes of every host, second by second, for the charts. The inspector sends a host's own
// history when it is asked for it; between that, each picture that arrives is one more sample.
import { number } from './format.js';

const secondsKept = 600;

// {at (seconds since 1970), posts, deliveries, requests, bytes_out, connections, memory, cpu, fsync_p99, post_p50,
// post_p99}; null where it is not known.
function sampleOf(at, { per_second: rates = {}, connections, memory_bytes, cpu_cores }, more) {
  return {
    at: Math.floor(number(at) / 1e6),
    posts: number(rates.posts), deliveries: number(rates.deliveries), requests: number(rates.requests),
    bytes_out: number(rates.bytes_out), connections: number(connections), memory: number(memory_bytes),
    cpu: number(cpu_cores), post_p50: null, post_p99: null, fsync_p99: null, ...more,
  };
}

export class History {
  #hosts = new Map();  // name -> [sample], by time, one per second

  // hosts: host_pictures.
  take(hosts) {
    for (const host of hosts ?? []) {
      for (const sample of host.history ?? []) {
        this.#put(host.name, sampleOf(sample.at, sample, {
          post_p50: number(sample.post_p50), post_p99: number(sample.post_p99), fsync_p99: number(sample.fsync_p99),
        }));
      }
      const newest = (this.#hosts.get(host.name) ?? []).at(-1);
      const now = sampleOf(host.now, host, { fsync_p99: host.journal ? number(host.journal.fsync_p99) : null });
      // The host's own sample of a second knows more than ours.
      if (now.at > (newest?.at ?? 0)) this.#put(host.name, now);
    }
  }

  // The samples of one host, oldest first.
  of(name) {
    return this.#hosts.get(name) ?? [];
  }

  values(name, field, seconds = 60) {
    return this.of(name).slice(-seconds).map((sample) => sample[field] ?? 0);
  }

  #put(name, sample) {
    if (!sample.at) return;
    if (!this.#hosts.has(name)) this.#hosts.set(name, []);
    const samples = this.#hosts.get(name);
    let at = samples.length;
    while (at > 0 && samples[at - 1].at > sample.at) --at;
    if (at > 0 && samples[at - 1].at === sample.at) samples[at - 1] = sample;
    else samples.splice(at, 0, sample);
    if (samples.length > secondsKept) samples.splice(0, samples.length - secondsKept);
  }
}
