// SPDX-License-Identifier: Apache-2.0
// The shell: who is there, which page, how the exchange stands at the top, the keyboard.
import {badge, clock, h, icon, id, note, num, span} from './dom.js';
import * as api from './api.js';
import {brand, mark, markPage, pageLink, route, skip} from './shell.js';
import {forget, onStore, refresh, store, todo} from './store.js';

const PAGES = [
  ['overview', 'Overview', 'o'],
  ['map', 'Map', 'm'],
  ['tasks', 'Tasks', 't'],
  ['providers', 'Providers', 'p'],
  ['cycle', 'Cycle', 'c'],
  ['ledger', 'Ledger', 'l'],
  ['activity', 'Activity', 'a'],
  ['operate', 'Operate', 'r'],
];
const ON_PHONES = ['overview', 'map', 'tasks', 'ledger'];
const BESIDE = {task: 'tasks', quote: 'tasks'};
const KNOWN = [...PAGES.map(([name]) => name), ...Object.keys(BESIDE)];

const root = h('div', {class: 'page'});
const main = h('main', {id: 'main', tabindex: '-1'}, root);
const facts = h('div', {class: 'facts'});
const nav = h('nav', {'aria-label': 'Pages'});
const foot = h('div', {class: 'foot'});
const lost = h('div', {class: 'unlinked', 'aria-live': 'assertive'});
let open = null; // the page that is shown
let asked = 0;

// ---- the top and the side

function showFacts() {
  const {market, overview: o} = store;
  if (!market) return;
  const next = market.cycle_s - ((market.slot * market.slot_s) % market.cycle_s);
  const here = route().name;
  const late = o.tasks.settled_late;
  const list = todo().length;
  const all = [
    [
      'Money ',
      h('b', {}, o.sum_micro === undefined ? null : Number(o.sum_micro) === 0 ? 'balanced' : 'does not add up'),
    ],
    ['Late ', h('b', {}, num(late)), ` of ${num(o.tasks.settled + late)}`],
    ['To do ', h('b', {}, num(list))],
  ];
  facts.replaceChildren(
    badge(o.mode),
    ...(here === 'overview' ? [] : all)
      .filter((_, i) => i > 0 || o.sum_micro !== undefined)
      .map((x) => h('span', {}, x)),
    h('span', {}, 'Slot ', h('b', {}, id(market.slot)), o.mode === 'halted' ? ', the last sold' : ''),
    h('span', {}, 'Cycle ', h('b', {}, id(market.cycle)), ', cut in ', h('b', {}, span(next)))
  );
  for (const [page, text, act] of [
    ['tasks', `${num(o.open_tasks)} open`, false],
    ['operate', list ? String(list) : '', true],
  ]) {
    const place = nav.querySelector(`[data-count=${page}]`);
    place.textContent = text;
    place.className = act && list ? 'count act' : 'count';
  }
  document.querySelector('.brand span').textContent = market.name;
  foot.querySelector('.server-time').textContent = `server time ${clock(o.at)} UTC`;
}

function showLost() {
  lost.replaceChildren(
    ...(api.link.lostSince
      ? [
          note(
            '',
            'clock',
            h('b', {}, `Not connected since ${clock(api.link.lostSince)}. `),
            'Numbers are greyed, and as of then. Trying again every few seconds. ',
            h('button', {class: 'plain', type: 'button', onclick: tick}, 'Try now')
          ),
        ]
      : [])
  );
  document.body.classList.toggle('stale', Boolean(api.link.lostSince));
}

function makeNav() {
  const link = ([page, word]) =>
    pageLink(
      page,
      word,
      {class: ON_PHONES.includes(page) ? null : 'more-item'},
      h('i', {class: 'count', 'data-count': page})
    );
  nav.replaceChildren(
    ...PAGES.map(link),
    h(
      'button',
      {
        type: 'button',
        class: 'more',
        'aria-expanded': 'false',
        onclick: (event) => {
          event.currentTarget.setAttribute('aria-expanded', String(nav.classList.toggle('open')));
        },
      },
      icon('more'),
      h('span', {}, 'More')
    )
  );
}

