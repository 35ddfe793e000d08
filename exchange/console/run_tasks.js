// SPDX-License-Identifier: Apache-2.0
// The tasks of a run, and one of them explained.
import {badge, band, body, card, crumb, h, head, many, num, paged, table} from './dom.js';
import {priceLine, timeLine} from './lines.js';
import {missing, rows} from './run_tables.js';

const words = {sold: ['settled', 'Served'], awarded: ['settled', 'Served']};
const stateOf = (t) => (words[t.outcome] ? badge(...words[t.outcome]) : badge('unserved'));
export async function tasksPage() {
  const list = await rows('tasks');
  if (!list) return [head('Tasks', 'Every task and what became of it'), missing('tasks', '--tasks --bids')];
  const find = h('input', {
      type: 'search',
      placeholder: 'id, area, outcome',
      'aria-label': 'Only tasks with',
      oninput: () => fill(),
    }),
    out = h('div', {});
  const fill = () => {
    const text = find.value.trim().toLowerCase();
    const part = text
      ? list.filter(
          (t) => String(t.job_id) === text || String(t.origin).toLowerCase() === text || t.outcome.includes(text)
        )
      : list;
    out.replaceChildren(
      part.length
        ? paged(part, (some) =>
            table(
              'Tasks',
              [
                ['Task'],
                ['State'],
                ['Cycle', null, 'n phone-no'],
                ['Area', null, 'phone-no'],
                ['Work', 'Gc', 'n phone-no'],
                ['Deadline', 's', 'n'],
                ['Cluster', null, 'phone-no'],
                ['Took', 's', 'n'],
                ['Fee', null, 'n'],
                ['Outcome', null, 'phone-no'],
              ],
              some.map((t) => [
                h('a', {href: `#/task/${t.job_id}`}, num(t.job_id)),
                stateOf(t),
                num(t.cycle),
                String(t.origin),
                num(t.work_gigacycles, 1),
                num(t.deadline_s, 2),
                t.cluster === '' ? '–' : `c${t.cluster}`,
                num(t.turnaround_time === '' ? NaN : t.turnaround_time, 2),
                num(t.fee, 2),
                h('code', {}, t.outcome),
              ])
            )
          )
        : h('div', {class: 'body'}, h('p', {}, 'No tasks match.'))
    );
  };
  fill();
  return [
    head('Tasks', `${many(list.length, 'task')} in the order of their arrival`),
    h('div', {class: 'chips'}, find),
    card('Tasks', null, num(list.length), out),
  ];
}

export async function taskPage(at) {
  const [list, bids] = await Promise.all(['tasks', 'bids'].map(rows));
  const t = (list ?? []).find((x) => String(x.job_id) === at[0]);
  if (!t) return [head('Task', 'There is no such task in the run'), list ? '' : missing('tasks', '--tasks --bids')];
  const won = t.cluster !== '',
    own = (bids ?? []).filter((b) => b.job_id === t.job_id).sort((a, b) => a.bid - b.bid);
  const delay = t.transfer_s + t.queue_s + t.processing_s,
    unit = (v) => v / t.work_gigacycles;
  const award = {
    slot_wait_s: 0,
    transfer_s: t.transfer_s,
    start_wait_s: t.transfer_s + t.queue_s,
    processing_s: t.processing_s,
    candidates: t.candidates,
  };
  const finish = (b) => b.transfer_s + b.queue_s + b.processing_s;
  return [
    crumb('#/tasks', 'Tasks'),
    head(
      `Task ${num(t.job_id)}`,
      `${num(t.work_gigacycles, 1)} Gc and ${num(t.data_mb, 1)} Mb from ${t.origin} within ${num(t.deadline_s, 3)} s, ` +
        `cycle ${num(t.cycle)}, slot ${num(t.slot)}`,
      null,
      stateOf(t)
    ),
    band(
      won
        ? [
            'Was it in time?',
            'good',
            'check',
            'In time',
            `${num(delay, 3)} s, ${num(t.deadline_s - delay, 3)} s before the deadline`,
          ]
        : ['Was it served?', 'ink2', null, 'Unserved', h('code', {}, t.outcome)],
      ['What did it cost?', 'accent', null, num(won ? t.fee : 0, 2), 'the public fee; no bid changes it'],
      ['Who could have?', 'accent', null, many(t.candidates, 'cluster'), 'could have finished in time']
    ),
    won
      ? card(
          'Time line',
          'seconds after arrival, as the market promised',
          null,
          body(
            timeLine({deadline_s: t.deadline_s, received_at: new Date().toISOString(), state: 'settled'}, award, delay)
          )
        )
      : '',
    own.length
      ? h(
          'div',
          {class: 'grid two'},
          card(
            won ? 'Why this cluster' : 'Who looked at it',
            null,
            `${num(own.length)} looked at it`,
            table(
              'Bids',
              [['Cluster'], ['Finish', 's', 'n'], ['Limit', '/Gc', 'n phone-no'], ['Bid', '/Gc', 'n'], ['Outcome']],
              own.map((b) => ({
                class: won && b.cluster === t.cluster ? 'chosen' : null,
                cells: [
                  `c${b.cluster}`,
                  num(finish(b), 2),
                  num(unit(b.limit), 3),
                  num(unit(b.bid), 3),
                  won && b.cluster === t.cluster
                    ? h('b', {class: 'good'}, 'won')
                    : !b.bidder
                      ? 'no bidder'
                      : `left in round ${num(b.round_left)}`,
                ],
              }))
            )
          ),
          won
            ? card(
                'Why this price',
                null,
                `payment ${num(t.payment, 2)}`,
                body(
                  h(
                    'p',
                    {class: 'ink2'},
                    t.candidates > 1
                      ? 'The clock fell until one cluster was left; it is paid that price, whatever its bid.'
                      : 'No rival could finish in time: the first price of the clock.'
                  ),
                  priceLine(
                    unit(t.payment),
                    Math.max(unit(t.payment), ...own.map((b) => unit(b.bid))),
                    t.candidates,
                    '',
                    'dearest bid'
                  )
                )
              )
            : ''
        )
      : missing('bids', '--tasks --bids'),
  ];
}
