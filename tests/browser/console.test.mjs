// The operator's page in a real browser, on a wide screen and on a phone, against a made-up cluster:
// every view shows what the JSON says, nothing that the cluster says becomes markup, and a host that
// goes away leaves a picture that says how old it is.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { until } from '../support/host.mjs';
import { launch, open } from './browser.mjs';
import { cellsOf, desktop, openConsole, overflow, phone, shoot, visit } from './console_browser.mjs';
import { Fixture } from './console_fixture.mjs';
import { nasty } from './console_site.mjs';
import { clusterView, entityView, hostView, topView, traceView } from './console_views.mjs';

let browser, fixture, page;
before(async () => { browser = await launch(); });
after(() => browser?.close());
beforeEach(async () => { fixture = await Fixture.start(); });
afterEach(async () => {
  const problems = page?.problems ?? [];
  await page?.context().close();
  page = null;
  await fixture.stop();
  assert.deepEqual(problems, []);
});

const entities = ['channel/C0HOT', 'user/U0ANN', 'slot/12', 'hub/north', 'session/west:77', 'sessions/U0SLOW'];

for (const [name, options] of [['desktop', desktop], ['phone', phone], ['dark', { ...desktop, colorScheme: 'dark' }], ['phone-dark', { ...phone, colorScheme: 'dark' }]]) {
  test(`every view shows what the cluster says (${name})`, async () => {
    page = await openConsole(browser, fixture, options);
    await clusterView(page, fixture, name);
    await hostView(page, fixture, name);
    await topView(page, fixture, name);
    await entityView(page, fixture, name, entities);
    await traceView(page, fixture, name, 'C0HOT');
    assert.deepEqual(fixture.site.posted, [['C0HOT', 'where does the time go']]);
  });
}

test('a wrong token is refused in words, a right one stays in this tab only', async () => {
  page = await open(browser, { url: `${fixture.url}/console` }, desktop);
  await shoot(page, 'sign-in');
  await page.fill('#sign-token', 'xadmin-wrong');
  await page.press('#sign-token', 'Enter');
  await page.locator('#sign-error', { hasText: 'does not accept that token' }).waitFor();
  await page.fill('#sign-token', fixture.token);
  await page.press('#sign-token', 'Enter');
  await page.locator('#hosts tbody tr').first().waitFor();
  const kept = await page.evaluate(() => [Object.values(sessionStorage), Object.values(localStorage), document.cookie, location.href]);
  assert.deepEqual(kept.slice(0, 3), [[fixture.token], [], '']);
  assert.ok(!kept[3].includes(fixture.token));
  assert.ok(!fixture.asked.some((path) => path.includes(fixture.token)));
  await page.reload();
  await page.locator('#hosts tbody tr').first().waitFor();
  await page.click('#sign-out');
  await page.locator('#sign-form').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  assert.equal(await page.locator('#view *').count(), 0);
});

test('a token that stops being good leads back to the sign-in', async () => {
  page = await openConsole(browser, fixture);
  await page.waitForSelector('body[data-fresh=live]');
  fixture.token = 'another';
  fixture.cutWebSockets();
  await page.locator('#sign-error', { hasText: 'any more' }).waitFor();
});

