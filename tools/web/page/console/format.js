// Numbers as people read them. What comes in is Protobuf's JSON: 64-bit integers are strings, times
// and durations are microseconds; a field that is missing counts as 0.

export const number = (value) => {
  const n = Number(value ?? 0);
  return Number.isNaN(n) ? 0 : n;
};

const grouped = new Intl.NumberFormat('en-US');
// Exact, also where a JavaScript number would not be.
export const count = (value) =>
  grouped.format(typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : Math.round(number(value)));

const digits = (n) => (Math.abs(n) >= 99.95 ? n.toFixed(0) : Math.abs(n) >= 9.995 ? n.toFixed(1) : n.toFixed(2));
const short = (n) => digits(n).replace(/\.0+$/, '');

function scaled(n, units, step) {
  let unit = 0;
  while (unit + 1 < units.length && Math.abs(n) >= step) {
    n /= step;
    ++unit;
  }
  return [n, units[unit]];
}

// 0, 0.4, 12.5, 3.2k, 1.5M
export function rate(value) {
  const [n, unit] = scaled(number(value), ['', 'k', 'M', 'G'], 1000);
  return n === 0 ? '0' : `${short(n)}${unit}`;
}

export function bytes(value) {
  const [n, unit] = scaled(number(value), ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);
  return unit === 'B' ? `${Math.round(n)} B` : `${short(n)} ${unit}`;
}

// A duration, of microseconds.
export function micros(value) {
  const us = number(value);
  const size = Math.abs(us);
  if (size < 1000) return `${Math.round(us)} µs`;
  if (size < 1e6) return `${short(us / 1e3)} ms`;
  if (size < 60e6) return `${short(us / 1e6)} s`;
  if (size < 3600e6) return `${Math.floor(us / 60e6)} min ${Math.floor((us / 1e6) % 60)} s`;
  if (size < 86_400e6) return `${Math.floor(us / 3600e6)} h ${Math.floor((us / 60e6) % 60)} min`;
  return `${Math.floor(us / 86_400e6)} d ${Math.floor((us / 3600e6) % 24)} h`;
}

export const nanos = (value) => (number(value) < 1000 ? `${Math.round(number(value))} ns` : micros(number(value) / 1000));
export const cores = (value) => number(value).toFixed(2);

// A moment, of microseconds since 1970; '' for none. By the reader's clock and time zone.
export function moment(value) {
  const us = number(value);
  if (!us) return '';
  const date = new Date(us / 1000);
  const two = (n) => String(n).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

// How long before `now` (both microseconds, by the same clock).
export const since = (value, now) => (number(value) ? micros(Math.max(0, number(now) - number(value))) : '');

// Slack's id of a message: "seconds.micros", exact.
export function slackTs(value) {
  const text = String(value ?? '0').padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

// Protobuf's JSON carries bytes as base64; an id of 16 bytes is 32 hex digits for people.
export const hexOfBase64 = (text) =>
  Array.from(atob(text ?? ''), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
