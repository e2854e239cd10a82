// Notifications while the page is not there: this browser as one of the person's devices, by Web Push. The
// button shows only where the browser and the server both can.
import { call, callOnce } from './api.js';
import { byId } from './dom.js';
import { t } from './strings.js';

const storageKey = 'carillon.device';

// A name of its own for each browser, as long as it keeps what we leave in it.
function device() {
  const known = localStorage.getItem(storageKey);
  if (known) return known;
  const name = `browser-${crypto.randomUUID().slice(0, 8)}`;
  localStorage.setItem(storageKey, name);
  return name;
}

const bytesOf = (base64url) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const sameKey = (subscription, key) => {
  const has = new Uint8Array(subscription.options.applicationServerKey ?? []);
  return has.length === key.length && has.every((byte, n) => byte === key[n]);
};

export class Notify {
  #session;
  #key;
  #button = byId('notify');

  constructor(session, open) {
    this.#session = session;
    this.#button.onclick = () => this.#toggle();
    navigator.serviceWorker?.addEventListener('message', ({ data }) => data.open && open(data.open));
    this.#begin().catch(() => {});
  }

  words() {
    this.#button.textContent = t(this.#button.getAttribute('aria-pressed') === 'true' ? 'notify_off' : 'notify_on');
  }

  // Signing out: the next person here must not see what is for this one.
  async stop() {
    this.#button.hidden = true;
    const subscription = await this.#subscription();
    if (!subscription) return;
    await callOnce(this.#session.token, 'carillon.push.unregister', { device: device() }).catch(() => {});
    await subscription.unsubscribe();
  }

  async #begin() {
    if (!('serviceWorker' in navigator) || !('PushManager' in window)) return;
    const { vapid_public_key: key } = await call(this.#session.token, 'carillon.push.providers');
    if (!key) return;
    this.#key = bytesOf(key);
    const subscription = await this.#subscription();
    // The server's key or the browser's address may be another one than last time.
    if (subscription && Notification.permission === 'granted') await this.#register(subscription);
    this.#show(Boolean(subscription));
    this.#button.hidden = false;
  }

  async #subscription() {
    const worker = await navigator.serviceWorker?.getRegistration('/');
    return worker?.pushManager?.getSubscription();
  }

  async #register(old) {
    let subscription = old;
    if (subscription && !sameKey(subscription, this.#key)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    if (!subscription) {
      await navigator.serviceWorker.register('/push_worker.js');
      const worker = await navigator.serviceWorker.ready;
      subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: this.#key });
    }
    await call(this.#session.token, 'carillon.push.register',
      { device: device(), provider: 'web_push', subscription: JSON.stringify(subscription) });
  }

  async #toggle() {
    this.#button.disabled = true;
    try {
      const subscription = await this.#subscription();
      if (subscription) {
        await callOnce(this.#session.token, 'carillon.push.unregister', { device: device() }).catch(() => {});
        await subscription.unsubscribe();
      } else if (await Notification.requestPermission() === 'granted') {
        await this.#register(null);
      }
      this.#show(Boolean(await this.#subscription()));
    } catch {
      this.#show(false);  // the browser's push service is away, or is not wanted
    } finally {
      this.#button.disabled = false;
    }
  }

  #show(on) {
    this.#button.setAttribute('aria-pressed', String(on));
    this.words();
  }
}
