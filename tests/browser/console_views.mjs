// What each view of the console must show, read from the JSON that the page was given: the same
// checks for the made-up cluster and for a real one. `site` has url, token and inspect(what).
import assert from 'node:assert/strict';
import { until } from '../support/host.mjs';
import { micros } from '../../tools/web/page/console/format.js';
import { cellsOf, overflow, shoot, visit } from './console_browser.mjs';

const live = (page) => page.waitForSelector('body[data-fresh=live]');
// Without the links, which a page narrower than a picture hides inside scrolling boxes.
async function fits(page) {
  assert.ok(await overflow(page) <= 0, 'the page is wider than the screen');
}

export async function clusterView(page, site, name) {
  await visit(page, '#cluster');
  await live(page);
  // Leaderships move while hosts settle; for a moment nobody leads such a slot.
  await until(async () => (await page.locator('.ring .slot').count()) > 0 && (await page.locator('.ring .slot.unled').count()) === 0, 'a leader for every slot');
  const { cluster } = await site.inspect('cluster?slots=1');
  const names = cluster.hosts.map((host) => host.name);
  await until(async () => (await cellsOf(page, '#hosts')).length === cluster.members.length, 'a row per host');
  for (const row of await cellsOf(page, '#hosts')) {
    const host = cluster.hosts.find((one) => one.name === row.Host);
    assert.ok(host, `${row.Host} is one of ${names}`);
    assert.equal(row.State, host.state);
    assert.equal(row.Version, host.version);
    assert.match(row.Memory, /^[\d.]+ (MiB|GiB)$/);
    assert.match(row['CPU, cores'], /^\d+\.\d\d$/);
    assert.ok(row['Posts/s'] !== '' && row['Deliveries/s'] !== '');
  }
  await until(async () => (await page.locator('#hosts .spark .line').first().getAttribute('d')).length > 5, 'a line of the last seconds');
  const facts = await page.textContent('#cluster-facts');
  assert.ok(facts.includes(`generation ${Number(cluster.generation).toLocaleString('en-US')}`), facts);
  assert.ok(facts.includes(`ring actor on ${cluster.meta_leader}`), facts);
  assert.equal(await page.locator('.ring .host').count(), names.length);
  const links = cluster.hosts.flatMap((host) => host.links.map((link) => `${host.name} → ${link.host}`));
  assert.deepEqual((await cellsOf(page, '#links')).map((row) => row.Link).sort(), links.sort());

  // By keys: the second slot, with the leader and the replicas that the hosts told of.
  await page.focus('svg.ring');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  const leads = cluster.hosts.find((host) => host.slots.some(({ slot, role }) => slot === 1 && role === 'leader'));
  await page.locator('#ring-details', { hasText: `slot/1 led by ${leads.name}` }).waitFor();
  const holders = cluster.hosts.filter((host) => host.slots.some(({ slot }) => slot === 1)).map((host) => host.name);
  assert.deepEqual((await page.locator('#ring-details li b').allTextContents()).sort(), holders.sort());
  assert.match(await page.getAttribute('svg.ring', 'aria-valuetext'), new RegExp(`^slot 1, led by ${leads.name}, replicas on `));
  assert.equal(await page.locator('.ring .spoke.leader').count(), 1);
  await fits(page);
  await shoot(page, `${name}-cluster`);
}

export async function hostView(page, site, name) {
  const { host } = await site.inspect('host?slots=1');
  await visit(page, `#host/${host.name}`);
  await page.getByRole('heading', { name: host.name, exact: true }).waitFor();
  await page.locator('.chart canvas').first().waitFor();
  await until(async () => (await cellsOf(page, '#host-slots')).length > 0, 'slots');
  const few = await cellsOf(page, '#host-slots');
  assert.ok((await page.textContent('#view')).includes(host.store_id), 'the store id, all its digits');
  await fits(page);
  await shoot(page, `${name}-host`);
  if (few.length < host.slots.length) await page.click('#all-slots');
  await until(async () => (await cellsOf(page, '#host-slots')).length === host.slots.length, 'a row per slot');
  const shown = (await cellsOf(page, '#host-slots')).map((row) => Number(row.Slot.slice('slot/'.length)));
  assert.deepEqual(shown.sort((a, b) => a - b), host.slots.map(({ slot }) => slot));
}

