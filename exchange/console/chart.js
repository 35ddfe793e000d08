// SPDX-License-Identifier: Apache-2.0
// Lines over time: small ones as SVG, large ones by dygraphs where the program has it.
import {clock, h, num, s, table} from './dom.js';

// A line without axes; the last point dotted, its limit dashed.
export function spark(values, label, limit) {
  const known = values.filter(Number.isFinite);
  const top = Math.max(...known, limit ?? -Infinity, 1e-12);
  const low = Math.min(...known, top);
  const y = (v) => 31 - 27 * (top > low ? (v - low) / (top - low) : 0.5);
  const x = (i) => 2 + 192 * (values.length > 1 ? i / (values.length - 1) : 1);
  const points = values
    .map((v, i) => (Number.isFinite(v) ? `${x(i).toFixed(1)},${y(v).toFixed(1)}` : null))
    .filter(Boolean);
  return s(
    'svg',
    {class: 'spark', viewBox: '0 0 200 34', preserveAspectRatio: 'none', role: 'img', 'aria-label': label},
    limit !== undefined && s('line', {class: 'limit', x1: 0, x2: 200, y1: y(limit), y2: y(limit)}),
    s('polyline', {points: points.join(' ')}),
    known.length > 0 && s('ellipse', {cx: 194, cy: y(known.at(-1)), rx: 3, ry: 3, class: 'f1'})
  );
}

export const swatch = (line, word) =>
  h(
    'span',
    {},
    s('svg', {viewBox: '0 0 16 10', 'aria-hidden': 'true'}, s('line', {class: line, x1: 0, x2: 16, y1: 5, y2: 5})),
    word
  );

let library = null;
function dygraphs() {
  library ??= new Promise((done) => {
    const script = h('script', {src: '/console/dygraph.min.js'});
    script.onload = () => {
      const D = window.Dygraph;
      // Its own legend writes style attributes, which the page's policy forbids.
      D.PLUGINS = D.PLUGINS.filter((p) => p !== D.Plugins.Legend);
      done(D);
    };
    script.onerror = () => done(null);
    document.head.append(script);
  });
  return library;
}

// A colour as a canvas can read it: of the theme that is in force.
function token(name) {
  const probe = h('i', {hidden: true});
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function draw(D, place, rows, series, cuts) {
  return new D(place, rows, {
    labels: ['time', ...series.map((x) => x.name)],
    colors: series.map((x) => token(`--${x.token}`)),
    strokeWidth: 1.75,
    includeZero: true,
    drawPoints: false,
    fillGraph: false,
    legend: 'never',
    labelsUTC: true,
    axisLineColor: token('--line'),
    gridLineColor: token('--line'),
    gridLineWidth: 1,
    axisLabelFontSize: 11,
    axes: {
      x: {
        drawGrid: false,
        axisLabelFormatter: (d) => d.toISOString().slice(11, rows.at(-1)[0] - rows[0][0] < 480000 ? 19 : 16),
        pixelsPerLabel: 90,
      },
      y: {axisLabelFormatter: (v) => num(v, v % 1 ? 1 : 0), axisLabelWidth: 44, pixelsPerLabel: 40},
    },
    underlayCallback: (canvas, area, g) => {
      canvas.save();
      canvas.strokeStyle = token('--s0');
      canvas.setLineDash([2, 3]);
      for (const cut of cuts) {
        const x = Math.round(g.toDomXCoord(cut)) + 0.5;
        canvas.beginPath();
        canvas.moveTo(x, area.y);
        canvas.lineTo(x, area.y + area.h);
        canvas.stroke();
      }
      canvas.restore();
    },
  });
}

// rows: [Date, value...]; series: [{name, token: 's1'}]. The same numbers stand in a table behind a switch.
export function chart(title, rows, series, cuts = [], low = false) {
  const place = h('div', {
    class: low ? 'chart low' : 'chart',
    role: 'img',
    'aria-label':
      `${title}: ` + series.map((x, i) => `${x.name} ${num(rows.at(-1)?.[i + 1] ?? NaN, 1)} now`).join(', '),
  });
  const numbers = h('div', {hidden: true});
  let graph = null;
  let at = {rows, cuts};
  const fill = () =>
    numbers.replaceChildren(
      table(
        title,
        [['Time', 'UTC'], ...series.map((x) => [x.name, null, 'n'])],
        at.rows
          .slice(-20)
          .reverse()
          .map((r) => [clock(r[0]), ...r.slice(1).map((v) => num(v, 1))])
      )
    );
  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'plain small',
      'aria-pressed': 'false',
      onclick: () => {
        place.hidden = !place.hidden;
        numbers.hidden = !numbers.hidden;
        toggle.setAttribute('aria-pressed', String(!numbers.hidden));
        fill();
      },
    },
    'Table'
  );
  dygraphs().then((D) => {
    if (!D) {
      place.hidden = true;
      numbers.hidden = false;
      fill();
      numbers.prepend(
        h('p', {class: 'small quiet'}, 'This build has no charts: it was made without the package libjs-dygraphs.')
      );
    } else if (place.isConnected && at.rows.length > 0) {
      graph = draw(D, place, at.rows, series, at.cuts);
    }
  });
  return {
    node: h('div', {}, place, numbers),
    toggle,
    update(next, nextCuts = []) {
      at = {rows: next, cuts: nextCuts};
      if (!numbers.hidden) fill();

      if (graph && !place.hidden) {
        graph.destroy();
        graph = draw(window.Dygraph, place, next, series, nextCuts);
      } else if (!graph && window.Dygraph && place.isConnected) {
        graph = draw(window.Dygraph, place, next, series, nextCuts);
      }
    },
    close() {
      graph?.destroy();
    },
  };
}

// A share of a whole as a bar under its words.
export const bars = (rows) =>
  h(
    'div',
    {class: 'bars'},
    rows.map(([words, share, text]) =>
      h(
        'div',
        {},
        h('span', {}, words),
        h('span', {class: 'right'}, text),
        s(
          'svg',
          {viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
          s('rect', {class: 'rest', width: 100, height: 6}),
          s('rect', {class: 'part', width: Math.min(100, 100 * share), height: 6})
        )
      )
    )
  );
