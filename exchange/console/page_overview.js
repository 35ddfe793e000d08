// SPDX-License-Identifier: Apache-2.0
// Is it running, is the money right, is anything late, do I have to act? Then what explains it.
import * as api from './api.js';
import {
  badge,
  band,
  body,
  card,
  clock,
  h,
  head,
  icon,
  many,
  money,
  num,
  segment,
  short,
  span,
  startServers,
  table,
} from './dom.js';
import {bars, chart, spark, swatch} from './chart.js';
import {currency, reasonWord, store, todo} from './store.js';
import {eventWords} from './events.js';
import {checkpointAge} from './log.js';

const diff = (samples, f) =>
  samples.slice(1).map((x, i) => f(x, samples[i], (Date.parse(x.at) - Date.parse(samples[i].at)) / 1000));
const ratio = (a, b) => (b > 0 ? a / b : NaN);

// ---- the band

function running(o) {
  const market = store.market;
  const up = span((Date.parse(o.at) - Date.parse(o.started_at)) / 1000);
  const alive = `slot ${num(o.slot)} began ${span(o.slot_age_s)} ago; ${many(o.queue, 'request')} waiting; up ${up}`;
  if (o.mode === 'halted')
    return [
      'Is it running?',
      'crit',
      'halt',
      'Halted',
      `slot ${num(o.slot)} sold nothing; open tasks go on and are settled`,
    ];
  if (o.mode !== 'open') return ['Is it running?', 'warn', 'clock', badge(o.mode).textContent, alive];
  if (o.slot_age_s > 3 * market.slot_s) return ['Is it running?', 'crit', 'warn', 'Slots are late', alive];
  return ['Is it running?', 'good', 'check', 'Running', alive];
}
function balanced(o, age) {
  const signedText = age ? `; checkpoint signed ${span(age.s)} ago, size ${num(age.size)}` : '';
  if (o.sum_micro === undefined)
    return [
      'What was earned today?',
      'accent',
      null,
      `${money(o.today.earned_micro)} ${currency()}`,
      `by the platform since ${clock(o.today.since)} UTC`,
    ];
  if (Number(o.sum_micro) !== 0)
    return [
      'Is the money right?',
      'crit',
      'cross',
      'It does not add up',
      `all accounts sum to ${money(o.sum_micro, 6)} ${currency()}`,
    ];
  return [
    'Is the money right?',
    'good',
    'check',
    'Balanced',
    `all accounts sum to 0.000000 ${currency()}; earned today ${money(o.today.earned_micro)} ${currency()}` +
      `${o.today.complete ? '' : ' so far counted'}${signedText}`,
  ];
}
function lateness(o) {
  const late = o.tasks.settled_late;
  const proof = `${num(o.late_now)} of ${many(o.open_tasks, 'open task')} past the deadline; ${num(late)} settled late since ${clock(o.started_at)}`;
  return o.late_now > 0
    ? ['Is anything late?', 'warn', 'warn', `${num(o.late_now)} late now`, proof]
    : ['Is anything late?', 'good', 'check', 'Nothing late now', proof];
}
const noServers = () => Object.values(store.market.servers).every((n) => n === 0);
function acting(list) {
  if (list.length === 0 && noServers())
    return ['Do I have to act?', 'warn', 'warn', 'No server yet', 'nothing is sold before a provider has servers here'];
  if (list.length === 0)
    return [
      'Do I have to act?',
      'good',
      'check',
      'Nothing to do',
      `${many(store.market.servers.active ?? 0, 'server')} active, none lost`,
    ];
  return [
    'Do I have to act?',
    'warn',
    'warn',
    `${many(list.length, 'thing')} to do`,
    list
      .slice(0, 2)
      .map((x) => `${x.title}: ${badge(x.state).textContent.toLowerCase()}`)
      .join('; '),
  ];
}

// ---- tiles

