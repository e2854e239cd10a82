// The script of the README does what the README says, word for word.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Host } from '../support/host.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

test('the five-line script of the README posts and receives', async () => {
  const readme = await readFile(`${here}/../../README.md`, 'utf8');
  const script = /```js\n([\s\S]*?)```/.exec(readme)[1];
  const host = await Host.start();
  try {
    const form = new URLSearchParams({ name: 'ann', email: 'ann@example.org', password: 'correct-horse' });
    const account = await (await fetch(`${host.api}carillon.signup`, { method: 'POST', body: form })).json();
    assert.equal(account.ok, true);
    // As a module from a string, so that its imports are found from this folder.
    const { stdout } = await promisify(execFile)(
      process.execPath, ['--input-type=module', '--eval', script],
      { cwd: here, timeout: 60_000, env: { ...process.env, TOKEN: account.token, CARILLON_API: host.api } });
    assert.equal(stdout.trim(), `#2 ${account.user_id}: Hello from Node`);
  } finally {
    await host.stop();
  }
});
