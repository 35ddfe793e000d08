// SPDX-License-Identifier: Apache-2.0
// What a task would cost now, and at later deadlines. Books nothing.
import * as api from './api.js';
import {body, card, crumb, h, head, many, money, note, num, table} from './dom.js';
import {curl} from './dialog.js';
import {currency, needed, reasonWord, store} from './store.js';

const LATER = [1, 1.25, 1.5, 2, 3];

export async function show(root, at) {
  const areas = store.market.areas.map((a) => a.name);
  const field = (name, words, unit, value, step) =>
    h(
      'label',
      {class: 'field'},
      words,
      ' ',
      h('span', {class: 'quiet'}, unit),
      h('input', {name, type: 'number', min: '0', step, value, required: true})
    );
  const out = h('div', {class: 'stack', 'aria-live': 'polite'});
  const form = h(
    'form',
    {
      class: 'card body grid three',
      onsubmit: async (event) => {
        event.preventDefault();
        const f = new FormData(form);
        const task = (deadline) => ({
          origin: {area: f.get('area')},
          work_gigacycles: Number(f.get('work')),
          data_megabits: Number(f.get('data')),
          deadline_s: Number(deadline.toFixed(3)),
        });
        try {
          const quotes = [];
          for (const times of LATER) {
            const asked = task(Number(f.get('deadline')) * times);
            quotes.push([asked, await (await api.call('POST', '/v1/quotes', {body: asked})).json()]);
          }
          out.replaceChildren(...result(quotes));
        } catch (why) {
          out.replaceChildren(
            note('warn', 'warn', h('b', {}, 'No quote. '), why.message, ' ', h('code', {}, why.code ?? ''))
          );
        }
      },
    },
    h(
      'label',
      {class: 'field'},
      'Area',
      h(
        'select',
        {name: 'area'},
        areas.map((a) => h('option', {selected: a === at.query.get('area')}, a))
      )
    ),
    field('work', 'Work', 'Gc', '600', 'any'),
    field('data', 'Data', 'Mb', '20', 'any'),
    field('deadline', 'Deadline', 's', '2.5', 'any'),
    h('div', {}, h('button', {class: 'primary'}, 'Quote'))
  );
  root.append(
    crumb('#/tasks', 'Tasks'),
    head('Quote', 'What it would cost now, and at a later deadline; holds for the slot it names and books nothing'),
    form,
    out
  );
}

function result(quotes) {
  const [now, first] = quotes[0];
  const served = quotes.find(([, q]) => q.served);
  const say = first.served
    ? note(
        'good',
        'check',
        h('b', {}, `${money(first.fee_micro)} ${currency()}. `),
        `It would be served: ${many(first.candidates, 'cluster')} could finish in time, the forecast is ${num(first.finish_s, 2)} s.`
      )
    : note(
        'warn',
        'warn',
        h('b', {}, `${reasonWord(first.reason)}. `),
        h('code', {}, first.reason ?? ''),
        ' ',
        needed(first) ||
          (served
            ? `A deadline of ${num(served[0].deadline_s, 2)} s would be served, for ${money(served[1].fee_micro)} ${currency()}.`
            : 'None of these deadlines would be served now.')
      );
  return [
    say,
    card(
      'By deadline',
      'the same task',
      `slot ${num(first.slot)}`,
      table(
        'Quotes by deadline',
        [
          ['Deadline', 's', 'n'],
          ['Fee', currency(), 'n'],
          ['Saves', '%', 'n'],
          ['Served'],
          ['Clusters', 'in time', 'n'],
          ['Start', '≈ s', 'n phone-no'],
          ['Finish', '≈ s', 'n'],
        ],
        quotes.map(([asked, q], i) => ({
          class: i === 0 ? 'chosen' : null,
          cells: [
            num(asked.deadline_s, 2),
            money(q.fee_micro),
            i === 0 ? '–' : num(100 * (1 - Number(q.fee_micro) / Number(first.fee_micro)), 1),
            q.served ? h('b', {class: 'good'}, 'yes') : h('span', {}, 'no ', h('code', {}, q.reason ?? '')),
            num(q.candidates),
            num(q.start_s, 2),
            num(q.finish_s, 2),
          ],
        }))
      ),
      body(h('pre', {class: 'code'}, curl('POST', '/v1/quotes', now)))
    ),
  ];
}