export async function topView(page, site, name) {
  await visit(page, '#top');
  await page.locator('#top-channels').waitFor();
  await live(page);
  const { top } = await site.inspect('top');
  await until(async () => (await cellsOf(page, '#top-actors')).length >= Math.min(1, top.actors.length), 'actors');
  if (top.channels.length) {
    const hot = page.locator('#top-channels tbody tr', { hasText: top.channels[0].name });
    await hot.waitFor();
    assert.ok((await hot.textContent()).includes(top.channels[0].host));
  }
  const kinds = new Set((await cellsOf(page, '#top-actors')).map((row) => row.Kind));
  assert.ok(top.actors.slice(0, 3).every(({ kind }) => kinds.has(kind)), `${[...kinds]} has the busiest`);
  // What is listed as slow leads to why it is.
  const slow = top.connections.find(({ why }) => why);
  if (slow) assert.equal(await page.locator('#top-connections tbody tr', { hasText: slow.why }).first().locator('td.name a').first().getAttribute('href'), `#entity/session/${slow.host}:${slow.connection}`);
  // A handler of minutes would be one whose nanoseconds were taken for more.
  for (const row of await cellsOf(page, '#top-actors')) assert.match(row.p50, /^[\d.]+ (ns|µs|ms)$/);
  assert.ok(await page.locator('#top-actors .histogram rect').count() > 0, 'histograms are drawn');
  await fits(page);
  await shoot(page, `${name}-top`);
}

// entities: names that exist.
export async function entityView(page, site, name, entities) {
  await visit(page, '#entity');
  for (const [at, entity] of entities.entries()) {
    const answer = await site.inspect(`entity?name=${encodeURIComponent(entity)}&tail=5`);
    const told = answer.entity ?? answer.entities.entities[0];
    // The search box the first time, then by address, as links do.
    if (at === 0) {
      await page.fill('#entity-name', entity);
      await page.press('#entity-name', 'Enter');
    } else await visit(page, `#entity/${entity}`);
    const card = page.locator(`.entity[data-name="${told.name}"]`);
    await card.waitFor();
    const facts = Object.fromEntries(await card.locator('dl.facts > div').evaluateAll((rows) =>
      rows.map((row) => [row.children[0].textContent, row.children[1].textContent])));
    assert.equal(facts[told.copies?.length ? 'Led by' : 'Lives on'], told.host);
    if (told.channel) {
      // Posts go on: what the page shows was true between the two answers.
      const later = (await site.inspect(`entity?name=${encodeURIComponent(entity)}`)).entity.channel.last_seq;
      const shown = BigInt(facts['Last seq'].replaceAll(',', ''));
      assert.ok(BigInt(told.channel.last_seq) <= shown && shown <= BigInt(later), `${told.channel.last_seq} <= ${shown} <= ${later}`);
      assert.equal(facts.Members, told.channel.member_count.toLocaleString('en-US'));
    }
    if (told.slot_replica) assert.equal(facts.Leader, told.slot_replica.leader);
    if (told.user) {  // who comes, goes and rests meanwhile: page and answer agree soon
      await until(async () => {
        const { presence } = (await site.inspect(`entity?name=${encodeURIComponent(entity)}`)).entity.user;
        return (await card.textContent()).includes(`Presence${presence || 'not known'}`);
      }, 'the presence');
    }
    if (told.hub) assert.equal(facts.Sessions, told.hub.sessions.toLocaleString('en-US'));
    if (told.session) {
      assert.equal(facts.User, told.session.user);
      if (told.session.why) assert.equal(facts['Slow because'], told.session.why);
    }
    await fits(page);
    await shoot(page, `${name}-entity-${entity.split('/')[0]}`);
  }
}

export async function traceView(page, site, name, channel) {
  await visit(page, '#trace');
  await page.fill('#trace-channel', channel);
  await page.fill('#trace-text', 'where does the time go');
  await page.click('.trace-form button');
  await page.locator('#trace-steps li').nth(4).waitFor();
  await until(() => page.evaluate(() => /^#trace\/[0-9a-f]{32}$/.test(location.hash)), 'the trace in the address');
  const id = (await page.evaluate(() => location.hash)).slice('#trace/'.length);
  let trace;  // the last steps may come late
  await until(async () => {
    ({ trace } = await site.inspect(`trace?id=${id}`));
    return await page.locator('#trace-steps li').count() === trace.steps.length;
  }, 'every step');
  const shown = await page.locator('#trace-steps li').evaluateAll((rows) =>
    rows.map((row) => `${row.querySelector('.host').textContent} ${row.querySelector('.step').textContent}`));
  // How far the clocks are apart is measured with every question, so hosts may shift against one
  // another; the order on each of them stays.
  const told = [...trace.steps].sort((a, b) => Number(a.at) - Number(b.at)).map(({ host, step }) => `${host} ${step}`);
  for (const one of new Set(trace.steps.map(({ host }) => host))) {
    const ofOne = (lines) => lines.filter((line) => line.startsWith(`${one} `));
    assert.deepEqual(ofOne(shown), ofOne(told));
  }
  assert.match(await page.textContent('#trace-total'), new RegExp(`${trace.steps.length} steps on \\d host`));
  assert.equal(await page.textContent('#trace-longest'), `Longest wait: ${micros(trace.longest.time)} for ${trace.longest.words}`);
  assert.equal(await page.locator('#trace-steps li.longest .step').textContent(), trace.steps[trace.longest.step].step);
  await fits(page);
  await shoot(page, `${name}-trace`);
  return trace;
}
