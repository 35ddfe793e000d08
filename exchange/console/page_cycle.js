// SPDX-License-Identifier: Apache-2.0
// One cycle beside the one before: did it help, what moved, who decided.
import * as api from './api.js';
import {band, body, card, day, h, head, many, note, num, paged, table, time} from './dom.js';
import {worldMap} from './mapview.js';
import {currency, serverName, store} from './store.js';

// Members of every cluster, from the cluster of every server that took part.
function groups(cycle) {
  const list = [];
  cycle.cluster_of.forEach((c, server) => {
    if (c >= 0) (list[c] ??= []).push(String(server));
  });
  return list.filter(Boolean);
}
// Servers whose mates are others now.
function moved(before, after) {
  const mates = (list) => new Map(list.flatMap((g) => g.map((x) => [x, g.filter((y) => y !== x).join(',')])));
  const a = mates(before),
    b = mates(after);
  return [...b].filter(([x, m]) => a.get(x) !== m).map(([x]) => x);
}
// Profit and share served of a cycle, from the samples that were kept of it.
function figures(samples, number) {
  const own = samples.filter((x) => x.cycle === number);
  if (own.length < 2) return null;
  const [a, b] = [own[0], own.at(-1)],
    seconds = (Date.parse(b.at) - Date.parse(a.at)) / 1000;
  return {
    rate: (b.profit_micro - a.profit_micro) / 1e6 / seconds,
    served: (b.served + b.late - a.served - a.late) / Math.max(1, b.accepted - a.accepted),
    seconds,
  };
}

export async function show(root, at) {
  const number = Number(at.rest[0] ?? store.market.cycle);
  if (number < 1) {
    root.append(
      head('Cycle', 'No cycle has begun: no server has an ask yet.'),
      note(
        '',
        'clock',
        'A cycle begins when a server is admitted and has signed an ask: ',
        h('code', {}, 'dcat agent --config agent.yaml')
      )
    );
    return undefined;
  }
  const [cycle, before, history] = await Promise.all([
    api.get(`/v1/cycles/${number}`),
    number > 1 ? api.get(`/v1/cycles/${number - 1}`) : null,
    api.get(`/v1/history?span=${Math.min(86400, Math.max(900, Math.ceil(4 * store.market.cycle_s)))}`),
  ]);
  const now = groups(cycle),
    then = before ? groups(before) : [];
  const moves = moved(then, now),
    mine = figures(history.samples, number),
    theirs = figures(history.samples, number - 1);
  const gain = mine && theirs && theirs.rate > 0 ? 100 * (mine.rate / theirs.rate - 1) : null;
  const world = (clusters) => ({
    geo: store.market.geometry === 'geo',
    servers: store.servers.filter((s) => s.state !== 'out'),
    clusters,
    areas: store.market.areas,
  });
  const map = (clusters) =>
    worldMap(world(clusters), {kind: 'cycle map', shown: new Set(['servers', 'clusters']), chosen: null});
  const link = (n, word) => h('a', {class: 'button', href: `#/cycle/${n}`}, word);
  root.append(
    head(
      `Cycle ${num(number)}`,
      ['cut at ', time(cycle.cut_at), ` UTC, ${day(cycle.cut_at)}; from slot ${num(cycle.first_slot)}`],
      [number > 1 && link(number - 1, 'Before'), number < store.market.cycle && link(number + 1, 'After')]
    ),
    band(
      [
        'Did it help?',
        gain === null ? 'ink2' : gain >= 0 ? 'good' : 'warn',
        gain === null ? null : gain >= 0 ? 'check' : 'warn',
        gain === null ? 'Not known' : `${gain >= 0 ? '+' : ''}${num(gain, 1)} % profit rate`,
        mine
          ? `${num(mine.rate, 1)} ${currency()}/s over ${num(mine.seconds)} s, ${num(100 * mine.served, 1)} % served` +
            (theirs ? `; before ${num(theirs.rate, 1)} ${currency()}/s` : '') +
            '. Demand differs, too'
          : 'the history of this cycle is not in memory any more',
      ],
      [
        'What moved?',
        'accent',
        null,
        before ? `${num(moves.length)} of ${many(cycle.servers, 'server')}` : 'the first cycle',
        moves.length
          ? moves.slice(0, 6).map(serverName).join(', ') + (moves.length > 6 ? ` and ${moves.length - 6} more` : '')
          : 'all have the mates they had',
      ],
      [
        'Who decided?',
        'accent',
        null,
        cycle.policy,
        `${many(cycle.clusters, 'cluster')}; event ${num(Number(cycle.event_seq))}`,
      ]
    ),
    store.servers.length > 0 &&
      h(
        'div',
        {class: 'grid two'},
        before ? card('Before', `cycle ${num(number - 1)}`, many(then.length, 'cluster'), map(then)) : null,
        card('After', `cycle ${num(number)}`, many(now.length, 'cluster'), map(now))
      ),
    card(
      'Clusters',
      null,
      `cycle ${num(number)}`,
      paged([...now.entries()], (part) =>
        table(
          'Clusters of the cycle',
          [['Cluster'], ['Servers', null, 'n'], ['Members']],
          part.map(([i, g]) => [
            `c${i}`,
            num(g.length),
            h(
              'span',
              {class: 'ink2'},
              g.map((x, n) => [n ? ', ' : '', moves.includes(x) && before ? h('b', {}, serverName(x)) : serverName(x)])
            ),
          ])
        )
      ),
      body(
        h(
          'p',
          {class: 'small quiet'},
          'Bold: servers that moved. ',
          h('code', {}, 'dcat replay'),
          ' decides nothing again; auditors recompute each cut from the log.'
        )
      )
    )
  );
  return undefined;
}
