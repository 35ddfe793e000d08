// SPDX-License-Identifier: Apache-2.0
// What the console and the page of a run have around their pages.
import {h, icon, s} from './dom.js';

export const brand = (word, attributes) =>
  h('a', {class: 'brand', href: '#/overview', ...attributes}, mark(), 'dcat', h('span', {}, word));
export function mark() {
  return s(
    'svg',
    {class: 'mark', viewBox: '0 0 20 20', 'aria-hidden': 'true'},
    s('path', {d: 'M1 3h18M3.5 8h13M6 13h8'}),
    s('circle', {cx: 10, cy: 18, r: 1.8})
  );
}

// The first stop of the keyboard: past the top and the side.
export const skip = (main) =>
  h(
    'a',
    {
      class: 'skip',
      href: '#main',
      onclick: (event) => {
        event.preventDefault();
        main.focus();
      },
    },
    'To the page'
  );

// A link in the list of pages; `name` is that of its mark where the mark has another.
export const pageLink = (page, word, {look = page, ...attributes} = {}, ...beside) =>
  h(
    'a',
    {href: `#/${page}`, 'data-page': page, title: word, ...attributes},
    icon(look),
    h('span', {}, word),
    ...beside
  );
export function markPage(nav, page) {
  for (const a of nav.querySelectorAll('[data-page]')) {
    if (a.dataset.page === page) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
}

const plain = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no percent code, so it stands for itself
  }
};
// #/name/rest?query, without a name the overview.
export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...rest] = path.split('/').map(plain);
  return {name: name || 'overview', rest, query: new URLSearchParams(query)};
}
