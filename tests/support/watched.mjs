// Three hosts that `carillon up` runs, as an operator has them: for tests that change them while they run.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from './cluster.mjs';
import { until } from './host.mjs';

const carillon = process.env.CARILLON;
const wellWithinMs = 60_000;
const stoppedWithinMs = 60_000;

export class WatchedCluster {
  names = ['a', 'b', 'c'];
  data;
  said = '';
  #ports = {};
  #up;
  #ended;

  // program: the carillond of all hosts; settings: ['section.key=value', ...].
  static async start({ program, settings = [], slots = 16 }) {
    const cluster = new WatchedCluster();
    cluster.data = await mkdtemp(path.join(tmpdir(), 'carillon-watched-'));
    const ports = await freePorts(2 * cluster.names.length);
    cluster.names.forEach((name, n) => { cluster.#ports[name] = ports[n]; });
    const hosts = cluster.names.map((name, n) => `[[cluster.hosts]]\nname = "${name}"\npeer = "127.0.0.1:${ports[cluster.names.length + n]}"\n` +
      `listen = "127.0.0.1:${ports[n]}"\ndata = "${path.join(cluster.data, name)}"\nzone = "z${n + 1}"\n`);
    await writeFile(cluster.file, `[cluster]\nname = "test"\nslots = ${slots}\n\n${hosts.join('\n')}`);
    cluster.watch(program, settings);
    try {
      await cluster.well();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  // Also again, after stopWatching().
  watch(program, settings = []) {
    const args = ['up', this.file, '--plain', '--program', program, ...settings.flatMap((one) => ['--set', one])];
    this.#up = spawn(carillon, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => this.#up.once('exit', resolve));
    for (const stream of [this.#up.stdout, this.#up.stderr]) stream.on('data', (bytes) => { this.said += bytes; });
  }

  get file() {
    return path.join(this.data, 'cluster.toml');
  }

  url(name) {
    return `http://127.0.0.1:${this.#ports[name]}`;
  }

  host(name) {
    return { url: this.url(name), api: `${this.url(name)}/api/` };
  }

  log(name) {
    return readFile(path.join(this.data, `${name}.log`), 'utf8');
  }

  async well() {
    try {
      await until(async () => (await Promise.all(this.names.map(async (name) => (await fetch(`${this.url(name)}/healthz`)).ok))).every(Boolean),
        'all hosts to be well', wellWithinMs);
    } catch (error) {
      throw new Error(`${error.message}\n${this.said.slice(-4000)}`, { cause: error });
    }
  }

  // The `carillon` program; resolves with {code, output} whatever it says. `ended` gets its process.
  command(args, ended = () => {}) {
    return new Promise((resolve) => {
      const child = execFile(carillon, args, (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? error.signal) : 0, output: stdout + stderr }));
      ended(child);
    });
  }

  roll(program, ...more) {
    return this.command(['up', this.file, '--rolling', '--program', program, ...more]);
  }

  // What an operator's word gets for an answer from this host: {status, body}.
  async order(name, command) {
    const token = (await readFile(path.join(this.data, name, 'admin.token'), 'utf8')).trim();
    const answer = await fetch(`${this.url(name)}/inspect/ring`, {
      method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify({ command }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  async stopWatching() {
    if (this.#up.exitCode !== null || this.#up.signalCode !== null) return;
    this.#up.kill('SIGTERM');
    const timer = setTimeout(() => this.#up.kill('SIGKILL'), stoppedWithinMs);
    await this.#ended;
    clearTimeout(timer);
  }

  async stop() {
    await this.stopWatching();
    await rm(this.data, { recursive: true, force: true });
  }
}
