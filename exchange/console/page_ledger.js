// SPDX-License-Identifier: Apache-2.0
// Every change of money; and the whole log checked in this browser.
import * as api from './api.js';
import {
  band,
  body,
  card,
  clock,
  download,
  h,
  head,
  icon,
  id,
  legKind,
  many,
  money,
  note,
  num,
  span,
  table,
} from './dom.js';
import {accountKind, accountName, currency, store} from './store.js';
import {checkpointAge} from './log.js';
import {checkpoint, keepCheckpoint, keptCheckpoint, NotProved, verifyLog} from './verify.js';

const NOTES = {
  'user.available': 'free to spend',
  'user.held': 'fees of open tasks',
  'platform.clearing': '0 after every event',
  world: 'deposits less payouts',
  'provider.payable': 'waits for a payout',
};

// ---- balances

function balances(o, own) {
  const rows = o.accounts ?? own;
  const sum = rows.reduce((n, a) => n + BigInt(a.balance_micro), 0n);
  return card(
    'Balances',
    null,
    `as of ${clock(o.at)} UTC`,
    table(
      'Balances',
      [['Account'], ['Accounts', null, 'n'], ['Balance', currency(), 'n'], ['', 'Note', 'phone-no']],
      rows.map((a) => [
        accountKind(a.kind),
        num(a.accounts ?? 1),
        money(a.balance_micro, 6),
        h('span', {class: 'quiet'}, NOTES[a.kind] ?? ''),
      ]),
      o.accounts
        ? [
            'Sum',
            num(rows.reduce((n, a) => n + a.accounts, 0)),
            money(sum, 6),
            sum === 0n
              ? h('span', {class: 'good'}, icon('check'), h('span', {class: 'sr'}, 'adds up'))
              : h('span', {class: 'crit'}, 'does not add up'),
          ]
        : null
    )
  );
}

// ---- verify

function verifyCard(onDone) {
  const list = h('ul', {class: 'checks', 'aria-live': 'polite'}),
    place = h('div', {}),
    progress = h('span', {class: 'quiet small'});
  const step = async (name, words) => {
    if (name === 'progress') progress.textContent = words;
    else
      list.append(
        h(
          'li',
          {},
          h('span', {class: 'small strong'}, h('span', {class: 'good'}, icon('check')), name),
          h('span', {}, words)
        )
      );
    await new Promise((next) => setTimeout(next));
  };
  async function run(most) {
    const before = performance.now();
    for (const b of buttons) b.disabled = true;
    list.replaceChildren();
    place.replaceChildren();
    let head_ = null;
    try {
      head_ = await checkpoint();
      await verifyLog(head_, keptCheckpoint(head_.origin), most, step);
      keepCheckpoint(head_);
      progress.textContent = `in ${span((performance.now() - before) / 1000)}`;
      onDone([
        'Can I check it?',
        'good',
        'check',
        'Verified in this browser',
        `chain, tree, signature and transfers of size ${num(head_.size)} at ${clock(Date.now())}, ${span((performance.now() - before) / 1000)}`,
      ]);
    } catch (why) {
      const evidence = {
        why: why.message,
        at: new Date().toISOString(),
        checkpoint: head_?.note,
        kept: head_ && keptCheckpoint(head_.origin),
      };
      const proved = why instanceof NotProved;
      place.replaceChildren(
        note(
          'crit',
          'halt',
          h('b', {}, proved ? 'Not proved: ' : 'Not checked: '),
          why.message,
          '; ',
          proved && 'keep this page and tell an auditor. ',
          h(
            'button',
            {
              type: 'button',
              class: 'plain',
              onclick: () => download('evidence.json', 'application/json', JSON.stringify(evidence, null, 1)),
            },
            'Save evidence'
          )
        )
      );
      progress.textContent = '';
      onDone(['Can I check it?', 'crit', 'halt', proved ? 'Not proved' : 'Could not be checked', why.message]);
    }
    for (const b of buttons) b.disabled = false;
  }
  const buttons = [
    h('button', {type: 'button', onclick: () => run(20480), 'data-verify': ''}, 'The last 20 480 events'),
    h('button', {type: 'button', onclick: () => run(Infinity), 'data-verify-all': ''}, 'All of it'),
  ];
  const node = card(
    'Verify in this browser',
    null,
    'needs no key',
    body(
      h(
        'p',
        {class: 'ink2'},
        'This page fetches the events and tiles and computes every hash and the signature itself. ' +
          'It trusts only the checkpoint that this browser kept at its last visit.'
      ),
      h('p', {class: 'tools pad'}, buttons, progress),
      list,
      place,
      h('pre', {class: 'code'}, `dcat ledger verify ${location.origin}`)
    )
  );
  return {node, run: () => run(20480)};
}

// ---- transfers

