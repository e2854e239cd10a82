// The page in Korean, by the browser's language and by the switch, on a wide screen and a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../support/host.mjs';
import { launch, live, open, say, sees, signUp, texts } from './browser.mjs';

let host, browser;
before(async () => {
  host = await Host.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await host?.stop();
});
// As on another device.
const revoke = async (page) => {
  const { token } = await page.evaluate(() => JSON.parse(localStorage.getItem('carillon.session')));
  await fetch(`${host.api}auth.revoke`, { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
};

test('a Korean browser gets a Korean page, and can change to English and back', async () => {
  const page = await open(browser, host, { locale: 'ko-KR' });
  assert.equal(await page.getAttribute('html', 'lang'), 'ko');
  assert.equal(await page.textContent('#choose-signup'), '가입하기');
  await signUp(page, '민지', 'minji');
  await say(page, '안녕하세요');
  await sees(page, '안녕하세요');
  await page.locator('#list-direct li', { hasText: '민지 (나)' }).waitFor();
  await page.locator('.note', { hasText: '님이 채널에 들어왔습니다' }).first().waitFor();

  await page.click('.sidebar [data-language]');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await page.locator('.note', { hasText: 'joined the channel' }).first().waitFor();
  await page.reload();
  await live(page);
  assert.equal(await page.textContent('#sign-out'), 'Sign out', 'the choice outlives a reload');
  await page.click('.sidebar [data-language]');
  assert.equal(await page.textContent('#sign-out'), '로그아웃');
  assert.deepEqual(page.problems, []);
});

test('a refusal is told in Korean', async () => {
  const page = await open(browser, host, { locale: 'ko-KR' });
  await page.fill('#sign-email', 'nobody@example.org');
  await page.fill('#sign-password', 'wrong horse');
  await page.click('#sign-submit');
  await page.locator('#sign-error', { hasText: '이메일이나 비밀번호가 맞지 않습니다.' }).waitFor();
});

test('who was signed out elsewhere is told so in Korean', async () => {
  const page = await open(browser, host, { locale: 'ko-KR' });
  await signUp(page, '수진', 'sujin');
  await revoke(page);
  await page.locator('#sign-error', { hasText: '로그아웃되었습니다.' }).waitFor();
});

test('an Enter that ends the composition of a syllable does not send', async () => {
  const page = await open(browser, host);
  await signUp(page, 'composer');
  const keyboard = await page.context().newCDPSession(page);
  await page.focus('#composer-text');
  await keyboard.send('Input.imeSetComposition', { text: '종', selectionStart: 1, selectionEnd: 1 });
  await page.evaluate(() => document.getElementById('composer-text')
    .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })));
  await keyboard.send('Input.insertText', { text: '종' });
  assert.equal(await page.inputValue('#composer-text'), '종');
  await page.keyboard.press('Enter');
  await sees(page, '종');
  assert.deepEqual((await texts(page)).filter((text) => text.includes('종')), ['종']);
});

test('on a phone there is one column at a time', async () => {
  const page = await open(browser, host, { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  await page.click('#choose-signup');
  await page.fill('#sign-name', 'pocket');
  await page.fill('#sign-email', 'pocket@example.org');
  await page.fill('#sign-password', 'correct horse');
  await page.click('#sign-submit');
  await page.locator('#list-channels a', { hasText: 'general' }).click();
  assert.equal(await page.locator('#sidebar').isVisible(), false);
  await say(page, 'from my pocket');
  await sees(page, 'from my pocket');
  await page.click('#back');
  await page.locator('#sidebar').waitFor();
  assert.equal(await page.locator('#room').isVisible(), false);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
});
