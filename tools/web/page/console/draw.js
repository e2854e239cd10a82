// SVG by hand, as dom.js is HTML by hand: attributes and text nodes only, nothing is ever parsed.

const space = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(space, tag);
  set(node, attributes);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

// Only what changed is touched, so that a selection of text survives.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const width = 96;
const height = 22;

// The line of the last minutes in a table's cell: drawn into `host`, again with every call.
export function sparkline(host, values) {
  let picture = host.querySelector('svg.spark');
  if (!picture) {
    picture = svg('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
      svg('path', { class: 'area' }), svg('path', { class: 'line' }));
    host.append(picture);
  }
  const top = Math.max(1e-9, ...values);
  const x = (n) => width - 1 - (values.length - 1 - n) * ((width - 2) / Math.max(9, values.length - 1));
  const points = values.map((value, n) => `${x(n).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`);
  const line = points.length > 1 ? `M${points.join('L')}` : '';
  set(picture.querySelector('.line'), { d: line });
  set(picture.querySelector('.area'), { d: line && `${line}L${width - 1},${height}L${x(0).toFixed(1)},${height}Z` });
}

// Counts by bucket as bars, cut to the buckets that hold something.
export function histogram(host, counts, label) {
  let picture = host.querySelector('svg.histogram');
  if (!picture) {
    picture = svg('svg', { class: 'histogram', viewBox: `0 0 ${width} ${height}`, role: 'img' });
    host.append(picture);
  }
  set(picture, { 'aria-label': label });
  let title = picture.querySelector('title');
  if (!title) picture.append((title = svg('title')));
  say(title, label);
  const first = counts.findIndex((n) => n > 0);
  const last = counts.findLastIndex((n) => n > 0);
  const shown = first < 0 ? [] : counts.slice(first, last + 1);
  const top = Math.max(1, ...shown);
  const bars = [...picture.querySelectorAll('rect')];
  const step = width / Math.max(8, shown.length);
  shown.forEach((n, at) => {
    // Few but not none must be seen: the slow ones are what one looks for.
    const tall = n ? Math.max(2, (n / top) * (height - 1)) : 0;
    const bar = bars[at] ?? svg('rect');
    if (!bars[at]) picture.append(bar);
    set(bar, { x: (at * step).toFixed(2), y: (height - tall).toFixed(2), width: Math.max(1, step - 1).toFixed(2), height: tall.toFixed(2) });
  });
  bars.slice(shown.length).forEach((bar) => bar.remove());
}
