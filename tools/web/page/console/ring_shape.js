// Where things stand on the ring: slot 0 at twelve o'clock, then clockwise. Pure geometry; the
// circle's middle is (0, 0), y points down.

export const angleOf = (slot, slots) => (slot / slots) * 2 * Math.PI - Math.PI / 2;
export const pointAt = (angle, radius) => [radius * Math.cos(angle), radius * Math.sin(angle)];

// The slot at a point of the plane; any distance from the middle.
export function slotAt(x, y, slots) {
  const turn = (Math.atan2(y, x) + Math.PI / 2 + 2 * Math.PI) % (2 * Math.PI);
  return Math.min(slots - 1, Math.floor((turn / (2 * Math.PI)) * slots));
}

const at = (angle, radius) => pointAt(angle, radius).map((n) => n.toFixed(2)).join(' ');

// The band of slots from..to (inclusive) between two radii, as the d of a path. Two halves when it
// is the whole ring: an arc that ends where it began is drawn as nothing.
export function bandOf({ from, to }, slots, inner, outer) {
  const begin = angleOf(from, slots);
  const end = angleOf(to + 1, slots);
  if (end - begin > 2 * Math.PI - 1e-6) {
    const middle = Math.floor((from + to + 1) / 2);
    if (slots > 1) return `${bandOf({ from, to: middle - 1 }, slots, inner, outer)} ${bandOf({ from: middle, to }, slots, inner, outer)}`;
    return `M${at(0, outer)}A${outer} ${outer} 0 1 1 ${at(Math.PI, outer)}A${outer} ${outer} 0 1 1 ${at(0, outer)}Z` +
      `M${at(0, inner)}A${inner} ${inner} 0 1 0 ${at(Math.PI, inner)}A${inner} ${inner} 0 1 0 ${at(0, inner)}Z`;
  }
  const large = end - begin > Math.PI ? 1 : 0;
  return `M${at(begin, outer)}A${outer} ${outer} 0 ${large} 1 ${at(end, outer)}` +
    `L${at(end, inner)}A${inner} ${inner} 0 ${large} 0 ${at(begin, inner)}Z`;
}

// Hosts on a circle inside the ring; one alone stands in the middle. Map name -> [x, y].
export function hostPlaces(names, radius) {
  if (names.length === 1) return new Map([[names[0], [0, 0]]]);
  return new Map(names.map((name, n) => [name, pointAt(angleOf(n, names.length), radius)]));
}