test('names and texts of the cluster never become markup', async () => {
  const { site } = fixture;
  site.silent.set('west', nasty);
  site.changes.push((cluster) => {
    const [north] = cluster.hosts;
    for (const field of ['zone', 'version', 'state']) north[field] = nasty;
    north.journal.trouble = nasty;
    north.links[0] = { ...north.links[0], up: false, trouble: nasty };
    north.slots.forEach((slot) => { slot.trouble = nasty; });
    cluster.states.forEach((state) => { state.troubles = [nasty]; });
    cluster.members.push({ store_id: '99', name: nasty, public_url: nasty, peer_address: nasty });
    cluster.moves.push({ slot: 3, host: nasty, what: nasty, behind: '1' });
    cluster.meta_leader = nasty;
  });
  page = await openConsole(browser, fixture);
  const checkPage = async (what) => {
    assert.equal(await page.locator('#console img:not([src="/icon.svg"]), #view b:text-is("bold"), #dialog img, #dialog b').count(), 0, what);
    assert.notEqual(await page.title(), '1');
    assert.ok((await page.textContent('body')).includes(nasty), `${what}: shown as it is`);
  };
  await page.locator('#alarms', { hasText: nasty }).waitFor();
  await page.focus('svg.ring');
  await page.keyboard.press('Home');
  await checkPage('cluster');
  await shoot(page, 'desktop-nasty');
  for (const hash of ['#host/north', '#top', `#host/${encodeURIComponent(nasty)}`]) {
    await visit(page, hash);
    await until(async () => (await page.textContent('#view')).includes(nasty), `${hash} to show it`);
    await checkPage(hash);
  }
  await visit(page, '#entity/channel/C0HOT');
  await page.check('#entity-text');
  await page.locator('.entity td', { hasText: nasty }).waitFor();
  await checkPage('entity');
  await page.fill('#entity-name', nasty);
  await page.press('#entity-name', 'Enter');
  await page.locator('#entity-answer .error', { hasText: nasty }).waitFor();
  await visit(page, '#trace/0123456789abcdef0123456789abcdef');
  await page.locator('#trace-steps', { hasText: nasty }).waitFor();
  await checkPage('trace');
});

test('a silent host is loud: on top of the page, in the table, in the ring', async () => {
  page = await openConsole(browser, fixture);
  await page.locator('#hosts tbody tr', { hasText: 'west' }).waitFor();
  const colour = () => page.locator('#hosts td.name', { hasText: 'south' }).getAttribute('data-colour');
  const before = await colour();
  fixture.site.silent.set('south', 'no answer within 500 ms');
  await page.locator('#alarms li.bad', { hasText: 'south is silent: no answer within 500 ms' }).waitFor();
  await page.locator('#hosts tr.bad', { hasText: 'SILENT: no answer within 500 ms' }).waitFor();
  await page.locator('.ring .host.silent').waitFor();
  await page.locator('#alarms', { hasText: /\d+ slots have no leader that serves/ }).waitFor();
  assert.ok(await page.locator('.ring .slot.unled').count() > 0);
  assert.equal(await colour(), before, 'a host keeps its colour');
  await shoot(page, 'desktop-silent');
  await page.setViewportSize(phone.viewport);
  await shoot(page, 'phone-silent');
  assert.ok(await overflow(page) <= 0);
  fixture.site.silent.clear();
  await page.locator('.ring .host.silent').waitFor({ state: 'detached' });
  await until(async () => await page.locator('.ring .slot.unled').count() === 0, 'all led again');
});

test('a ring of 16,384 slots, too large for a push, is asked for and is a few paths', async () => {
  fixture.site.slots = 16_384;
  fixture.pushRing = false;
  let answer;
  fixture.pictureReady = new Promise((resolve) => { answer = resolve; });
  page = await openConsole(browser, fixture);
  await page.waitForSelector('body[data-fresh=live]');
  await page.locator('.ring .host').first().waitFor();  // drawn without slots, from the push alone
  answer();
  await page.locator('#cluster-facts', { hasText: '16,384 slots · ring actor' }).waitFor();
  assert.ok(await page.locator('.ring .slot').count() <= 4);
  await page.focus('svg.ring');
  await page.keyboard.press('End');
  await page.locator('#ring-details', { hasText: 'slot/16383 led by north' }).waitFor();
  assert.ok(!fixture.asked.includes('cluster?slots=1'), 'millions of replicas are not asked for');
});

test('without WebSockets the picture is asked for, again and again', async () => {
  fixture.webSockets = false;
  page = await openConsole(browser, fixture);
  await page.waitForSelector('body[data-fresh=polling]');
  const polls = () => fixture.asked.filter((path) => path === 'top?limit=20').length;
  const sofar = polls();
  await until(() => polls() >= sofar + 2, 'more questions', 8_000);
  fixture.webSockets = true;
  await page.waitForSelector('body[data-fresh=live]', { timeout: 40_000 });
});

test('what a push does not carry is asked for while it is on the screen, and only then', async () => {
  fixture.pushTop = false;
  page = await openConsole(browser, fixture);
  await page.waitForSelector('body[data-fresh=live]');
  const asked = (what) => fixture.asked.filter((path) => path.startsWith(what)).length;
  await until(() => asked('cluster?slots=1') >= 2, 'replicas, again', 10_000);
  await visit(page, '#top');
  const [sofar, replicas] = [asked('top'), asked('cluster?slots=1')];
  // Every two seconds: long enough for two questions for replicas.
  await until(() => asked('top') >= sofar + 5, 'the longest lists, again', 20_000);
  assert.equal(asked('cluster?slots=1'), replicas);
});

