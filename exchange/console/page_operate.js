// SPDX-License-Identifier: Apache-2.0
// What an operator can do; every action asks for a reason and shows its call. And what was done.
import * as api from './api.js';
import {badge, body, card, clock, empty, h, head, id, many, note, num, span, table} from './dom.js';
import {ask} from './dialog.js';
import {currency, party, serverName, store, todo} from './store.js';

function exchangeCard(again) {
  const o = store.overview,
    operator = api.may('operator'),
    halted = o.mode === 'halted';
  const act = (verb, path, title, text, typed) =>
    h(
      'button',
      {
        type: 'button',
        class: halted ? 'primary' : 'danger',
        disabled: !operator,
        onclick: () =>
          ask({
            title,
            text,
            verb: title.replace('?', ''),
            danger: !halted,
            typed,
            method: 'POST',
            calls: (reason) => [{path, body: {reason}}],
            cli: (reason) => `dcat exchange ${typed ?? 'resume'} --reason "${reason}"`,
            done: again,
          }),
      },
      verb
    );
  return card(
    'Exchange',
    null,
    badge(o.mode),
    body(
      h(
        'p',
        {class: 'ink2'},
        halted
          ? 'New tasks are refused, nothing is sold; receipts are taken and fees settled or released. Resuming opens at once.'
          : 'Halting refuses new tasks from the next slot and sells nothing. Receipts and settlement go on, providers are paid.'
      ),
      h(
        'div',
        {class: 'tools pad'},
        halted
          ? act(
              'Resume…',
              '/v1/resume',
              'Resume the exchange?',
              `New tasks are accepted and auctioned again from the next slot. ${many(o.open_tasks, 'task is', 'tasks are')} open.`,
              null
            )
          : act(
              'Halt…',
              '/v1/halt',
              'Halt the exchange?',
              [
                'From the next slot new tasks are refused with 503 ',
                h('code', {}, 'halted'),
                `. Open tasks (${num(o.open_tasks)}) go on and are settled.`,
              ],
              'halt'
            ),
        operator &&
          h(
            'button',
            {
              type: 'button',
              onclick: () =>
                ask({
                  title: 'Back the log up?',
                  text: 'Copies the log as of now to a file in the folder backups of the data, while the exchange runs.',
                  verb: 'Back up',
                  method: 'POST',
                  calls: () => [
                    {
                      path: '/v1/backups',
                      body: {name: `console-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}`},
                    },
                  ],
                  cli: () => 'dcat exchange backup',
                  done: again,
                }),
            },
            'Back up…'
          )
      ),
      !operator && h('p', {class: 'small quiet'}, 'Only operators may; auditors look on.')
    )
  );
}
function rulesCard() {
  const m = store.market,
    row = (a, b) => [h('dt', {}, a), h('dd', {}, b)];
  return card(
    'Market rules',
    null,
    'hold for all of a log',
    body(
      h(
        'dl',
        {class: 'facts-list'},
        row('Auction', m.auction),
        row('Clusters', m.policy),
        row('Ceiling', m.ceiling_per_gigacycle ? `${num(m.ceiling_per_gigacycle, 2)} ${currency()}/Gc` : 'none'),
        row('Price', `${num(m.price_per_gigacycle, 2)} ${currency()}/Gc, urgency ${num(m.urgency_s, 2)} s`),
        row('Slot, cycle', `${num(m.slot_s, 1)} s, ${num(m.cycle_s / m.slot_s)} slots`),
        row(
          'Pricing',
          m.pricing === 'spread'
            ? 'spread: fee less payment is the platform\u2019s'
            : `pass-through, ${num(m.commission_bp / 100, 2)} % commission`
        ),
        row('Currency', m.currency)
      )
    )
  );
}
function canaryRow({missed, why}, row) {
  return [row('Canaries not submitted', why ? `${num(missed)}: ${why}` : num(missed))];
}
function stateCard() {
  const o = store.overview,
    row = (a, b) => [h('dt', {}, a), h('dd', {}, b)];
  return card(
    'State',
    null,
    `as of ${clock(o.at)} UTC`,
    body(
      h(
        'dl',
        {class: 'facts-list'},
        row('Up', span((Date.parse(o.at) - Date.parse(o.started_at)) / 1000)),
        row('Slots passed over', num(o.slots_skipped)),
        row('Cuts not ready in time', num(o.cuts_late)),
        row('Waiting requests', num(o.queue)),
        ...(o.canaries ? canaryRow(o.canaries, row) : []),
        row(
          'Servers',
          Object.entries(store.market.servers)
            .map(([k, n]) => `${n} ${k}`)
            .join(', ') || 'none'
        ),
        row('Figures', h('a', {href: '/metrics'}, '/metrics'))
      )
    )
  );
}
const object = (a) =>
  a.task
    ? h('a', {href: `#/task/${a.task}`}, `task ${id(a.task)}`)
    : a.server
      ? serverName(a.server)
      : a.party
        ? party(a.party)
        : '';

// A log that cannot be read just now keeps nobody from halting.
async function recent() {
  let actions;
  try {
    ({actions} = await api.get('/v1/actions'));
  } catch (why) {
    if (!(why instanceof api.Refusal) || why.status !== 503) throw why;
    return body(note('warn', 'clock', `Not to be had now: ${why.message} `, h('code', {}, why.code)));
  }
  if (actions.length === 0) return body(note('', 'check', 'None.'));
  return table(
    'Recent actions',
    [['Time', 'UTC'], ['Who', null, 'phone-no'], ['Action'], ['Reason']],
    actions
      .slice(0, 20)
      .map((a) => [
        h('time', {title: a.at}, clock(a.at)),
        party(a.by),
        [h('code', {}, a.action), ' ', object(a)],
        a.reason ?? h('span', {class: 'quiet'}, '–'),
      ])
  );
}

export async function show(root, at, again) {
  const sees = api.may('operator', 'auditor');
  const list = todo(),
    left = h('div', {class: 'stack'}),
    right = h('div', {class: 'stack'});
  root.append(
    head('Operate', 'Every action asks for a reason, shows its API call, and is an event in the log'),
    h('div', {class: 'grid two'}, left, right)
  );
  const fill = () => left.replaceChildren(exchangeCard(again), stateCard(), rulesCard());
  fill();
  right.append(
    card(
      'To do',
      null,
      num(list.length),
      body(
        list.length === 0
          ? h('p', {class: 'ink2'}, 'Nothing waits for a person.')
          : h(
              'ul',
              {class: 'todo'},
              list
                .slice(0, 12)
                .map((x) =>
                  h(
                    'li',
                    {},
                    badge(x.state),
                    ' ',
                    h('b', {}, x.title),
                    ' ',
                    h('span', {class: 'quiet'}, x.beside),
                    h('p', {class: 'small ink2'}, x.text),
                    x.go !== '#/operate' && h('a', {class: 'button small-button', href: x.go}, x.word)
                  )
                )
            )
      )
    )
  );
  if (!sees)
    right.append(
      empty(
        'Actions are for operators.',
        'You see the state and the rules; what operators do is an event that concerns you.'
      )
    );
  else right.append(card('Recent actions', null, 'of the last 20 000 events', await recent()));
  return {
    update() {
      if (!document.querySelector('dialog[open]') && !left.contains(document.activeElement)) fill();
    },
  };
}
