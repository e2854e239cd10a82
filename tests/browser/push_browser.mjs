// A browser that may show notifications, and the page's worker in it as pushes reach it. Notifications are kept by
// Chromium whether or not a desktop is there to show them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../support/host.mjs';
import { executablePath, quiet } from './browser.mjs';
import { chromium } from 'playwright-core';

// Pushes need a profile of its own: contexts beside others are incognito to Chromium, which pushes nothing to those.
// args, without: the browser's, more of them and less. permission: what was answered when the page asked. `problems` collects what the page complained of.
export async function openWithPushes(host, { locale = 'en-US', permission = true, args = [], without = [] } = {}) {
  const profile = await mkdtemp(path.join(tmpdir(), 'carillon-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, locale, viewport: { width: 1100, height: 720 },
    args: [...quiet.filter((one) => !without.includes(one)), ...args], ignoreDefaultArgs: without,
  });
  context.on('serviceworker', (worker) => worker.evaluate(record).catch(() => {}));
  if (permission) await context.grantPermissions(['notifications'], { origin: host.url });
  const page = context.pages()[0] ?? await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.stack));
  await page.goto(host.url);
  return {
    context,
    page,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

// In the worker: keeps in mind what it has shown.
function record() {
  const show = ServiceWorkerRegistration.prototype.showNotification;
  self.told = [];
  ServiceWorkerRegistration.prototype.showNotification = async function showNotification(title, options) {
    await show.call(this, title, options);
    self.told.push({ title, body: options.body });
  };
}

// All that was ever shown. Chromium forgets a notification that it is about to show when it is asked for what is shown,
// so one waits for it here, and then looks there.
export const told = async (context) => await context.serviceWorkers()[0]?.evaluate(() => self.told) ?? [];

// What is shown: [{title, body, channel, renotify}].
export const shown = (page) => page.evaluate(async () => {
  const worker = await navigator.serviceWorker.getRegistration('/');
  return (await worker?.getNotifications() ?? []).map(({ title, body, tag, renotify }) => ({ title, body, channel: tag, renotify }));
});
export const closeAll = (page) => page.evaluate(async () => {
  const worker = await navigator.serviceWorker.getRegistration('/');
  for (const one of await worker.getNotifications()) one.close();
});

// The worker, without a push service: deliver(text or value) resolves when that push to it was shown. `errors` collects what it complained of.
export async function startWorker(page) {
  const tools = await page.context().newCDPSession(page);
  const worker = { errors: [] };
  let registration;
  tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => { registration = registrations[0] ?? registration; });
  tools.on('ServiceWorker.workerErrorReported', ({ errorMessage }) => worker.errors.push(errorMessage.errorMessage));
  await tools.send('ServiceWorker.enable');
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/push_worker.js');
    await navigator.serviceWorker.ready;
  });
  const context = page.context();
  await until(async () => registration && context.serviceWorkers()[0]?.evaluate(() => Boolean(self.told)), 'the worker');
  const origin = new URL(page.url()).origin;
  worker.deliver = async (data) => {
    const before = (await told(context)).length;
    await tools.send('ServiceWorker.deliverPushMessage', {
      origin, registrationId: registration.registrationId, data: typeof data === 'string' ? data : JSON.stringify(data),
    });
    if (data.type !== 'clear') await until(async () => (await told(context)).length > before, `${JSON.stringify(data)} to be shown`);
  };
  return worker;
}

// As a click on the notification of `channel`: a desktop's click cannot be made here, and without one no window may be
// opened or come to the front. Resolves with what the worker wanted: {focused: address} or {opened: address}.
export async function click(context, channel) {
  return context.serviceWorkers()[0].evaluate(async (tag) => {
    const [notification] = await self.registration.getNotifications({ tag });
    const wanted = {};
    WindowClient.prototype.focus = async function focus() {
      wanted.focused = this.url;
      return this;
    };
    Clients.prototype.openWindow = async (address) => { wanted.opened = address; };
    let done;
    const event = Object.assign(new Event('notificationclick'), { notification, waitUntil: (promise) => { done = promise; } });
    self.dispatchEvent(event);
    await done;
    return wanted;
  }, channel);
}
