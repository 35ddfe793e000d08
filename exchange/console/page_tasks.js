// SPDX-License-Identifier: Apache-2.0
// Tasks, the newest first, a page at a time. Nothing ever leaves this list.
import * as api from './api.js';
import {badge, clock, download, empty, h, head, icon, id, many, money, num} from './dom.js';
import {ask, showRequest} from './dialog.js';
import {currency, OPEN, party, store} from './store.js';

const CHIPS = [
  ['', 'All'],
  ['running', 'Running'],
  ['settled', 'Settled'],
  ['settled_late', 'Late'],
  ['failed', 'Failed'],
  ['unserved', 'Unserved'],
  ['cancelled', 'Cancelled'],
  ['disputed', 'Disputed'],
];

function times(t) {
  const begun = Date.parse(t.received_at);
  const closed = t.closed_at && t.state.startsWith('settled') ? (Date.parse(t.closed_at) - begun) / 1000 : null;
  const forecast = t.forecast_at && OPEN.has(t.state) ? (Date.parse(t.forecast_at) - begun) / 1000 : null;
  const finish = closed ?? forecast;
  return {finish, forecast: closed === null, spare: finish === null ? null : t.deadline_s - finish};
}

export async function show(root, at) {
  const state = at.query.get('state') ?? '',
    area = at.query.get('area') ?? '',
    before = at.query.get('before') ?? '';
  const path = `/v1/tasks?order=newest&limit=50${state ? `&state=${state}` : ''}${before ? `&after=${before}` : ''}`;
  const chosen = new Map();
  let shown = await api.page(path, 'tasks');
  const mayCancel = api.may('user', 'operator');
  const rows = h('tbody', {}),
    bulk = h('div', {class: 'bulk', hidden: true}),
    chips = h('div', {class: 'chips', role: 'group', 'aria-label': 'States'});
  const find = h('input', {
    type: 'search',
    'data-find': '',
    placeholder: 'id, area, reason',
    'aria-label': 'Show only rows with',
    value: area,
    oninput: () => fill(),
  });
  const go = (params) => {
    location.hash = `#/tasks?${new URLSearchParams(Object.entries(params).filter(([, v]) => v))}`;
  };

  function showBulk() {
    const list = [...chosen.values()];
    bulk.hidden = list.length === 0;
    const held = list.reduce((sum, t) => sum + BigInt(t.fee_micro), 0n);
    const word = `Cancel ${many(list.length, 'task')}…`;
    bulk.replaceChildren(
      h('b', {}, `${list.length} selected`),
      h(
        'span',
        {class: 'ink2'},
        `held ${money(held)} ${currency()}; ${list.filter((t) => t.state === 'running').length} are running`
      ),
      h(
        'button',
        {
          type: 'button',
          onclick: () =>
            ask({
              title: `Cancel ${many(list.length, 'task')}?`,
              verb: word.replace('…', ''),
              danger: true,
              typed: String(list.length),
              method: 'POST',
              text:
                `What they ran for is paid, the rest of the ${money(held)} ${currency()} held goes back to their users. ` +
                'Tasks that ended meanwhile are refused with 409.',
              calls: (reason) => list.map((t) => ({path: `/v1/tasks/${t.id}/cancel`, body: {reason}})),
              cli: () => `dcat cancel ${list.map((t) => t.id).join(' ')}`,
              done: async () => {
                chosen.clear();
                await reload();
              },
            }),
        },
        word
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'plain',
          onclick: () => {
            chosen.clear();
            fill();
          },
        },
        'Clear'
      )
    );
  }
  function row(t) {
    const when = times(t);
    const box =
      mayCancel &&
      h('input', {
        type: 'checkbox',
        'aria-label': `Select task ${t.id}`,
        disabled: !OPEN.has(t.state),
        onchange: (e) => {
          if (e.target.checked) chosen.set(t.id, t);
          else chosen.delete(t.id);
          e.target.closest('tr').setAttribute('aria-selected', String(e.target.checked));
          showBulk();
        },
      });
    if (box && chosen.has(t.id)) box.checked = true;
    const late = when.spare !== null && when.spare < 0.1;
    return h(
      'tr',
      {'aria-selected': chosen.has(t.id) ? 'true' : null},
      h('td', {class: 'phone-no'}, box),
      h('td', {}, h('a', {href: `#/task/${t.id}`}, id(t.id))),
      h('td', {}, badge(t.state)),
      h('td', {class: 'ink2 phone-no', title: t.received_at}, clock(t.received_at)),
      h('td', {class: 'phone-no'}, party(t.party)),
      h('td', {class: 'narrow-no'}, t.area),
      h('td', {class: 'n narrow-no'}, num(t.work_gigacycles, 1)),
      h('td', {class: 'n'}, num(t.deadline_s, 2)),
      h(
        'td',
        {class: 'phone-no'},
        t.cluster === undefined ? '–' : h('a', {href: `#/map?cluster=${t.cluster}`}, `c${t.cluster}`)
      ),
      h('td', {class: 'n narrow-no'}, when.finish === null ? '–' : (when.forecast ? '≈' : '') + num(when.finish, 2)),
      h('td', {class: `n phone-no ${late ? 'warn strong' : ''}`}, when.spare === null ? '–' : num(when.spare, 2)),
      h(
        'td',
        {class: 'n'},
        ['unserved', 'cancelled', 'failed'].includes(t.state) && Number(t.charge_micro ?? 0) === 0
          ? '–'
          : money(t.charge_micro ?? t.fee_micro)
      ),
      h('td', {class: 'phone-no'}, t.reason && h('code', {}, t.reason))
    );
  }
  function fill() {
    const words = find.value.trim().toLowerCase();
    const list = shown.rows.filter(
      (t) =>
        !words ||
        [t.id, t.area, t.reason, party(t.party)].some((x) =>
          String(x ?? '')
            .toLowerCase()
            .includes(words)
        )
    );
    rows.replaceChildren(...list.map(row));
    none.hidden = list.length > 0;
    none.replaceChildren(
      ...(list.length > 0
        ? []
        : [
            shown.rows.length > 0 || state || before
              ? empty(
                  'No tasks match.',
                  `${many(shown.rows.length, 'task')} on this page, none with these words.`,
                  h('p', {}, h('button', {type: 'button', onclick: () => go({})}, 'Clear filters'))
                )
              : empty('No tasks yet.', 'Users submit them:', h('pre', {class: 'code'}, 'dcat submit task.json --wait')),
          ])
    );
    count.textContent = `${num(list.length)} shown, newest first`;
    older.hidden = !shown.next;
    showBulk();
  }
  const none = h('div', {hidden: true}),
    count = h('span', {});
  const older = h(
    'button',
    {type: 'button', onclick: () => go({state, area: find.value, before: shown.rows.at(-1).id})},
    'Older'
  );
  const csv = () =>
    download(
      'tasks.csv',
      'text/csv',
      [
        'task,state,received_at,party,area,work_gigacycles,deadline_s,cluster,fee_micro,charge_micro,reason',
        ...shown.rows.map((t) =>
          [
            t.id,
            t.state,
            t.received_at,
            t.party,
            JSON.stringify(t.area),
            t.work_gigacycles,
            t.deadline_s,
            t.cluster ?? '',
            t.fee_micro,
            t.charge_micro ?? '',
            t.reason ?? '',
          ].join(',')
        ),
      ].join('\n') + '\n'
    );
  const head_ = (name, unit, cls) =>
    h(
      'th',
      {scope: 'col', class: cls, 'aria-sort': name === 'Accepted' ? 'descending' : null},
      name,
      name === 'Accepted' ? ' ↓' : '',
      unit && h('small', {}, unit)
    );
  root.append(
    head(
      'Tasks',
      `${num(store.overview.tasks.accepted)} arrived since ${clock(store.overview.started_at)} UTC; nothing ever leaves this list`,
      [
        api.may('user') && h('a', {class: 'button', href: '#/quote'}, 'Quote…'),
        h('button', {type: 'button', onclick: csv}, icon('down'), 'CSV'),
        h('button', {type: 'button', onclick: () => showRequest(path)}, 'Show request'),
      ]
    ),
    h('div', {class: 'chips'}, chips, find),
    h(
      'section',
      {class: 'card', 'aria-label': 'Tasks'},
      bulk,
      h(
        'div',
        {class: 'rows'},
        h(
          'table',
          {'data-list': ''},
          h('caption', {class: 'sr'}, 'Tasks, newest first'),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', {scope: 'col', class: 'phone-no'}, h('span', {class: 'sr'}, 'Select')),
              head_('Task'),
              head_('State'),
              head_('Accepted', 'UTC', 'phone-no'),
              head_('User', null, 'phone-no'),
              head_('Area', null, 'narrow-no'),
              head_('Work', 'Gc', 'n narrow-no'),
              head_('Deadline', 's', 'n'),
              head_('Cluster', null, 'phone-no'),
              head_('Finish', 's', 'n narrow-no'),
              head_('Spare', 's', 'n phone-no'),
              head_('Fee', currency(), 'n'),
              head_('Reason', null, 'phone-no')
            )
          ),
          rows
        )
      ),
      h(
        'div',
        {class: 'pager'},
        count,
        h('span', {class: 'quiet'}, '≈ forecast; spare under 0.1 s in amber'),
        h(
          'span',
          {class: 'keys'},
          h('kbd', {}, 'j'),
          ' ',
          h('kbd', {}, 'k'),
          ' move ',
          h('kbd', {}, 'x'),
          ' select ',
          h('kbd', {}, 'Enter'),
          ' open'
        ),
        before && h('a', {class: 'button', href: `#/tasks${state ? `?state=${state}` : ''}`}, 'Newest'),
        older
      )
    ),
    none
  );
  function showChips() {
    const n = store.overview.tasks;
    chips.replaceChildren(
      ...CHIPS.map(([value, word]) =>
        h(
          'button',
          {
            type: 'button',
            class: 'chip',
            'aria-pressed': String(value === state),
            title: `Came into this state since ${clock(store.overview.started_at)} UTC`,
            onclick: () => go({state: value}),
          },
          word,
          value !== 'running' && [' ', h('b', {}, num(value === '' ? n.accepted : (n[value] ?? 0)))]
        )
      )
    );
  }
  async function reload() {
    shown = await api.page(path, 'tasks');
    fill();
  }
  showChips();
  fill();
  let at_ = Date.now();
  return {
    async update() {
      if (root.contains(document.activeElement) && chips.contains(document.activeElement)) return;
      showChips();
      // New rows come while nobody is among them.
      if (!before && chosen.size === 0 && !rows.contains(document.activeElement) && Date.now() - at_ > 4000) {
        at_ = Date.now();
        await reload();
      }
    },
  };
}
