// Whether somebody is at the page. What is on the screen counts as read only while somebody is there to
// read it, and the host is told of use that it would not see, so that who only reads is not away.

export const hereMs = 60_000;       // so long after the last touch somebody may still be reading
export const tellEveryMs = 30_000;  // as the host's presence.activity_interval_ms: it listens no more often

const touches = ['pointerdown', 'keydown', 'wheel', 'touchstart', 'touchmove'];

// When the page was used, and when the host was told. Holds no clock.
export class Attention {
  #usedAt = -Infinity;
  #toldAt = -Infinity;

  used(now) {
    this.#usedAt = now;
  }

  told(now) {
    this.#toldAt = now;
  }

  // abs(): clocks are set back, too.
  isRecent(now) {
    return Math.abs(now - this.#usedAt) < hereMs;
  }

  isToBeTold(now) {
    return Math.abs(now - this.#toldAt) >= tellEveryMs;
  }
}

// Calls used() whenever somebody touches the page or brings its window to the front; stop() ends that. What the
// page does by itself is no touch: it scrolls, it gives the focus to its fields, and browsers say that the pointer
// moved when the page moved below it.
export function watchUse(used) {
  const end = new AbortController();
  const on = (name, then) => addEventListener(name, then, { capture: true, passive: true, signal: end.signal });
  for (const name of touches) on(name, used);
  on('focus', (event) => event.target === window && used());
  let place;
  on('pointermove', ({ screenX, screenY }) => {
    const before = place;
    place = `${screenX} ${screenY}`;
    if (before !== undefined && before !== place) used();
  });
  return { stop: () => end.abort() };
}