test('a host that is gone leaves a picture marked as old; when it is back, the page is live again', async () => {
  page = await openConsole(browser, fixture);
  await page.waitForSelector('body[data-fresh=live]');
  fixture.die();
  await page.waitForSelector('body[data-fresh=stale]');
  await page.locator('#stale', { hasText: /What you see is \d+ s old/ }).waitFor();
  assert.ok((await cellsOf(page, '#hosts')).length === 3, 'what was known stays on the screen');
  await shoot(page, 'desktop-stale');
  fixture.dead = false;
  await page.waitForSelector('body[data-fresh=live]', { timeout: 40_000 });
  await page.locator('#stale').waitFor({ state: 'hidden' });
});

test('an operator keeps an entity awake, and stops it only after saying so twice', async () => {
  page = await openConsole(browser, fixture);
  await visit(page, '#entity/channel/C0HOT');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.locator('#dialog', { hasText: 'Stop: channel/C0HOT?' }).waitFor();
  await shoot(page, 'desktop-stop');
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual(fixture.site.operated, []);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.click('#dialog-go');
  await page.locator('#dialog').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: /^Keep awake/ }).click();
  await page.click('#dialog-go');
  await page.locator('#dialog').waitFor({ state: 'hidden' });
  assert.deepEqual(fixture.site.operated, [
    { entity: 'channel/C0HOT', what: 'STOP', seconds: 0 },
    { entity: 'channel/C0HOT', what: 'KEEP_AWAKE', seconds: 600 },
  ]);
});

test('texts are asked for only when somebody wants to read them', async () => {
  page = await openConsole(browser, fixture);
  await visit(page, '#entity/channel/C0HOT');
  await page.locator('.entity').waitFor();
  assert.ok(!fixture.asked.some((path) => path.includes('text=1')));
  await page.check('#entity-text');
  await until(() => fixture.asked.some((path) => path.includes('text=1')), 'the question for texts');
});

test('an entity that is not there is answered in words', async () => {
  page = await openConsole(browser, fixture);
  await visit(page, '#entity');
  await page.fill('#entity-name', 'C0NONE');
  await page.press('#entity-name', 'Enter');
  await page.locator('#entity-answer .error', { hasText: 'no such entity: channel/C0NONE' }).waitFor();
});

test('keys alone are enough: from the sign-in to a slot\'s entity', async () => {
  page = await open(browser, { url: `${fixture.url}/console` }, desktop);
  await until(() => page.evaluate(() => document.activeElement.id === 'sign-token'), 'focus in the field');
  await page.keyboard.type(fixture.token);
  await page.keyboard.press('Enter');
  await page.locator('#hosts tbody tr').first().waitFor();
  for (let n = 0; n < 40; ++n) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.classList.contains('ring'))) break;
  }
  for (const key of ['Home', 'PageUp', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  await page.locator('#ring-details', { hasText: 'slot/12' }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.entity[data-name="slot/12"]').waitFor();
});

test('words stand out from what is behind them, in light and in dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    fixture.site.silent.set('west', 'gone');
    const one = await openConsole(browser, fixture, { ...desktop, colorScheme });
    const colours = await one.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const channel = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      const light = (name) => { const [r, g, b] = channel(style.getPropertyValue(name).trim()); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const contrast = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
      return [['--ink', '--paper'], ['--quiet', '--paper'], ['--quiet', '--panel'], ['--accent', '--paper'], ['--accent', '--tint'], ['--on-accent', '--accent'],
        ['--bad', '--bad-tint'], ['--bad', '--paper'], ['--warn', '--warn-tint'], ['--on-bad', '--bad'], ['--quiet', '--bad-tint']].map((pair) => [pair.join(' on '), contrast(...pair)]);
    });
    await one.context().close();
    for (const [pair, ratio] of colours) assert.ok(ratio >= 4.5, `${colorScheme}: ${pair} ${ratio.toFixed(2)}`);
  }
});
