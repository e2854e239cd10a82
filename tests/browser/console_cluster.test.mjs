// The console on three real hosts, under load: every view shows what the inspection interface says,
// and a host that dies is told at once, by the page of a host that lives.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Cluster } from '../support/cluster.mjs';
import { until } from '../support/host.mjs';
import { launch, open, signUp } from './browser.mjs';
import { cellsOf, desktop, openConsole, phone, shoot, visit } from './console_browser.mjs';
import { policy } from './console_fixture.mjs';
import { clusterView, entityView, hostView, topView, traceView } from './console_views.mjs';

let cluster, browser, site, page, load, channel, user;

const call = async (host, method, values) => {
  const answer = await (await fetch(`${cluster.url(host)}/api/${method}`, { method: 'POST', body: new URLSearchParams(values) })).json();
  assert.ok(answer.ok, `${method}: ${answer.error}`);
  return answer;
};

// A member whose chat page is open on host b while another posts at host a, some times a second.
async function startLoad() {
  const ann = await call('a', 'carillon.signup', { name: 'ann', email: 'ann@example.org', password: 'correct-horse' });
  user = ann.user_id;
  channel = (await call('a', 'chat.postMessage', { token: ann.token, channel: '#general', text: 'first' })).channel;
  const ben = await open(browser, { url: cluster.url('b') });
  await signUp(ben, 'ben');
  let going = true;
  const posting = (async () => {
    for (let n = 0; going; ++n) {
      await fetch(`${cluster.url('a')}/api/chat.postMessage`, { method: 'POST', body: new URLSearchParams({ token: ann.token, channel, text: `load ${n}` }) }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return async () => {
    going = false;
    await posting;
    await ben.context().close();
  };
}

before(async () => {
  cluster = await Cluster.start();
  const token = await cluster.adminToken();
  const url = cluster.url('a');
  const inspect = async (what) => (await fetch(`${url}/inspect/${what}`, { headers: { Authorization: `Bearer ${token}` } })).json();
  site = { url, token, inspect };
  browser = await launch();
  load = await startLoad();
  // A young cluster still hands leaderships to where the ring wishes them.
  await until(async () => {
    const { cluster: seen } = await inspect('cluster?slots=1');
    const leads = new Map(seen.hosts.flatMap((host) => host.slots.filter(({ serves }) => serves).map(({ slot }) => [slot, host.store_id])));
    return seen.places.every(({ preferred_leader: wished }, slot) => leads.get(slot) === wished);
  }, 'the leaders that the ring wishes', 30_000);
  // Posts count where the channel is led, whichever host that is.
  await until(async () => (await inspect('cluster')).cluster.hosts.some((host) => host.per_second.posts > 1), 'the load to be seen', 20_000);
});
after(async () => {
  await load?.();
  await browser?.close();
  await cluster?.stop();
});
afterEach(async () => {
  const problems = page?.problems ?? [];
  await page?.context().close();
  page = null;
  assert.deepEqual(problems, []);
});

test('the page is for everyone, with a policy of its own; what it shows is not', async () => {
  const response = await fetch(`${site.url}/console`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-security-policy'), policy);
  for (const headers of [{}, { Authorization: 'Bearer wrong' }]) {
    const refused = await fetch(`${site.url}/inspect/cluster`, { headers });
    assert.ok([401, 403].includes(refused.status));
  }
  page = await open(browser, { url: `${site.url}/console` }, desktop);
  await page.fill('#sign-token', 'wrong');
  await page.press('#sign-token', 'Enter');
  await page.locator('#sign-error', { hasText: 'does not accept that token' }).waitFor();
});

for (const [name, options] of [['desktop', desktop], ['phone', phone]]) {
  test(`every view shows what three hosts under load say (${name})`, async () => {
    page = await openConsole(browser, site, options);
    await clusterView(page, site, `cluster-${name}`);
    await hostView(page, site, `cluster-${name}`);
    await topView(page, site, `cluster-${name}`);
    const sessions = (await site.inspect(`entity?name=channel/${channel}`)).entity;
    await entityView(page, site, `cluster-${name}`, [`channel/${channel}`, `user/${user}`, `slot/${sessions.slot}`, 'hub/b']);
    const trace = await traceView(page, site, `cluster-${name}`, channel);
    assert.ok(new Set(trace.steps.map(({ host }) => host)).size >= 2, 'more than one host took part');
  });
}

test('an operator keeps a channel awake, lets it rest and stops it; the channel serves on', async () => {
  page = await openConsole(browser, site);
  await visit(page, `#entity/channel/${channel}`);
  const press = async (name) => {
    await page.getByRole('button', { name }).first().click();
    await page.click('#dialog-go');
    await page.locator('#dialog').waitFor({ state: 'hidden' });
  };
  await press(/^Keep awake/);
  await page.locator('.entity dt', { hasText: 'Kept awake until' }).waitFor();
  await press('Let rest');
  await page.locator('.entity dt', { hasText: 'Kept awake until' }).waitFor({ state: 'detached' });
  await press('Stop');
  const seq = async () => Number((await site.inspect(`entity?name=channel/${channel}`)).entity.channel.last_seq);
  const before = await seq();
  await until(async () => await seq() > before, 'posts to go on');
});

test('a host that dies is silent on every page, loudly, and its slots are led by others soon', async () => {
  page = await openConsole(browser, site);
  await page.waitForSelector('body[data-fresh=live]');
  await cluster.signal('c', 'SIGKILL');
  await page.locator('#alarms li.bad', { hasText: 'c is silent' }).waitFor();
  await page.locator('#hosts tr.bad', { hasText: 'SILENT' }).waitFor();
  await shoot(page, 'cluster-desktop-silent');
  await until(async () => await page.locator('.ring .slot.unled').count() === 0, 'every slot to be led again', 20_000);
  assert.equal(await page.getAttribute('body', 'data-fresh'), 'live', 'the dead host does not hold the picture up');
  cluster.startAgain('c');
  await page.locator('.ring .host.silent').waitFor({ state: 'detached', timeout: 40_000 });
  await until(async () => (await cellsOf(page, '#hosts')).every((row) => row.State === 'serving'), 'three hosts that serve', 40_000);
});

test('a page whose own host dies shows an old picture as old, and is live when the host is back', async () => {
  page = await openConsole(browser, site);
  await page.waitForSelector('body[data-fresh=live]');
  await cluster.signal('a', 'SIGKILL');
  await page.waitForSelector('body[data-fresh=stale]');
  cluster.startAgain('a');
  await page.waitForSelector('body[data-fresh=live]', { timeout: 60_000 });
});
