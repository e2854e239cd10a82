// Begins here: signed in or not, which view the address asks for, and how fresh the picture is.
import { announce, byId } from '../dom.js';
import { ClusterView } from './cluster_view.js';
import { say } from './draw.js';
import { EntityView } from './entity_view.js';
import { Feed } from './feed.js';
import { micros } from './format.js';
import { History } from './history.js';
import { HostView } from './host_view.js';
import { forgetToken, Inspector, keepToken, storedToken } from './inspector.js';
import { TopView } from './top_view.js';
import { TraceView } from './trace_view.js';

const staleMs = 4_000;  // two pictures that did not come
const views = { cluster: ClusterView, host: HostView, top: TopView, entity: EntityView, trace: TraceView };

let site = null;  // {inspector, feed, history}: what a signed-in view may use
let view = null;
let ticking = 0;

// '#entity/channel/C1' is the view 'entity' of 'channel/C1'.
function address() {
  const [name, ...rest] = location.hash.slice(1).split('/');
  let of = rest.join('/');
  try {
    of = decodeURIComponent(of);
  } catch {
    // A % that somebody typed is one.
  }
  return Object.hasOwn(views, name) ? { name, of } : { name: 'cluster', of: '' };
}

function route() {
  if (!site) return;
  const { name, of } = address();
  view?.stop?.();
  const place = byId('view');
  place.replaceChildren();
  view = new views[name](place, site, of);
  for (const link of document.querySelectorAll('nav [data-view]')) {
    const here = link.dataset.view === (name === 'host' ? 'cluster' : name);
    here ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
  }
  document.title = `${of || name[0].toUpperCase() + name.slice(1)} · Carillon console`;
  site.feed.want({ slots: name === 'cluster' || name === 'host', top: name === 'top' });
  scrollTo(0, 0);
  changed();
}

function changed() {
  if (!site) return;
  freshness();
  if (site.feed.cluster) view?.show?.();
}

function freshness() {
  const { feed } = site;
  const age = feed.at ? performance.now() - feed.at : 0;
  const stale = feed.at ? age > staleMs : Boolean(feed.why);
  document.body.dataset.fresh = stale ? 'stale' : feed.way;
  say(byId('freshness-text'), stale ? 'stale' : feed.way);
  const notice = byId('stale');
  if (stale === notice.hidden) announce(stale ? 'The picture is stale.' : 'The picture is fresh again.');
  notice.hidden = !stale;
  if (stale) {
    const why = feed.why || 'This host does not answer.';
    say(notice, feed.at ? `${why} What you see is ${micros(Math.round(age / 1000) * 1e6)} old.` : why);
  }
}

function begin(token) {
  const inspector = new Inspector(token);
  const feed = new Feed(inspector, {
    changed: () => {
      site?.history.take(feed.cluster?.hosts);
      changed();
    },
    refused: () => end('This host does not accept the token any more.'),
  });
  site = { inspector, feed, history: new History() };
  byId('sign').hidden = true;
  byId('console').hidden = false;
  feed.start();
  // What the asked host remembers; of the others, what comes from now on.
  inspector.host().then((host) => site?.inspector === inspector && site.history.take([host]), () => {});
  ticking = setInterval(freshness, 500);
  route();
}

function end(why = '') {
  site?.feed.stop();
  view?.stop?.();
  clearInterval(ticking);
  [site, view] = [null, null];
  forgetToken();
  byId('view').replaceChildren();
  byId('dialog').close();
  byId('console').hidden = true;
  byId('sign').hidden = false;
  byId('sign-error').textContent = why;
  byId('sign-token').focus();
}

byId('sign-form').onsubmit = async (event) => {
  event.preventDefault();
  const token = byId('sign-token').value.trim();
  byId('sign-submit').disabled = true;
  byId('sign-error').textContent = '';
  try {
    await new Inspector(token).cluster();
    keepToken(token);
    byId('sign-token').value = '';
    begin(token);
  } catch (error) {
    byId('sign-error').textContent = error.refused ? 'This host does not accept that token.' : error.message;
  } finally {
    byId('sign-submit').disabled = false;
  }
};
byId('sign-out').onclick = () => end();
addEventListener('hashchange', route);

const stored = storedToken();
if (stored) begin(stored);
else end();
