// The service worker: shows what the server pushes while the page is not there, takes it away when it was read
// elsewhere, and opens the page when it is clicked. One notification for each conversation.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function show(push) {
  if (push.type === 'clear') {
    for (const old of await self.registration.getNotifications({ tag: push.channel })) old.close();
  } else {
    await self.registration.showNotification(push.title || 'Carillon', {
      body: push.body, tag: push.channel, renotify: true, icon: '/icon.svg', data: { channel: push.channel },
    });
  }
  if (push.badge === undefined || !navigator.setAppBadge) return;
  await (push.badge > 0 ? navigator.setAppBadge(push.badge) : navigator.clearAppBadge());
}

self.addEventListener('push', (event) => {
  let push;
  try {
    push = event.data.json();
  } catch {
    return;  // not ours
  }
  event.waitUntil(show(push));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const channel = event.notification.data?.channel;
    if (!page) return self.clients.openWindow(channel ? `/#${channel}` : '/');
    await page.focus();
    if (channel) page.postMessage({ open: channel });
    return page;
  })());
});