function tile(label, beside, value, unit, values, line, limit, over) {
  return h(
    'div',
    {class: over ? 'over' : null},
    h('div', {class: 'tile-head'}, h('span', {}, label), h('span', {class: 'quiet'}, beside)),
    h('div', {class: 'tile-value'}, value, h('small', {}, unit)),
    spark(values, `${label} over the span: ${value} ${unit} now`, limit),
    h('div', {class: 'tile-line', title: line}, line)
  );
}
function tiles(samples, words) {
  const first = samples[0],
    last = samples.at(-1),
    o = store.overview,
    ceiling = store.market.ceiling_per_gigacycle;
  const seconds = Math.max(1, (Date.parse(last.at) - Date.parse(first.at)) / 1000);
  const served = last.served + last.late - first.served - first.late,
    arrived = last.accepted - first.accepted;
  const [rate, prefix] = short((last.profit_micro - first.profit_micro) / 1e6 / seconds);
  const [today, todayPrefix] = short(Number(o.today.earned_micro) / 1e6);
  const paid = ratio(
    last.awarded_micro - first.awarded_micro,
    1e6 * (last.awarded_gigacycles - first.awarded_gigacycles)
  );
  const late = last.late - first.late,
    share = 100 * ratio(late, served);
  const commit = 1000 * Math.max(...samples.slice(-6).map((x) => x.commit_p99_s));
  return [
    tile(
      'Profit rate',
      words,
      rate,
      `${prefix} ${currency()}/s`,
      diff(samples, (b, a, t) => (b.profit_micro - a.profit_micro) / t),
      `${today} ${todayPrefix} ${currency()} today`
    ),
    tile(
      'Tasks served',
      'of arrived',
      num(100 * ratio(served, arrived), 1),
      '%',
      diff(samples, (b, a) => ratio(b.served + b.late - a.served - a.late, b.accepted - a.accepted)),
      `${num(served)} of ${num(arrived)}`
    ),
    tile(
      'Tasks late',
      'of served',
      num(share, share < 1 ? 3 : 1),
      '%',
      diff(samples, (b, a) => b.late - a.late),
      many(late, 'task') + (share > 1 ? '; over 1 %' : ''),
      undefined,
      share > 1
    ),
    tile(
      'Price paid',
      ceiling ? 'mean' : 'mean of awards',
      num(ceiling ? paid / ceiling : paid, 2),
      ceiling ? 'of ceiling' : `${currency()}/Gc`,
      diff(samples, (b, a) => ratio(b.awarded_micro - a.awarded_micro, b.awarded_gigacycles - a.awarded_gigacycles)),
      ceiling ? `${num(paid, 2)} of ${num(ceiling, 2)} ${currency()}/Gc` : 'there is no ceiling'
    ),
    tile(
      'Commit time',
      'p99, 1 min',
      num(commit, 1),
      'ms',
      samples.map((x) => x.commit_p99_s),
      `queue ${num(o.queue)}; limit 50 ms`,
      undefined,
      commit > 50
    ),
  ];
}

// ---- what explains it

const chartRows = (samples, f) => diff(samples, (b, a, t) => [new Date(b.at), ...f(b, a, Math.max(t, 0.1))]);
const cutsOf = (samples) =>
  samples
    .slice(1)
    .filter((x, i) => x.cycle !== samples[i].cycle)
    .map((x) => Date.parse(x.at));