async function makeFoot() {
  const themes = ['auto', 'light', 'dark'];
  const theme = h('button', {
    type: 'button',
    onclick: () => setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % 3]),
  });
  const setTheme = (name) => {
    sessionStorage.setItem('dcat-theme', name);
    document.documentElement.dataset.theme = name;
    theme.textContent = `Theme: ${name}`;
    if (open) show();
  };
  const version = h('div', {});
  foot.replaceChildren(version, h('div', {class: 'server-time'}), theme);
  theme.textContent = `Theme: ${document.documentElement.dataset.theme}`;
  const v = await api.get('/version');
  version.textContent = `dcat ${v.version} · ${v.commit.slice(0, 7)}`;
}

// ---- pages

const pageModule = (name) => import(`/console/page_${name}.js`);
let unanswered = false; // the page waits for an exchange that does not answer

async function show() {
  const at = route();
  const mine = ++asked;
  open?.close?.();
  open = null;
  nav.classList.remove('open');
  nav.querySelector('.more').setAttribute('aria-expanded', 'false');
  markPage(nav, BESIDE[at.name] ?? at.name);
  try {
    unanswered = false;
    const page = await pageModule(KNOWN.includes(at.name) ? at.name : 'none');
    root.replaceChildren();
    const made = await page.show(root, at, again);
    if (mine !== asked) made?.close?.();
    else open = made ?? {};
  } catch (why) {
    if (mine === asked) root.replaceChildren(failure(why));
    unanswered = mine === asked && Boolean(api.link.lostSince);
  }
  if (mine !== asked) return;
  const title = root.querySelector('h1');
  document.title = `${title?.textContent ?? 'dcat'} · ${store.market?.name ?? 'dcat'}`;
  if (asked > 1) title?.focus({preventScroll: true});
  showFacts();
}
const again = () => show();

function failure(why) {
  if (why instanceof api.Refusal && why.status === 401) {
    setTimeout(logOut);
  }
  return h(
    'div',
    {},
    h('h1', {}, 'Cannot be shown'),
    api.link.lostSince
      ? note('warn', 'clock', h('b', {}, 'The exchange does not answer. '), 'The page comes when it does.')
      : note('warn', 'warn', h('b', {}, why.message), ' ', h('code', {}, why.code ?? ''))
  );
}

async function tick() {
  try {
    await refresh();
    if (unanswered) await again();
  } catch (why) {
    if (why instanceof api.Refusal && why.status === 401) logOut();
  }
}

// ---- keys: of the exchange, and on the keyboard

function logOut() {
  api.key.clear();
  location.hash = '';
  location.reload();
}

function logIn() {
  const field = h('input', {type: 'password', name: 'key', required: true, autocomplete: 'off', spellcheck: 'false'});
  const problem = h('div', {});
  document.body.replaceChildren(
    h(
      'main',
      {class: 'login', id: 'main'},
      h(
        'div',
        {class: 'page'},
        h('div', {}, mark(), ' ', h('h1', {}, 'dcat console')),
        h(
          'form',
          {
            class: 'card body',
            onsubmit: async (event) => {
              event.preventDefault();
              api.key.set(field.value.trim());
              try {
                await refresh();
                start();
              } catch (why) {
                api.key.clear();
                problem.replaceChildren(
                  note('warn', 'warn', h('b', {}, 'No entry. '), why.message, ' ', h('code', {}, why.code ?? ''))
                );
              }
            },
          },
          h(
            'label',
            {class: 'field'},
            'Key ',
            h('span', {class: 'quiet'}, 'of a user, provider, operator or auditor; kept in this tab alone'),
            field
          ),
          problem,
          h('p', {}, h('button', {class: 'primary'}, 'Open')),
          h(
            'p',
            {class: 'small quiet'},
            'The demo prints one key of each role. An operator makes others: ',
            h('code', {}, 'dcat key new'),
            '.'
          )
        )
      )
    )
  );
  field.focus();
}

