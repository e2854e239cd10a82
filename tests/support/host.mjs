// A real host for tests in node: build/release/carillond (or $CARILLOND) on a free port, with its
// data in a temporary folder that goes away with it. It is stopped by its own process id only.
import { spawn, execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const carillond = process.env.CARILLOND ?? path.join(root, 'build/release/carillond');
const carillon = process.env.CARILLON ?? path.join(path.dirname(carillond), 'carillon');
const readyWithinMs = 20_000;
const stoppedWithinMs = 20_000;

// Waits until `condition` (which may be async, and may throw while it is not yet true) gives
// something truthy, and resolves with that. `what` is for the message when it never does.
export async function until(condition, what, withinMs = 10_000) {
  const deadline = Date.now() + withinMs;
  for (let last; ; ) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export class Host {
  url;    // http://127.0.0.1:PORT
  data;
  #child;
  #exited;
  #output = '';

  // settings: ['section.key=value', ...]
  static async start(settings = []) {
    const host = new Host();
    host.data = await mkdtemp(path.join(tmpdir(), 'carillon-test-'));
    await host.#run('127.0.0.1:0', settings);
    return host;
  }

  get api() {
    return `${this.url}/api/`;
  }

  // What the host wrote to its standard output and error.
  get output() {
    return this.#output;
  }

  // As a power cut would, as far as a process can.
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  // On the same port and data as before.
  async startAgain(settings = []) {
    await rm(path.join(this.data, 'address'), { force: true });
    await this.#run(new URL(this.url).host, settings);
  }

  async stop() {
    try {
      if (this.#child.exitCode === null && this.#child.signalCode === null) {
        this.#child.kill('SIGTERM');
        const timer = setTimeout(() => this.#child.kill('SIGKILL'), stoppedWithinMs);
        await this.#exited;
        clearTimeout(timer);
        if (this.#child.signalCode === 'SIGKILL') throw new Error(`the host did not stop:\n${this.#output}`);
      }
    } finally {
      await rm(this.data, { recursive: true, force: true });
    }
  }

  // The `carillon` program against this host; resolves with what it printed.
  async command(...args) {
    const { stdout } = await promisify(execFile)(carillon, [...args, '--data', this.data]);
    return stdout.trim();
  }

  async #run(listen, settings) {
    const args = ['--data', this.data, '--listen', listen, ...settings.flatMap((one) => ['--set', one])];
    const child = spawn(carillond, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    child.once('error', (error) => { this.#output += String(error); });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { this.#output += bytes; });
    try {
      await until(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return true;
        this.url = (await readFile(path.join(this.data, 'address'), 'utf8')).trim();
        return (await fetch(`${this.url}/healthz`)).ok;
      }, 'the host to be ready', readyWithinMs);
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('the host ended at once');
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`${error.message}\n${carillond} said:\n${this.#output}`, { cause: error });
    }
  }
}
