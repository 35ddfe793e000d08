// SPDX-License-Identifier: Apache-2.0
// Where servers, clusters and demand are. The list beside the map holds the same facts and works without it.
import * as api from './api.js';
import {badge, body, card, empty, h, head, icon, many, num, s, startServers, table} from './dom.js';
import {spanOf, worldMap} from './mapview.js';
import {clusterName, store} from './store.js';

const LAYERS = [
  ['servers', 'Servers'],
  ['clusters', 'Clusters'],
  ['demand', 'Demand'],
];

const bar = (share) =>
  s(
    'svg',
    {class: 'bar-cell', viewBox: '0 0 48 6', 'aria-hidden': 'true'},
    s('rect', {class: 'rest', width: 48, height: 6, rx: 3}),
    s('rect', {class: 'part', width: 48 * Math.min(1, share), height: 6, rx: 3})
  );

const key = (mark, words) =>
  h('span', {}, s('svg', {viewBox: '0 0 16 14', class: 'map', 'aria-hidden': 'true'}, mark), words);
const mapLegend = () =>
  h(
    'div',
    {class: 'legend key-map'},
    key(
      [1, 2, 3].map((i) => s('circle', {class: `busy${i}`, cx: -2 + 5 * i, cy: 7, r: 2.2})),
      'server with 0, 1, 2 or more open awards'
    ),
    key(s('circle', {class: 'hollow', cx: 8, cy: 7, r: 3}), 'not active'),
    key(s('path', {class: 'lost', d: 'M4.5,3.5l7,7m0,-7l-7,7'}), 'lost'),
    key(s('rect', {class: 'hull', x: 3, y: 2, width: 10, height: 10, rx: 3}), 'cluster'),
    key(s('circle', {class: 'demand', cx: 8, cy: 7, r: 5}), 'tasks/s from an area')
  );

