// The service worker: shows what the server pushes while the page is not there, and opens the page when it is
// clicked. One notification for each conversation, which goes when the page says that it was read.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

const newMessage = navigator.language.startsWith('ko') ? '새 메시지' : 'New message';
const textOf = (value) => (typeof value === 'string' ? value : '');

// One after the other: Chromium forgets a notification that it is about to show when it is asked for the others.
let last = Promise.resolve();
function inTurn(work) {
  last = last.then(work, work);
  return last;
}

// What is not ours, or of a later version, is a message of which nothing is known.
function read(data) {
  try {
    const push = data.json();
    return ['message', 'clear'].includes(push?.type) ? push : {};
  } catch {
    return {};
  }
}

// Browsers demand that a push shows something, and say something of their own if it does not.
async function show(push) {
  const channel = textOf(push.channel);
  if (push.type === 'clear') {  // read elsewhere, from a host that tells browsers so
    for (const old of channel ? await self.registration.getNotifications({ tag: channel }) : []) old.close();
  } else {
    await self.registration.showNotification(textOf(push.title) || newMessage, {
      body: textOf(push.body), icon: '/icon.svg', data: { channel, ts: textOf(push.ts) },
      ...(channel && { tag: channel, renotify: true }),
    });
  }
  if (!Number.isInteger(push.badge) || !navigator.setAppBadge) return;
  await (push.badge > 0 ? navigator.setAppBadge(push.badge) : navigator.clearAppBadge());
}

self.addEventListener('push', (event) => event.waitUntil(inTurn(() => show(read(event.data)))));

// The page's word (notifications.js): what was read up to where, and what somebody is reading now.
async function closeRead({ read: lastRead, reading }) {
  for (const each of await self.registration.getNotifications()) {
    const { channel, ts } = each.data ?? {};
    if (channel && (channel === reading || (ts && ts <= (lastRead[channel] ?? '')))) each.close();
  }
}

self.addEventListener('message', (event) => event.data.read && event.waitUntil(inTurn(() => closeRead(event.data))));

// The window of the chat that was used last; the console's are of the same origin.
async function chatWindow() {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return windows.find(({ url }) => new URL(url).pathname === '/');
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const page = await chatWindow();
    const channel = event.notification.data?.channel;
    if (!page) return self.clients.openWindow(channel ? `/#${channel}` : '/');
    if (channel) page.postMessage({ open: channel });
    return page.focus();
  })());
});