function todoCard(list) {
  return card(
    'To do',
    null,
    num(list.length),
    body(
      list.length === 0 && noServers()
        ? startServers()
        : list.length === 0
          ? h('p', {class: 'ink2'}, 'Nothing waits for a person.')
          : h(
              'ul',
              {class: 'todo'},
              list
                .slice(0, 6)
                .map((x) =>
                  h(
                    'li',
                    {},
                    h('div', {}, badge(x.state), ' ', h('b', {}, x.title), ' ', h('span', {class: 'quiet'}, x.beside)),
                    h('p', {class: 'small ink2'}, x.text),
                    h('div', {class: 'tools'}, h('a', {class: 'button small-button', href: x.go}, x.word))
                  )
                ),
              list.length > 6 && h('li', {class: 'quiet'}, `and ${list.length - 6} more`)
            )
    )
  );
}
function whyCard(o) {
  const all = o.why.reduce((sum, x) => sum + x.tasks, 0),
    tasks = Math.max(1, o.recent.tasks);
  return card(
    'Why tasks were not served',
    null,
    o.recent.tasks > 0 ? `${num((100 * all) / tasks, 1)} % of the last ${num(o.recent.tasks)}` : null,
    body(
      all === 0
        ? h('p', {class: 'ink2'}, o.recent.tasks > 0 ? 'All were served.' : 'No tasks yet.')
        : bars(
            o.why.map((x) => [
              [reasonWord(x.reason), ' ', h('code', {class: 'quiet'}, x.reason)],
              x.tasks / all,
              `${num((100 * x.tasks) / tasks, 1)} %`,
            ])
          )
    )
  );
}
function areasCard(o) {
  const seconds = Math.max(1, (Date.parse(o.at) - Date.parse(o.recent.since)) / 1000),
    ceiling = store.market.ceiling_per_gigacycle;
  return card(
    'Areas',
    null,
    `the last ${many(o.recent.tasks, 'task')}, since ${clock(o.recent.since)}`,
    table(
      'Areas',
      [
        ['Area'],
        ['Arrived', 'tasks/s', 'n'],
        ['Served', '%', 'n'],
        ['Late', 'tasks', 'n'],
        ['Price', ceiling ? 'of ceiling' : `${currency()}/Gc`, 'n'],
      ],
      o.areas
        .slice(0, 10)
        .map((x) => [
          h('a', {href: `#/tasks?area=${encodeURIComponent(x.area)}`}, x.area),
          num(x.arrived / seconds, 2),
          num((100 * x.served) / x.arrived, 1),
          h('span', {class: x.late ? 'warn strong' : 'quiet'}, num(x.late)),
          num(ratio(x.paid_micro, 1e6 * x.paid_gigacycles) / (ceiling ?? 1), 2),
        ])
    )
  );
}

