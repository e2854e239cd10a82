// Three real hosts for tests in node, on free ports of this machine, each with its data in a temporary
// folder. Each is ended by its own process id only.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './host.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const carillond = process.env.CARILLOND ?? path.join(root, 'build/release/carillond');
const readyWithinMs = 60_000;
const stoppedWithinMs = 20_000;

// Free now, and taken by nobody else unless somebody is very quick.
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export class Cluster {
  names = ['a', 'b', 'c'];
  data;
  #ports = {};
  #children = {};
  #output = {};
  #settings;

  // settings: ['section.key=value', ...], for all hosts; regions: {name: region}; tables: more of the settings
  // file. Resolves when all of them are well.
  static async start(settings = [], { regions = {}, tables = '' } = {}) {
    const cluster = new Cluster();
    cluster.#settings = settings;
    cluster.data = await mkdtemp(path.join(tmpdir(), 'carillon-cluster-'));
    const ports = await freePorts(2 * cluster.names.length);
    cluster.names.forEach((name, n) => { cluster.#ports[name] = ports[n]; });
    const hosts = cluster.names.map((name, n) => `[[cluster.hosts]]\nname = "${name}"\npeer = "127.0.0.1:${ports[cluster.names.length + n]}"\n` +
      `listen = "127.0.0.1:${ports[n]}"\ndata = "${path.join(cluster.data, name)}"\nzone = "z${n + 1}"\nregion = "${regions[name] ?? ''}"\n`);
    await writeFile(cluster.#config, `[cluster]\nname = "test"\nslots = 64\n\n${hosts.join('\n')}\n${tables}`);
    try {
      for (const name of cluster.names) cluster.startAgain(name);
      await cluster.well();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  url(name) {
    return `http://127.0.0.1:${this.#ports[name]}`;
  }

  async adminToken() {
    return (await readFile(path.join(this.data, 'a', 'admin.token'), 'utf8')).trim();
  }

  startAgain(name) {
    const args = ['--config', this.#config, '--host', name, ...this.#settings.flatMap((one) => ['--set', one])];
    const child = spawn(carillond, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#output[name] = '';
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.once('error', (error) => { this.#output[name] += String(error); });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { this.#output[name] += bytes; });
    this.#children[name] = { child, exited };
  }

  // Until every host that was started says that it can be used.
  async well(names = this.names) {
    try {
      await until(async () => (await Promise.all(names.map(async (name) => (await fetch(`${this.url(name)}/healthz`)).ok))).every(Boolean), 'all hosts to be well', readyWithinMs);
    } catch (error) {
      throw new Error(`${error.message}\n${Object.entries(this.#output).map(([name, text]) => `${name}: ${text.slice(-2000)}`).join('\n')}`, { cause: error });
    }
  }

  // signal: 'SIGKILL' as a power cut would, 'SIGSTOP' and 'SIGCONT' for a host that hangs.
  async signal(name, signal) {
    const { child, exited } = this.#children[name];
    child.kill(signal);
    if (signal === 'SIGKILL') await exited;
  }

  async stop() {
    const stubborn = [];
    await Promise.all(Object.entries(this.#children).map(async ([name, { child, exited }]) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(() => {
        stubborn.push(name);
        child.kill('SIGKILL');
      }, stoppedWithinMs);
      await exited;
      clearTimeout(timer);
    }));
    await rm(this.data, { recursive: true, force: true });
    if (stubborn.length) throw new Error(`${stubborn} did not stop:\n${stubborn.map((name) => this.#output[name].slice(-2000)).join('\n')}`);
  }

  get #config() {
    return path.join(this.data, 'cluster.toml');
  }
}
