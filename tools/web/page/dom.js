// The few lines that the page needs instead of a framework. Text always goes in as text nodes,
// never as markup, so nothing that anybody writes can become an element.

export const byId = (id) => document.getElementById(id);

// One sentence for screen readers, said when they are done with the last one.
export function announce(text) {
  byId('announcer').textContent = text;
}

// el('button', {class: 'plain', onclick: f, 'aria-label': 'x'}, 'text', child, ...)
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

// Makes the children of `list` exactly `rows`, touching only what changed, so that focus, text
// selection and scrolling survive. A row is {key, signature, make}: the node of a key is kept as
// long as its signature stays the same.
export function reconcile(list, rows) {
  const kept = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const wanted = new Set(rows.map((row) => row.key));
  for (const [key, node] of kept) if (!wanted.has(key)) node.remove();
  let at = list.firstElementChild;
  for (const row of rows) {
    let node = kept.get(row.key);
    if (!node || node.dataset.signature !== row.signature) {
      const made = row.make();
      made.dataset.key = row.key;
      made.dataset.signature = row.signature;
      if (node) {
        node.replaceWith(made);
        if (at === node) at = made;
      }
      node = made;
    }
    if (node === at) at = at.nextElementSibling;
    else list.insertBefore(node, at);
  }
}
