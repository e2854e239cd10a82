// What this browser's worker shows (push_worker.js). It is taken away when it was read: a push that only says so would
// show nothing, which browsers do not allow.
const workerHere = () => navigator.serviceWorker?.getRegistration('/');

// read: {channel: last_read}, of all that are known; reading: the channel that somebody looks at. The worker does it,
// since it knows when it is showing another one: Chromium forgets that when it is asked for the others meanwhile.
export async function tellRead(read, reading) {
  (await workerHere())?.active?.postMessage({ read, reading });
}

export async function closeAll() {
  for (const each of await (await workerHere())?.getNotifications() ?? []) each.close();
  await clearBadge();
}

export async function clearBadge() {
  await navigator.clearAppBadge?.();
}
