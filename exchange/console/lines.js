// SPDX-License-Identifier: Apache-2.0
// A task over time, and how far the clock of its auction fell.
import {fitted, h, num, s} from './dom.js';

// Forecast 16 px behind, what happened 8 px on it; its end at the right, and the deadline as a line.
export const timeLine = (t, award, took) => fitted('time line', (wide) => drawTime(wide, t, award, took));
export const timeKey = () =>
  h(
    'span',
    {class: 'legend'},
    [
      ['forecast', 'forecast'],
      ['f1', 'actual'],
    ].map(([mark, word]) =>
      h(
        'span',
        {},
        s(
          'svg',
          {viewBox: '0 0 16 10', 'aria-hidden': 'true'},
          s('rect', {class: mark, x: 1, y: 1, width: 14, height: 8, rx: 2})
        ),
        word
      )
    )
  );
function drawTime(wide, t, award, took) {
  const phone = wide < 600,
    left = 66,
    right = phone ? 50 : 130,
    room = wide - left - right;
  const slot = award.slot_wait_s,
    data = slot + award.transfer_s,
    start = slot + award.start_wait_s,
    finish = start + award.processing_s;
  const now = (Date.now() - Date.parse(t.received_at)) / 1000;
  const started = award.started_at ? (Date.parse(award.started_at) - Date.parse(t.received_at)) / 1000 : null;
  const end = took ?? (t.state === 'running' ? Math.min(now, 2 * t.deadline_s) : null);
  const top = Math.max(t.deadline_s, finish, end ?? 0) * 1.06;
  const x = (v) => left + (room * Math.max(0, v)) / top;
  const begun = started ?? (end === null ? null : Math.min(start, end));
  const lanes = [
    ['Award', [0, slot], [0, slot], 'f6'],
    ['Transfer', [slot, data], now >= slot ? [slot, Math.min(data, end ?? data)] : null, 'f6'],
    ['Queue', [data, start], begun === null || begun <= data ? null : [data, begun], 'f0'],
    ['Run', [start, finish], end === null || begun === null ? null : [begun, end], 'f1'],
    ['Settle', null, took === null ? null : [took, took], 'f3'],
  ];
  const step =
    [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400].find(
      (v) => top / v <= (phone ? 5 : 8)
    ) ?? top / 5;
  const ticks = Array.from({length: Math.floor(top / step) + 1}, (_, i) => i * step);
  const label = `Deadline ${num(t.deadline_s, 3)} s, forecast finish ${num(finish, 3)} s${took === null ? '' : `, ended ${num(took, 3)} s`}`;
  return h(
    'div',
    {},
    s(
      'svg',
      {class: 'timeline', viewBox: `0 0 ${wide} 190`, role: 'img', 'aria-label': label},
      ticks.map((v) => [
        s('line', {class: 'grid-line', x1: x(v), x2: x(v), y1: 22, y2: 160}),
        s('text', {class: 'dim', x: x(v), y: 178, 'text-anchor': 'middle'}, num(v, step < 1 ? 1 : 0)),
      ]),
      s('text', {class: 'dim', x: wide, y: 14, 'text-anchor': 'end'}, 'end, s'),
      !phone && s('text', {class: 'dim', x: wide - 58, y: 14, 'text-anchor': 'end'}, '± forecast'),
      lanes.map(([word, forecast, actual, cls], i) => {
        const y = 34 + 27 * i,
          last = actual ?? forecast;
        return [
          s('text', {x: 0, y: y + 8}, word),
          forecast &&
            forecast[1] > forecast[0] &&
            s('rect', {
              class: 'forecast',
              x: x(forecast[0]),
              y: y - 4,
              width: Math.max(2, x(forecast[1]) - x(forecast[0])),
              height: 16,
              rx: 2,
            }),
          actual &&
            s('rect', {
              class: cls,
              x: x(actual[0]),
              y,
              width: Math.max(2, x(actual[1]) - x(actual[0])),
              height: 8,
              rx: 1,
            }),
          last && s('text', {x: wide, y: y + 8, 'text-anchor': 'end'}, (actual ? '' : '≈') + num(last[1], 3)),
          !phone &&
            actual &&
            forecast &&
            Math.abs(actual[1] - forecast[1]) >= 0.0005 &&
            s(
              'text',
              {class: 'dim', x: wide - 58, y: y + 8, 'text-anchor': 'end'},
              (actual[1] > forecast[1] ? '+' : '') + num(actual[1] - forecast[1], 3)
            ),
        ];
      }),
      s('line', {class: 'deadline', x1: x(t.deadline_s), x2: x(t.deadline_s), y1: 18, y2: 160}),
      s(
        'text',
        {
          class: 'deadline',
          x: x(t.deadline_s) + (x(t.deadline_s) > left + room * 0.85 ? 4 : 0),
          y: 13,
          'text-anchor': x(t.deadline_s) > left + room * 0.85 ? 'end' : 'middle',
        },
        `deadline ${num(t.deadline_s, 3)} s`
      )
    )
  );
}

// From 0 to the ceiling; blue is what the clock walked, the ring what was paid.
export const priceLine = (...what) => fitted('price line', (wide) => drawPrice(wide, ...what));
function drawPrice(wide, paid, ceiling, candidates, unit, top = 'ceiling, start') {
  const room = wide - 20,
    x = (v) => 10 + room * Math.min(1, v / ceiling);
  const at = Math.max(70, Math.min(wide - 70, x(paid)));
  return s(
    'svg',
    {
      class: 'priceline',
      viewBox: `0 0 ${wide} 92`,
      role: 'img',
      'aria-label': `Paid ${num(paid, 3)} of a ceiling of ${num(ceiling, 3)} ${unit} per giga-cycle`,
    },
    s('rect', {class: 'forecast', x: 10, y: 40, width: room, height: 6, rx: 3}),
    s('rect', {class: 'f1', x: x(paid), y: 40, width: Math.max(0, wide - 10 - x(paid)), height: 6, rx: 3}),
    s('circle', {class: 'l1', cx: x(paid), cy: 43, r: 5.5, fill: 'var(--surface)'}),
    s('text', {class: 'dim', x: wide - 10, y: 16, 'text-anchor': 'end'}, top),
    s('text', {class: 'bold', x: wide - 10, y: 30, 'text-anchor': 'end'}, num(ceiling, 3)),
    s('text', {class: 'dim', x: 10, y: 62}, '0'),
    s(
      'text',
      {class: 'dim', x: at, y: 66, 'text-anchor': 'middle'},
      candidates > 1 ? 'last rival left: paid' : 'no rival: paid'
    ),
    s('text', {class: 'bold', x: at, y: 81, 'text-anchor': 'middle'}, `${num(paid, 3)} ${unit}/Gc`)
  );
}