function find(text) {
  const word = text.trim();
  if (/^[0-9\s\u202F]+$/.test(word)) location.hash = `#/task/${word.replace(/\D/g, '')}`;
  else if (store.servers.some((x) => x.name === word))
    location.hash = `#/providers/${store.servers.find((x) => x.name === word).party}`;
  else location.hash = `#/activity?find=${encodeURIComponent(word)}`;
}

function help() {
  const row = (keys, words) =>
    h(
      'li',
      {},
      keys.map((k) => [h('kbd', {}, k), ' ']),
      words
    );
  const dialog = h(
    'dialog',
    {'aria-label': 'Keyboard'},
    h(
      'form',
      {method: 'dialog'},
      h('h2', {}, 'Keyboard'),
      h(
        'ul',
        {class: 'todo'},
        row(['/'], 'find'),
        PAGES.map(([, word, k]) => row(['g', k], word)),
        row(['j', 'k'], 'next and previous row'),
        row(['x'], 'select a row'),
        row(['Enter'], 'open a row'),
        row(['Esc'], 'back')
      ),
      h('div', {class: 'ends'}, h('button', {class: 'primary'}, 'Close'))
    )
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function moveRow(step) {
  const rows = [...root.querySelectorAll('table[data-list] tbody tr')];
  if (rows.length === 0) return;
  const now = rows.findIndex((r) => r.contains(document.activeElement));
  rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? 0 : now + step))].querySelector('a, input')?.focus();
}

let began = '';
function onKey(event) {
  const row = document.activeElement?.closest?.('table[data-list] tbody tr');
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'checkbox';
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.key === 'Escape') {
    if (typing) event.target.blur();
    else if (BESIDE[route().name]) location.hash = `#/${BESIDE[route().name]}`;
  } else if (typing) {
    return;
  } else if (began === 'g') {
    const page = PAGES.find((p) => p[2] === event.key);
    if (page) location.hash = `#/${page[0]}`;
    began = '';
  } else if (event.key === '/') {
    event.preventDefault();
    (root.querySelector('input[data-find]') ?? document.querySelector('.find input')).focus();
  } else if (event.key === 'j' || event.key === 'k') moveRow(event.key === 'j' ? 1 : -1);
  else if (event.key === 'x') row?.querySelector('input[type=checkbox]')?.click();
  else if (event.key === 'Enter' && event.target.type === 'checkbox') row?.querySelector('a')?.click();
  else if (event.key === '?') help();
  else began = event.key === 'g' ? 'g' : '';
}

function start() {
  const search = h('input', {
    type: 'search',
    placeholder: 'Find task, server, event',
    'aria-label': 'Find task, server or event',
    onkeydown: (event) => event.key === 'Enter' && find(event.target.value),
  });
  document.body.replaceChildren(
    skip(main),
    h(
      'header',
      {class: 'top'},
      brand('', {'aria-label': 'dcat, overview'}),
      facts,
      h('div', {class: 'find', role: 'search'}, search, h('kbd', {'aria-hidden': 'true'}, '/')),
      h(
        'button',
        {class: 'who', type: 'button', title: 'Leave: forget the key', onclick: logOut},
        h('span', {}, api.key.role()),
        ' · leave'
      )
    ),
    h('div', {class: 'side'}, nav, foot),
    main
  );
  main.prepend(lost);
  makeNav();
  makeFoot().catch(() => {});
  onStore(() => {
    showFacts();
    open?.update?.();
  });
  api.link.told.add(showLost);
  window.addEventListener('hashchange', show);
  document.addEventListener('keydown', onKey);
  // All pages are here before the exchange may be gone.
  setTimeout(() => KNOWN.forEach((name) => pageModule(name).catch(() => {})), 1000);
  setInterval(tick, 5000);
  setInterval(showFacts, 1000);
  show();
}

if (api.key.get()) {
  refresh().then(start, (why) => {
    if (why instanceof api.Refusal && why.status === 401) api.key.clear();
    forget();
    logIn();
  });
} else {
  logIn();
}
