// SPDX-License-Identifier: Apache-2.0
// Of a run: clusters cycle by cycle on the map, and servers over time.
import {body, card, h, head, icon, many, num, paged, table} from './dom.js';
import {chart} from './chart.js';
import {spanOf, worldMap} from './mapview.js';
import {missing, rows, run} from './run_tables.js';

// ---- map by cycle

const place = (x) =>
  x.lat_deg === '' || x.lat_deg === undefined ? {x_km: x.x_km, y_km: x.y_km} : {lat: x.lat_deg, lon: x.lon_deg};
export async function mapPage(at) {
  const [clusters, servers, areas, load] = await Promise.all(
    ['clusters', 'servers', 'areas', 'servers_by_cycle'].map(rows)
  );
  if (!clusters || !servers || !areas)
    return [head('Map', 'Clusters cycle by cycle'), missing('clusters or places', '--clusters --servers --network')];
  const decided = [...new Set(clusters.map((c) => c.cycle))],
    numbers = run.cycles.map((c) => c.cycle),
    geo = servers[0].lat_deg !== '' && servers[0].lat_deg !== undefined;
  let number = numbers.includes(Number(at[0])) ? Number(at[0]) : numbers[0],
    chosen = null;
  const mapPlace = h('div', {}),
    beside = h('div', {class: 'stack'}),
    title = h('b', {});
  const slider = h('input', {
    type: 'range',
    min: '0',
    max: String(numbers.length - 1),
    value: String(numbers.indexOf(number)),
    'aria-label': 'Cycle',
    oninput: () => {
      number = numbers[slider.value];
      chosen = null;
      draw();
    },
  });
  function draw() {
    const from = decided.filter((d) => d <= number).at(-1) ?? decided[0],
      now = clusters.filter((c) => c.cycle === from),
      ids = [...new Set(now.map((c) => c.cluster))];
    const busy = new Map((load ?? []).filter((x) => x.cycle === number).map((x) => [x.server, x.utilisation]));
    const list = servers.map((v) => ({
      ...place(v),
      id: v.server,
      name: v.server,
      state: 'active',
      speed_ghz: v.speed_ghz,
      open_parts: !busy.has(v.server) ? 1 : busy.get(v.server) < 0.7 ? 0 : busy.get(v.server) < 0.9 ? 1 : 2,
    }));
    const groups = ids.map((i) => now.filter((c) => c.cluster === i).map((c) => String(c.server)));
    const byId = new Map(list.map((v) => [v.id, v]));
    title.textContent = from === number ? num(number) : `${num(number)}, as decided in ${num(from)}`;
    mapPlace.replaceChildren(
      worldMap(
        {
          geo,
          servers: list,
          clusters: groups,
          areas: areas.map((a) => ({...place(a), name: a.node || a.area, share: 0.3})),
        },
        {
          shown: new Set(['servers', 'clusters', 'demand']),
          chosen,
          pick: (i) => {
            chosen = i;
            draw();
          },
        }
      )
    );
    const facts = groups
      .map((g, i) => ({
        i,
        g,
        span: spanOf(g.map((x) => byId.get(x)).filter(Boolean), geo),
        speed: now.find((c) => c.cluster === ids[i]).cluster_speed_ghz,
      }))
      .sort((a, b) => b.speed - a.speed);
    beside.replaceChildren(
      ...[
        chosen !== null &&
          card(
            `Cluster c${ids[chosen]}`,
            null,
            h(
              'button',
              {
                type: 'button',
                class: 'plain',
                'aria-label': 'Close',
                onclick: () => {
                  chosen = null;
                  draw();
                },
              },
              icon('cross')
            ),
            table(
              'Members',
              [['Server'], ['Speed', 'GHz', 'n'], ['Busy', '% of cycle', 'n']],
              groups[chosen].map((x) => [x, num(byId.get(x)?.speed_ghz), num(100 * (busy.get(x) ?? NaN))])
            )
          ),
        card(
          'Clusters',
          null,
          `${num(groups.length)}, by speed`,
          paged(
            facts,
            (part) =>
              table(
                'Clusters',
                [['Cluster'], ['Servers', null, 'n'], ['Speed', 'GHz', 'n'], ['Span', 'km', 'n']],
                part.map((c) => ({
                  class: c.i === chosen ? 'chosen' : null,
                  cells: [
                    h(
                      'button',
                      {
                        type: 'button',
                        class: 'plain',
                        onclick: () => {
                          chosen = c.i;
                          draw();
                        },
                      },
                      `c${ids[c.i]}`
                    ),
                    num(c.g.length),
                    num(c.speed),
                    num(c.span, 1),
                  ],
                }))
              ),
            12
          )
        ),
      ].filter(Boolean)
    );
  }
  draw();
  return [
    head('Map', ['Clusters of cycle ', title], [h('label', {class: 'field'}, slider)]),
    h(
      'div',
      {class: 'grid wide-left'},
      h(
        'section',
        {class: 'card', 'aria-label': 'Map'},
        mapPlace,
        h('div', {class: 'pager'}, 'Grey: busy less than 70, less than 90, more than 90 % of the cycle. Rings: areas.')
      ),
      beside
    ),
  ];
}

// ---- servers over time

export async function serversPage(at) {
  const [list, load] = await Promise.all(['servers', 'servers_by_cycle'].map(rows));
  if (!list) return [head('Servers', 'Over the run'), missing('servers', '--servers --servers-by-cycle')];
  const one = list.find((v) => v.server === at[0]) ?? [...list].sort((a, b) => b.earnings - a.earnings)[0];
  const course = (load ?? [])
    .filter((x) => x.server === one.server)
    .map((x) => [new Date(x.time_s * 1000), 100 * x.utilisation, x.earnings]);
  const busy = chart(
      `Busy time of ${one.server}`,
      course.map((r) => [r[0], r[1]]),
      [{name: 'busy', token: 's1'}]
    ),
    money = chart(
      `Earnings of ${one.server}`,
      course.map((r) => [r[0], r[2]]),
      [{name: 'earned', token: 's3'}],
      [],
      true
    );
  return [
    head('Servers', `${many(list.length, 'server')} over the run`),
    course.length
      ? h(
          'div',
          {class: 'grid two'},
          card(one.server, '% of a cycle busy', busy.toggle, body(busy.node)),
          card(one.server, 'earned a cycle', money.toggle, body(money.node))
        )
      : missing('servers over time', '--servers --servers-by-cycle'),
    card(
      'Servers',
      null,
      'by earnings',
      paged(
        [...list].sort((a, b) => b.earnings - a.earnings),
        (part) =>
          table(
            'Servers',
            [
              ['Server'],
              ['Speed', 'GHz', 'n'],
              ['Busy', '%', 'n'],
              ['Work', 'Gc', 'n phone-no'],
              ['Earned', null, 'n'],
              ['Utility', 'earned less cost', 'n'],
            ],
            part.map((v) => ({
              class: v.server === one.server ? 'chosen' : null,
              cells: [
                h('a', {href: `#/servers/${encodeURIComponent(v.server)}`}, v.server),
                num(v.speed_ghz),
                num(100 * v.utilisation, 1),
                num(v.work_gigacycles),
                num(v.earnings),
                num(v.utility),
              ],
            }))
          )
      )
    ),
  ];
}
