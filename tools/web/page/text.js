// Slack's way of writing text, and back. In messages &, < and > are escaped; <@U…> names a person,
// <#C…|name> a channel, <https://…|label> a link.

export const escapeText = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const unescapeText = (text) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const special = /<([^<>\s][^<>]*)>|(https?:\/\/[^\s<>]*[^\s<>.,:;!?"')\]}])/g;

// Splits a message's text into [{kind: 'text' | 'person' | 'link', text, href?}]. Only http, https
// and mailto become links; anything else in angle brackets is shown as its label.
export function parseText(text, nameOf) {
  const parts = [];
  const plain = (raw) => raw && parts.push({ kind: 'text', text: unescapeText(raw) });
  let at = 0;
  for (const match of text.matchAll(special)) {
    plain(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [target, label] = match[2] ? [match[2]] : match[1].split('|', 2);
    if (target.startsWith('@')) parts.push({ kind: 'person', text: `@${label || nameOf(target.slice(1))}` });
    else if (target.startsWith('#')) parts.push({ kind: 'person', text: `#${label || target.slice(1)}` });
    else if (target.startsWith('!')) parts.push({ kind: 'person', text: `@${label || target.slice(1)}` });
    else if (/^(https?:\/\/|mailto:)/i.test(target)) {
      parts.push({ kind: 'link', text: unescapeText(label || target), href: unescapeText(target) });
    } else plain(label || target);
  }
  plain(text.slice(at));
  return parts;
}

export const plainText = (text, nameOf) => parseText(text, nameOf).map((part) => part.text).join('');