export async function show(root, at) {
  const before = at.query.get('before') ?? '',
    task = at.query.get('task') ?? '';
  const path = task
    ? `/v1/transfers?task=${task}&limit=100`
    : `/v1/transfers?order=newest&limit=50${before ? `&after=${before}` : ''}`;
  const [shown, accounts, age] = await Promise.all([
    api.page(path, 'transfers'),
    api.all('/v1/accounts?limit=1000', 'accounts'),
    checkpointAge(),
  ]);
  const names = new Map(accounts.map((a) => [a.id, a]));
  const o = () => store.overview;
  const held = () =>
    (o().accounts ?? accounts).filter((a) => a.kind === 'user.held').reduce((n, a) => n + BigInt(a.balance_micro), 0n);
  let checked = [
    'Can I check it?',
    'accent',
    null,
    'Not checked yet',
    'verify it here, with nothing but this page and what your browser kept',
  ];
  const bandPlace = h('div', {}),
    balancePlace = h('div', {});
  function showBand() {
    const sum = o().sum_micro;
    bandPlace.replaceChildren(
      band(
        sum === undefined
          ? [
              'What do I have?',
              'accent',
              null,
              `${money(accounts.reduce((n, a) => n + BigInt(a.balance_micro), 0n))} ${currency()}`,
              `in ${many(accounts.length, 'account')}`,
            ]
          : [
              'Does it add up?',
              Number(sum) === 0 ? 'good' : 'crit',
              Number(sum) === 0 ? 'check' : 'cross',
              `${money(sum, 6)} ${currency()}`,
              `sum of all ${num(o().accounts.reduce((n, a) => n + a.accounts, 0))} accounts after event ${num(store.market.events)}`,
            ],
        age
          ? [
              'Is it signed?',
              age.s > 60 ? 'warn' : 'good',
              age.s > 60 ? 'warn' : 'check',
              `Signed, size ${num(age.size)}`,
              `the log has ${num(store.market.events)} events; checkpoints are signed slot by slot`,
            ]
          : ['Is it signed?', 'ink2', null, 'No checkpoint', 'this exchange publishes none'],
        checked,
        [
          'Is money waiting?',
          'accent',
          null,
          `${money(held())} ${currency()} held`,
          `fees of ${many(o().open_tasks, 'open task')}; each comes back or is settled when its task ends`,
        ]
      )
    );
    balancePlace.replaceChildren(balances(o(), accounts));
  }
  const verify = verifyCard((cell) => {
    checked = cell;
    showBand();
  });
  const go = (params) => {
    location.hash = `#/ledger?${new URLSearchParams(params)}`;
  };
  const field = h('input', {
    type: 'search',
    placeholder: 'task',
    'aria-label': 'Only transfers of this task',
    value: task,
    inputmode: 'numeric',
    onkeydown: (e) => e.key === 'Enter' && go(e.target.value ? {task: e.target.value.replace(/\D/g, '')} : {}),
  });
  root.append(
    head(
      'Ledger',
      'Every change of money is a row that takes from one account and gives to another; rows are never edited',
      [
        h(
          'button',
          {
            type: 'button',
            onclick: async () =>
              download('transfers.csv', 'text/csv', await api.text(path, {headers: {Accept: 'text/csv'}})),
          },
          icon('down'),
          'CSV'
        ),
        h('button', {type: 'button', class: 'primary', onclick: verify.run}, 'Verify in this browser'),
      ]
    ),
    bandPlace,
    h('div', {class: 'grid two'}, balancePlace, verify.node),
    card(
      'Transfers',
      null,
      task ? `of task ${id(task)}` : 'newest first',
      body(
        h(
          'div',
          {class: 'chips'},
          field,
          task && h('button', {type: 'button', class: 'chip', onclick: () => go({})}, 'All tasks')
        )
      ),
      table(
        'Transfers',
        [
          ['Time', 'UTC'],
          ['Kind'],
          ['From', null, 'phone-no'],
          ['To', null, 'phone-no'],
          ['Amount', currency(), 'n'],
          ['Task', null, 'n'],
          ['Event', null, 'n phone-no'],
        ],
        shown.rows.map((x) => [
          h('time', {title: x.at, class: 'ink2'}, clock(x.at, true)),
          legKind(x.kind),
          accountName(names, x.debit),
          accountName(names, x.credit),
          money(x.amount_micro, 6),
          x.task ? h('a', {href: `#/task/${x.task}`}, id(x.task)) : '–',
          id(x.event_seq),
        ])
      ),
      h(
        'div',
        {class: 'pager'},
        h('span', {}, `${num(shown.rows.length)} shown`),
        before && h('a', {class: 'button', href: '#/ledger'}, 'Newest'),
        shown.next && !task && h('button', {type: 'button', onclick: () => go({before: shown.rows.at(-1).id})}, 'Older')
      )
    )
  );
  showBand();
  return {
    update: () => {
      if (!balancePlace.contains(document.activeElement)) showBand();
    },
  };
}