export async function show(root, at) {
  const m = store.market,
    geo = m.geometry === 'geo';
  const layers = new Set(LAYERS.map((l) => l[0]));
  let zoom = 1,
    clusters = [],
    chosen = null,
    world = null;
  const mapPlace = h('div', {}),
    beside = h('div', {class: 'stack'});
  const sees = store.servers.length > 0;
  const choose = (i) => {
    chosen = i;
    draw();
  };
  function draw() {
    mapPlace.replaceChildren(worldMap(world, {shown: layers, chosen, pick: choose, zoom}));
    const ranked = clusters
      .map((members, i) => ({
        i,
        members,
        list: members.map((x) => store.servers.find((v) => v.id === x)).filter(Boolean),
      }))
      .map((c) => ({
        ...c,
        speed: c.list.reduce((n, v) => n + v.speed_ghz, 0),
        open: c.list.reduce((n, v) => n + v.open_parts, 0),
      }))
      .sort((a, b) => b.speed - a.speed || a.i - b.i);
    const one = ranked.find((c) => c.i === chosen);
    const rows = ranked.slice(0, all ? ranked.length : 10).map((c) => ({
      class: c.i === chosen ? 'chosen' : null,
      cells: [
        h(
          'button',
          {type: 'button', class: 'plain', onclick: () => choose(c.i), 'aria-label': `Cluster c${c.i}`},
          `c${c.i} `,
          h('span', {class: 'ink2'}, clusterName(c.members))
        ),
        num(c.members.length),
        num(c.speed || NaN),
        num(c.open),
      ],
    }));
    beside.replaceChildren(
      ...[
        one && oneCard(one),
        card(
          'Clusters',
          null,
          `${num(clusters.length)}, by speed`,
          table(
            'Clusters',
            [['Cluster'], ['Servers', null, 'n'], ['Speed', 'GHz', 'n'], ['Open', 'awards', 'n']],
            rows
          ),
          ranked.length > 10 &&
            body(
              h(
                'button',
                {
                  type: 'button',
                  class: 'plain',
                  onclick: () => {
                    all = !all;
                    draw();
                  },
                },
                all ? 'Fewer' : `${ranked.length - 10} more`
              )
            )
        ),
      ].filter(Boolean)
    );
  }
  let all = false;
  function oneCard(c) {
    const lost = c.list.filter((v) => v.state === 'lost').length,
      top = Math.max(...c.list.map((v) => v.open_parts), 1);
    return card(
      `Cluster c${c.i}`,
      clusterName(c.members),
      h('button', {type: 'button', class: 'plain', 'aria-label': 'Close', onclick: () => choose(null)}, icon('cross')),
      body(
        h(
          'dl',
          {class: 'facts-list'},
          h('dt', {}, 'Speed'),
          h('dd', {}, `${num(c.speed)} GHz${lost ? `, ${lost} of its servers lost` : ''}`),
          h('dt', {}, 'Span'),
          h('dd', {}, c.list.length > 1 ? `${num(spanOf(c.list, geo), 1)} km` : 'one server'),
          h('dt', {}, 'Open'),
          h('dd', {}, `${many(c.open, 'part')} of awards`)
        )
      ),
      table(
        'Members',
        [['Server'], ['State'], ['Speed', 'GHz', 'n'], ['Open', 'awards']],
        c.list.map((v) => [
          h('a', {href: `#/providers/${v.party}`}, v.name),
          badge(v.state),
          num(v.speed_ghz),
          [bar(v.open_parts / top), num(v.open_parts)],
        ])
      )
    );
  }
  async function load() {
    clusters = (await api.get('/v1/clusters')).clusters;
    const arrived = new Map(store.overview.areas.map((a) => [a.area, a.arrived]));
    const share = Math.max(...arrived.values(), 1);
    world = {
      geo,
      servers: store.servers.filter((v) => v.state !== 'out'),
      clusters,
      areas: store.market.areas.map((a) => ({...a, share: (arrived.get(a.name) ?? 0) / share})),
    };
  }
  await load();
  const wanted = at.query.get('cluster');
  chosen = wanted === null ? null : Number(wanted);
  const zooms = h(
    'div',
    {class: 'seg', role: 'group', 'aria-label': 'Zoom'},
    [
      ['\u2212', () => zoom / 1.4, 'Out'],
      ['+', () => zoom * 1.4, 'In'],
      ['Fit', () => 1, 'Fit'],
    ].map(([word, f, label]) =>
      h(
        'button',
        {
          type: 'button',
          'aria-label': label,
          onclick: () => {
            zoom = Math.max(1, Math.min(20, f()));
            draw();
          },
        },
        word
      )
    )
  );
  const chips = LAYERS.map(([name, word]) => {
    const chip = h(
      'button',
      {
        type: 'button',
        class: 'chip',
        'aria-pressed': 'true',
        onclick: () => {
          if (!layers.delete(name)) layers.add(name);
          chip.setAttribute('aria-pressed', String(layers.has(name)));
          draw();
        },
      },
      word
    );
    return chip;
  });
  root.append(
    head('Map', `${many(clusters.length, 'cluster')} of cycle ${num(m.cycle)}, formed by ${m.policy}`, [
      h('div', {class: 'chips'}, chips),
      zooms,
    ]),
    h(
      'div',
      {class: 'grid wide-left'},
      h('section', {class: 'card', 'aria-label': 'Map'}, mapPlace, h('div', {class: 'pager'}, mapLegend())),
      beside
    )
  );
  if (!sees)
    root.append(
      api.may('user')
        ? empty(
            'Servers stay with their providers.',
            'Positions are shown to providers (their own), operators and auditors; users see areas and how many clusters there are.'
          )
        : empty('No servers yet.', startServers())
    );
  draw();
  let seen = Date.now();
  return {
    async update() {
      if (Date.now() - seen < 9000 || beside.contains(document.activeElement)) return;
      seen = Date.now();
      await load();
      draw();
    },
  };
}
