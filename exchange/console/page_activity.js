// SPDX-License-Identifier: Apache-2.0
// What happens, the newest first. Can be paused, filtered by kind; what was missed is a row.
import * as api from './api.js';
import {card, clock, h, head, num} from './dom.js';
import {eventKinds, eventWords} from './events.js';
import {store} from './store.js';

const MOST = 300;

export async function show(root, at) {
  const find = (at.query.get('find') ?? '').toLowerCase();
  const off = new Set(find ? [] : ['slot']);
  let live = true,
    waiting = [];
  const rows = h('tbody', {});
  const state = h('span', {'aria-live': 'polite'}, 'connecting');
  const field = h('input', {
    type: 'search',
    'data-find': '',
    value: find,
    placeholder: 'task, server, kind',
    'aria-label': 'Show only rows with',
    oninput: () => filter(),
  });
  const filter = () => {
    for (const row of rows.children)
      row.hidden =
        off.has(row.dataset.kind) ||
        !row.textContent
          .toLowerCase()
          .replace(/\u202F/g, '')
          .includes(field.value.trim().toLowerCase());
  };
  const add = (event) => {
    const words =
      event.name === 'gap' || event.name === 'stream.reset'
        ? ['not connected since ', clock(event.data.since ?? Date.now()), '; what came meanwhile follows']
        : eventWords(event);
    if (!words) return;
    rows.prepend(
      h(
        'tr',
        {'data-kind': event.name.split('.')[0], class: event.name === 'gap' ? 'chosen' : null},
        h('td', {class: 'quiet'}, clock(Date.now())),
        h('td', {}, h('code', {}, event.name)),
        h('td', {}, words),
        h('td', {class: 'n quiet phone-no'}, event.id ? num(Number(event.id.split('-')[1])) : '')
      )
    );
    while (rows.children.length > MOST) rows.lastChild.remove();
  };
  const pause = h(
    'button',
    {
      type: 'button',
      'aria-pressed': 'false',
      onclick: () => {
        live = !live;
        pause.textContent = live ? 'Pause' : 'Go on';
        pause.setAttribute('aria-pressed', String(!live));
        if (live) {
          waiting.splice(0).forEach(add);
          filter();
        }
        tell();
      },
    },
    'Pause'
  );
  const tell = () => {
    state.textContent = live ? 'live' : `paused; ${num(waiting.length)} newer events wait`;
  };
  root.append(
    head('Activity', ['Events as they are committed, newest first: ', state], [pause]),
    h(
      'div',
      {class: 'chips', role: 'group', 'aria-label': 'Kinds'},
      eventKinds.map((kind) => {
        const chip = h(
          'button',
          {
            type: 'button',
            class: 'chip',
            'aria-pressed': String(!off.has(kind)),
            onclick: () => {
              if (!off.delete(kind)) off.add(kind);
              chip.setAttribute('aria-pressed', String(!off.has(kind)));
              filter();
            },
          },
          kind
        );
        return chip;
      }),
      field
    ),
    card(
      'Events',
      null,
      `the last ${MOST}`,
      h(
        'div',
        {class: 'rows'},
        h(
          'table',
          {'data-list': ''},
          h('caption', {class: 'sr'}, 'Events'),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', {scope: 'col'}, 'Time', h('small', {}, 'UTC')),
              h('th', {scope: 'col'}, 'Event'),
              h('th', {scope: 'col'}, 'What'),
              h('th', {scope: 'col', class: 'n phone-no'}, 'Number')
            )
          ),
          rows
        )
      )
    )
  );
  const begin = Math.max(0, (store.market?.events ?? 0) - 200);
  const stop = api.listen((event) => {
    if (event.name === 'connected') tell();
    else if (live) add(event);
    else if (waiting.push(event) > 5000) waiting.shift();
    if (live) filter();
    else tell();
  }, `1-${begin}`);
  return {close: stop};
}
