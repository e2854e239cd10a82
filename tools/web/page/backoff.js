// How long to wait before the next attempt: doubling from half a second to thirty, half of it by
// chance, so that a thousand pages that lost the same server do not come back in step.
export function backoff(attempt, random = Math.random) {
  const full = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return full / 2 + random() * (full / 2);
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
