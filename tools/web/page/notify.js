// Notifications while the page is not there: this browser as one of the person's devices, by Web Push. The
// button shows only where the browser and the server both can.
import { ApiError, call, callOnce } from './api.js';
import { byId } from './dom.js';
import { closeAll } from './notifications.js';
import { errorText, t } from './strings.js';

const storageKey = 'carillon.device';
const ownerKey = 'carillon.device.user';  // whose pushes come here

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

const workerHere = () => navigator.serviceWorker?.getRegistration('/');

async function subscriptionHere() {
  return (await workerHere())?.pushManager?.getSubscription();
}

// The pushes of whoever was here end, and what is shown of them goes: the next person must not see it. Nobody's token
// is needed for that; the push service tells the host when it pushes again.
async function endPushes() {
  localStorage.removeItem(ownerKey);
  const subscription = await subscriptionHere();
  const ended = await subscription?.unsubscribe().catch(() => false);
  if (subscription && !ended) await (await workerHere()).unregister();  // and with it what it subscribed
  await closeAll();
}

export class Notify {
  #session;
  #key;
  #button = byId('notify');
  #trouble = '';  // why it could not be turned on, as an error code

  constructor(session, open) {
    this.#session = session;
    this.#button.onclick = () => this.#toggle();
    navigator.serviceWorker?.addEventListener('message', ({ data }) => data.open && open(data.open));
    this.#begin().catch(() => {});
  }

  words() {
    this.#button.textContent = t(this.#button.getAttribute('aria-pressed') === 'true' ? 'notify_off' : 'notify_on');
    byId('notify-trouble').textContent = this.#trouble && errorText(this.#trouble);
  }

  // Signing out.
  async stop() {
    this.#hide();
    if (await subscriptionHere()) await this.#unregister();
    await endPushes();
  }

  // Signed out elsewhere; somebody else may have signed in here meanwhile, in another window.
  async lost() {
    this.#hide();
    if (localStorage.getItem(ownerKey) === this.#session.user) await endPushes();
  }

  async #begin() {
    if (!('serviceWorker' in navigator) || !('PushManager' in window)) return;
    if (localStorage.getItem(ownerKey) !== this.#session.user) await endPushes();
    const { vapid_public_key: key } = await call(this.#session.token, 'carillon.push.providers');
    if (!key) return;
    this.#key = bytesOf(key);
    const subscription = await subscriptionHere();
    // The server's key or the browser's address may be another one than last time.
    if (subscription && Notification.permission === 'granted') await this.#register(subscription);
    this.#show(Boolean(subscription));
    this.#button.hidden = false;
  }

  async #register(old) {
    let subscription = old;
    if (subscription && !sameKey(subscription, this.#key)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await this.#subscribe();
    await call(this.#session.token, 'carillon.push.register',
      { device: device(), provider: 'web_push', subscription: JSON.stringify(subscription) });
  }

  async #subscribe() {
    await navigator.serviceWorker.register('/push_worker.js');
    const worker = await navigator.serviceWorker.ready;
    localStorage.setItem(ownerKey, this.#session.user);
    try {
      return await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: this.#key });
    } catch (error) {
      throw new ApiError(error.name === 'NotAllowedError' ? 'notify_denied' : 'notify_unreachable');
    }
  }

  // A host that does not hear it learns it from the push service.
  #unregister() {
    return callOnce(this.#session.token, 'carillon.push.unregister', { device: device() }).catch(() => {});
  }

  async #toggle() {
    this.#button.disabled = true;
    try {
      if (await subscriptionHere()) {
        await this.#unregister();
        await endPushes();
      } else await this.#turnOn();
      this.#trouble = '';
    } catch (error) {
      this.#trouble = error instanceof ApiError ? error.code : error.message;
    }
    this.#show(Boolean(await subscriptionHere().catch(() => null)));
    this.#button.disabled = false;
  }

  async #turnOn() {
    const permission = await Notification.requestPermission();
    if (permission !== 'granted') throw new ApiError(permission === 'denied' ? 'notify_denied' : 'notify_dismissed');
    try {
      await this.#register(null);
    } catch (error) {
      await endPushes();  // a subscription that the host does not know is none
      throw error;
    }
  }

  #hide() {
    this.#button.hidden = true;
    this.#trouble = '';
    this.words();
  }

  #show(on) {
    this.#button.setAttribute('aria-pressed', String(on));
    this.words();
  }
}
