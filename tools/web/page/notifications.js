// What this browser's worker shows (push_worker.js). It is taken away here, when it was read: a push that only says so
// would show nothing, which browsers do not allow.
async function shown() {
  const worker = await navigator.serviceWorker?.getRegistration('/');
  return await worker?.getNotifications() ?? [];
}

// isOver(channel, ts): of the conversation, and its newest message that the notification told of; '' where it was
// not ours to know.
export async function closeNotifications(isOver) {
  for (const each of await shown()) if (isOver(each.data?.channel ?? '', each.data?.ts ?? '')) each.close();
}

export async function clearBadge() {
  await navigator.clearAppBadge?.();
}
