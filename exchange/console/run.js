// SPDX-License-Identifier: Apache-2.0
// A run folder in the console's components: did it earn, map by cycle, servers over time, tasks, one task
// explained. dcat report --serve RUN answers at /run/.
import {band, body, card, h, head, many, num, paged, short, table} from './dom.js';
import {bars, chart, swatch} from './chart.js';
import {mapPage, serversPage} from './run_places.js';
import {look, run} from './run_tables.js';
import {taskPage, tasksPage} from './run_tasks.js';
import {brand, markPage, pageLink, route, skip} from './shell.js';

const sum = (list, key) => list.reduce((n, x) => n + x[key], 0);

// ---- overview

async function overview() {
  const {summary, manifest, cycles} = run,
    profit = sum(cycles, 'profit'),
    arrived = sum(cycles, 'arrived'),
    awarded = sum(cycles, 'awarded');
  const unsold = ['no_candidate', 'no_bidder', 'all_left', 'round_limit', 'not_admitted', 'no_device', 'over_value']
    .filter((k) => k in cycles[0])
    .map((k) => [k.replace('_', '-'), sum(cycles, k)])
    .filter((x) => x[1] > 0)
    .sort((a, b) => b[1] - a[1]);
  const [value, prefix] = short(profit / cycles.length, 2),
    bad = sum(cycles, 'members_below_cost') + sum(cycles, 'late');
  const line = cycles.map((c) => [new Date(c.time_s * 1000), c.profit / 1e3]),
    tasks = cycles.map((c) => [new Date(c.time_s * 1000), c.arrived, c.awarded]);
  const one = chart('Profit of a cycle', line, [{name: 'profit', token: 's1'}]),
    two = chart(
      'Tasks of a cycle',
      tasks,
      [
        {name: 'arrived', token: 's0'},
        {name: 'served', token: 's3'},
      ],
      [],
      true
    );
  const policy = summary.policy ? `${summary.policy.clusterer}:${summary.policy.auction}` : '';
  return [
    head(
      summary.scenario ?? 'Run',
      `${policy}, seed ${summary.seed ?? manifest.seed ?? '–'}: ${many(cycles.length, 'cycle')} from ${num(cycles[0].cycle)}`,
      [h('a', {class: 'button', href: '/run/report.html'}, 'The run\u2019s own page')]
    ),
    band(
      [
        'What did it earn?',
        'accent',
        null,
        `${value} ${prefix} a cycle`,
        `${num((100 * profit) / sum(cycles, 'fee'), 1)} % of the fees; payments ${num(sum(cycles, 'payment'))}`,
      ],
      [
        'Who was served?',
        'good',
        'check',
        `${num((100 * awarded) / arrived, 1)} % of tasks`,
        `${num(awarded)} of ${num(arrived)}; ${num((100 * sum(cycles, 'single_candidate')) / Math.max(1, awarded), 1)} % without a rival`,
      ],
      bad > 0
        ? ['Is anything wrong?', 'warn', 'warn', many(bad, 'promise'), 'late tasks and members paid below cost']
        : ['Is anything wrong?', 'good', 'check', 'Nothing', 'no task was late, no member paid below its cost']
    ),
    h(
      'div',
      {class: 'grid wide-left'},
      card(
        'Profit',
        'k a cycle',
        [h('span', {class: 'legend'}, swatch('l1', policy)), ' ', one.toggle],
        body(
          one.node,
          h(
            'header',
            {class: 'inner'},
            h('h2', {}, 'Tasks'),
            ' ',
            h('span', {class: 'legend'}, swatch('l0', 'arrived'), swatch('l3', 'served')),
            ' ',
            two.toggle
          ),
          two.node
        )
      ),
      h(
        'div',
        {class: 'stack'},
        card(
          'Why tasks were not served',
          null,
          `${num(100 * (1 - awarded / arrived), 1)} % of arrived`,
          body(
            unsold.length
              ? bars(
                  unsold.map(([k, n]) => [
                    h('code', {}, k),
                    n / (arrived - awarded),
                    `${num((100 * n) / arrived, 1)} %`,
                  ])
                )
              : h('p', {class: 'ink2'}, 'All were served.')
          )
        ),
        card(
          'Make it again',
          null,
          null,
          body(h('pre', {class: 'code'}, (manifest.command ?? []).join(' ') || 'dcat simulate'))
        )
      )
    ),
    card(
      'Cycles',
      null,
      num(cycles.length),
      paged(cycles, (part) =>
        table(
          'Cycles',
          [
            ['Cycle'],
            ['Arrived', 'tasks', 'n'],
            ['Served', '%', 'n'],
            ['Profit', null, 'n'],
            ['Clusters', null, 'n'],
            ['Waiting', 's', 'n phone-no'],
          ],
          part.map((c) => [
            h('a', {href: `#/map/${c.cycle}`}, num(c.cycle)),
            num(c.arrived),
            num(100 * c.offloading, 1),
            num(c.profit),
            num(c.clusters),
            num(c.waiting_s, 3),
          ])
        )
      )
    ),
  ];
}

// ---- the shell

const SHOW = {overview, map: mapPage, servers: serversPage, tasks: tasksPage, task: taskPage};
const root = h('div', {class: 'page'});
const main = h('main', {id: 'main', tabindex: '-1'}, root);
const nav = h(
  'nav',
  {'aria-label': 'Pages'},
  pageLink('overview', 'Overview'),
  pageLink('map', 'Map'),
  pageLink('servers', 'Servers', {look: 'providers'}),
  pageLink('tasks', 'Tasks')
);
let asked = 0;
async function show() {
  const {name, rest} = route();
  const mine = ++asked;
  markPage(nav, name === 'task' ? 'tasks' : name);
  const made = await (SHOW[name] ?? overview)(rest).catch((why) => [head('Cannot be shown', why.message)]);
  if (mine !== asked) return;
  root.replaceChildren(...made.flat().filter(Boolean));
  const title = root.querySelector('h1');
  document.title = `${title.textContent} · dcat run`;
  if (asked > 1) title.focus({preventScroll: true});
}
look().then(
  () => {
    const {scenario, policy} = run.summary;
    document.body.replaceChildren(
      skip(main),
      h(
        'header',
        {class: 'top'},
        brand('run'),
        h(
          'div',
          {class: 'facts'},
          h('span', {}, 'Run of ', h('b', {}, scenario ?? ''), policy ? `, ${policy.clusterer}:${policy.auction}` : '')
        )
      ),
      h('div', {class: 'side'}, nav),
      main
    );
    window.addEventListener('hashchange', show);
    show();
  },
  (why) => document.body.replaceChildren(h('main', {}, h('h1', {}, 'No run'), h('p', {}, why.message)))
);