export async function show(root, at) {
  const spanS = Number(at.query.get('span') ?? 900);
  const words = {900: '15 min', 3600: '1 h', 86400: '24 h'}[spanS];
  let samples = [],
    live = true,
    age = null;
  const places = {
    banner: h('div', {hidden: true}),
    band: h('div', {}),
    tiles: h('section', {class: 'tiles', 'aria-label': 'Figures'}),
    todo: h('div', {class: 'stack'}),
    todoPhone: h('div', {class: 'phone-only'}),
    areas: h('div', {}),
    events: h('tbody', {}),
  };
  const rate = chart('Profit rate', [], [{name: 'live', token: 's1'}]);
  const tasks = chart(
    'Tasks',
    [],
    [
      {name: 'arrived', token: 's0'},
      {name: 'served', token: 's3'},
    ],
    [],
    true
  );
  const pause = h(
    'button',
    {
      type: 'button',
      'aria-pressed': 'false',
      onclick: () => {
        live = !live;
        pause.setAttribute('aria-pressed', String(!live));
        pause.lastChild.textContent = live ? 'Live' : `Paused at ${clock(Date.now())}`;
      },
    },
    icon('play'),
    'Live'
  );
  const m = store.market;
  root.append(
    head(
      'Overview',
      `${many(
        Object.values(m.servers).reduce((a, b) => a + b, 0),
        'server'
      )} in ${many(m.clusters, 'cluster')}, ${many(m.areas.length, 'area')}; ${m.policy}, slots of ${m.slot_s} s`,
      [
        segment(
          'Span',
          [
            [900, '15 min'],
            [3600, '1 h'],
            [86400, '24 h'],
          ],
          spanS,
          (v) => {
            location.hash = `#/overview?span=${v}`;
          }
        ),
        pause,
      ]
    ),
    places.banner,
    places.band,
    places.todoPhone,
    places.tiles,
    h(
      'div',
      {class: 'grid wide-left'},
      card(
        'Profit rate',
        `${currency()}/s, mean of ${Math.max(10, spanS / 240)} s`,
        [h('span', {class: 'legend'}, swatch('l1', `live, ${m.policy}`)), ' ', rate.toggle],
        body(
          rate.node,
          h(
            'header',
            {class: 'inner'},
            h('h2', {}, 'Tasks'),
            ' ',
            h('span', {class: 'quiet small'}, 'tasks/s '),
            h('span', {class: 'legend'}, swatch('l0', 'arrived'), swatch('l3', 'served')),
            ' ',
            tasks.toggle
          ),
          tasks.node
        )
      ),
      places.todo
    ),
    h(
      'div',
      {class: 'grid two'},
      places.areas,
      card(
        'Activity',
        null,
        h('a', {href: '#/activity'}, 'All events'),
        h(
          'div',
          {class: 'rows'},
          h(
            'table',
            {},
            h('caption', {class: 'sr'}, 'Newest events'),
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                ['Time UTC', 'Event', 'What'].map((w) => h('th', {scope: 'col'}, w))
              )
            ),
            places.events
          )
        )
      )
    )
  );
  const stop = api.listen((event) => {
    const what = eventWords(event);
    if (!live || !what) return;
    places.events.prepend(
      h(
        'tr',
        {},
        h('td', {class: 'quiet'}, clock(Date.now())),
        h('td', {}, h('code', {}, event.name)),
        h('td', {}, what)
      )
    );
    while (places.events.children.length > 8) places.events.lastChild.remove();
  });
  let shownAt = 0;
  async function update() {
    if (!live || !store.overview) return;
    if (Date.now() - shownAt > 9000) {
      shownAt = Date.now();
      samples = (await api.get(`/v1/history?span=${spanS}`)).samples;
      // The last one is now: a rate over less than a few seconds says nothing.
      if (samples.length > 2 && Date.parse(samples.at(-1).at) - Date.parse(samples.at(-2).at) < 5000) samples.pop();
      age = await checkpointAge();
      if (samples.length > 1) {
        rate.update(
          chartRows(samples, (b, a, t) => [(b.profit_micro - a.profit_micro) / 1e6 / t]),
          cutsOf(samples)
        );
        tasks.update(
          chartRows(samples, (b, a, t) => [(b.accepted - a.accepted) / t, (b.served + b.late - a.served - a.late) / t]),
          cutsOf(samples)
        );
      }
    }
    const o = store.overview,
      list = todo();
    places.banner.hidden = o.mode !== 'halted';
    places.banner.replaceChildren(
      ...(o.mode === 'halted'
        ? [
            h(
              'div',
              {class: 'banner', role: 'alert'},
              icon('halt'),
              h(
                'div',
                {},
                h('b', {}, 'Halted. '),
                'New tasks are refused with 503 ',
                h('code', {}, 'halted'),
                `. Open tasks (${num(o.open_tasks)}) go on and are settled.`
              ),
              h('a', {class: 'button', href: '#/operate'}, 'Operate')
            ),
          ]
        : [])
    );
    places.band.replaceChildren(band(running(o), balanced(o, age), lateness(o), acting(list)));
    if (samples.length > 0) places.tiles.replaceChildren(...tiles(samples, words));
    places.todo.replaceChildren(todoCard(list), whyCard(o));
    places.todo.firstChild.classList.add('phone-no');
    places.todoPhone.replaceChildren(todoCard(list));
    places.areas.replaceChildren(areasCard(o));
  }
  await update();
  return {
    update,
    close() {
      stop();
      rate.close();
      tasks.close();
    },
  };
}
