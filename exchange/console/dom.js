// SPDX-License-Identifier: Apache-2.0
// Elements, and numbers as people read them.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// ---- marks

const ICONS = {
  overview: 'M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z',
  map: 'M2 4l4-2 4 2 4-2v10l-4 2-4-2-4 2zM6 2v10M10 4v10',
  tasks: 'M6 4h8M6 8h8M6 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1',
  providers: 'M2 3h12v4H2zM2 9h12v4H2zM4.5 5h.1M4.5 11h.1',
  cycle: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M13 1.5V4.5h-3',
  ledger: 'M4 2h9v12H4zM6 5h5M6 8h5M6 11h3M2 4h2M2 8h2M2 12h2',
  activity: 'M1 8h3l2-5 4 10 2-5h3',
  operate: 'M8 2v6M4.5 4.5a5 5 0 1 0 7 0',
  more: 'M3 8h.1M8 8h.1M13 8h.1',
  check: 'M3 8.5l3.2 3L13 4.5',
  play: 'M5 3.5v9l7-4.5z',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.2l2 1.3',
  cross: 'M4 4l8 8M12 4l-8 8',
  warn: 'M8 2.2L14.5 13.5H1.5zM8 6.5v3.2M8 11.6v.1',
  halt: 'M5.5 1.5h5l4 4v5l-4 4h-5l-4-4v-5zM6 6l4 4M10 6l-4 4',
  down: 'M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10',
};
export const icon = (name) =>
  s('svg', {class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true'}, s('path', {d: ICONS[name]}));

const STATES = {
  accepted: ['none', 'clock', 'Accepted'],
  awarded: ['accent', 'play', 'Awarded'],
  running: ['accent', 'play', 'Running'],
  settled: ['good', 'check', 'Settled'],
  settled_late: ['warn', 'warn', 'Late'],
  settled_fault: ['warn', 'warn', 'Task fault'],
  failed: ['crit', 'cross', 'Failed'],
  unserved: ['none', null, 'Unserved'],
  cancelled: ['none', null, 'Cancelled'],
  disputed: ['warn', 'warn', 'Disputed'],
  refunded: ['none', null, 'Refunded'],
  active: ['good', 'check', 'Active'],
  draining: ['none', 'clock', 'Draining'],
  lost: ['warn', 'warn', 'Lost'],
  suspended: ['warn', 'warn', 'Suspended'],
  registered: ['none', 'clock', 'Registered'],
  admitted: ['accent', 'play', 'Admitted'],
  out: ['none', null, 'Out'],
  noask: ['warn', 'warn', 'No ask'],
  probation: ['warn', 'warn', 'Probation'],
  open: ['good', 'check', 'Open'],
  halted: ['solid', 'halt', 'Halted'],
  starting: ['none', 'clock', 'Starting'],
  stopped: ['none', null, 'Stopped'],
};
export function badge(state, word) {
  const [tone, mark, name] = STATES[state] ?? ['none', null, state];
  return h('span', {class: `badge ${tone}`}, mark && icon(mark), word ?? name);
}
export const mark = (tone, name, word) => h('span', {class: `badge ${tone}`}, icon(name), word);
// The kind of a transfer; those that something went wrong before stand out.
const AMENDS = new Set(['credit', 'reversal', 'forfeit']);
export const legKind = (kind) => (AMENDS.has(kind) ? mark('warn', 'warn', kind) : kind);

// ---- numbers: groups of three by a narrow space, true minus

const THIN = '\u202F';
export function num(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const [whole, rest] = Math.abs(value).toFixed(digits).split('.');
  const sign = value < 0 && Number(Math.abs(value).toFixed(digits)) > 0 ? '\u2212' : '';
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (rest ? `.${rest}` : '');
}

// Micro-units, exactly: numbers, or digits where a number would not hold them.
export function money(micro, digits = 2) {
  if (micro === null || micro === undefined) return '–';
  let value = BigInt(micro);
  const negative = value < 0n;
  if (negative) value = -value;
  const unit = 10n ** BigInt(6 - digits);
  value = (value + unit / 2n) / unit;
  const text = value.toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, THIN);
  return (negative && value > 0n ? '\u2212' : '') + whole + (digits ? `.${text.slice(-digits)}` : '');
}
// A round figure with the prefix of its unit: ['254', 'k'].
export function short(value, digits = 1) {
  const size = Math.abs(value);
  const [by, prefix] = size >= 1e9 ? [1e9, 'G'] : size >= 1e6 ? [1e6, 'M'] : size >= 1e4 ? [1e3, 'k'] : [1, ''];
  return [num(value / by, size / by >= 100 ? 0 : digits), prefix];
}
// A number and its noun: 1 area, 2 areas.
export const many = (n, one, more = `${one}s`) => `${num(n)} ${n === 1 ? one : more}`;
export const id = (text) => String(text).replace(/\B(?=(\d{3})+$)/g, THIN);
export const hex = (text) => `${text.slice(0, 4)} ${text.slice(4, 8)} ${text.slice(8, 12)} … ${text.slice(-4)}`;

// ---- times, UTC

export const clock = (at, ms = false) => (at ? new Date(at).toISOString().slice(11, ms ? 23 : 19) : '–');
export const day = (at) => new Date(at).toISOString().slice(0, 10);
export const minute = (at) => `${day(at)} ${clock(at).slice(0, 5)}`;
export function span(seconds) {
  const t = Math.max(0, seconds);
  if (t < 10) return `${num(t, 1)} s`;
  if (t < 120) return `${num(t)} s`;
  if (t < 7200) return `${Math.floor(t / 60)} min ${Math.floor(t % 60)} s`;
  if (t < 172800) return `${Math.floor(t / 3600)} h ${Math.floor((t % 3600) / 60)} min`;
  return `${Math.floor(t / 86400)} d ${Math.floor((t % 86400) / 3600)} h`;
}
export const time = (at, ms) => h('time', {datetime: at, title: at}, clock(at, ms));

// ---- parts of pages

export function band(...cells) {
  return h(
    'section',
    {class: 'band', 'aria-label': 'Questions and answers', 'aria-live': 'polite'},
    cells.map(([question, tone, mark_, answer, proof]) =>
      h(
        'div',
        {},
        h('div', {class: 'q'}, question),
        h('div', {class: `a ${tone}`}, mark_ && icon(mark_), h('span', {}, answer)),
        h('div', {class: 'p'}, proof)
      )
    )
  );
}
export const card = (title, unit, end, ...body) =>
  h(
    'section',
    {class: 'card', 'aria-label': title},
    h(
      'header',
      {},
      h('h2', {}, title),
      unit && h('span', {class: 'unit'}, unit),
      end && h('span', {class: 'end'}, end)
    ),
    ...body
  );
export const body = (...children) => h('div', {class: 'body'}, children);

// A picture drawn for the width that it has, and again when that changes: its text is as large as it says. A page that
// is drawn anew begins with the width that this kind of picture had last, so that nothing jumps.
const widths = new Map();
export function fitted(kind, draw) {
  const place = h('div', {});
  let drawn = 0;
  const fit = (width) => {
    if (width < 1 || width === drawn) return;
    drawn = width;
    widths.set(kind, width);
    place.replaceChildren(draw(width));
  };
  fit(widths.get(kind) ?? 0);
  new ResizeObserver(() => requestAnimationFrame(() => fit(place.clientWidth))).observe(place);
  return place;
}

// columns: [head, unit or null, class or '']; rows: arrays of cells, or {cells, ...attributes}.
export function table(caption, columns, rows, foot) {
  const cell = (tag, c, i) => h(tag, {class: columns[i][2] || null}, c);
  return h(
    'div',
    {class: 'rows'},
    h(
      'table',
      {},
      h('caption', {class: 'sr'}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map(([name, unit, cls, sort]) =>
            h(
              'th',
              {scope: 'col', class: cls || null, 'aria-sort': sort},
              name || h('span', {class: 'sr'}, unit || 'Action'),
              sort === 'descending' ? ' ↓' : '',
              name && unit && h('small', {}, unit)
            )
          )
        )
      ),
      h(
        'tbody',
        {},
        rows.map((row) => {
          const {cells, ...attributes} = Array.isArray(row) ? {cells: row} : row;
          return h(
            'tr',
            attributes,
            cells.map((c, i) => cell('td', c, i))
          );
        })
      ),
      foot &&
        h(
          'tfoot',
          {},
          h(
            'tr',
            {},
            foot.map((c, i) => cell('td', c, i))
          )
        )
    )
  );
}
export const empty = (title, text, ...more) =>
  h('section', {class: 'card'}, h('header', {}, h('h2', {}, title)), body(h('p', {class: 'ink2'}, text), ...more));
export const startServers = () => [
  h('p', {class: 'ink2'}, 'A provider’s agent registers its servers:'),
  h('pre', {class: 'code'}, 'dcat agent --config agent.yaml'),
];
export const note = (tone, name, ...children) =>
  h('div', {class: `note ${tone}`, role: tone === 'crit' ? 'alert' : null}, icon(name), h('div', {}, children));

export function head(title, lead, tools, beside) {
  return h(
    'div',
    {class: 'head'},
    h('div', {}, h('h1', {tabindex: '-1'}, title), beside, h('p', {class: 'lead'}, lead)),
    tools && h('div', {class: 'tools'}, tools)
  );
}
// Fifty at a time. Who steps on with the keyboard stays on the button.
export function paged(list, show, size = 50) {
  const place = h('div', {class: 'paged'});
  const step = (word, first, possible) =>
    h(
      'button',
      {
        type: 'button',
        disabled: !possible,
        onclick: () => {
          go(first);
          place.querySelector(`[data-step=${word}]`).focus();
        },
        'data-step': word,
      },
      word
    );
  const go = (first) =>
    place.replaceChildren(
      show(list.slice(first, first + size)),
      list.length > size
        ? h(
            'div',
            {class: 'pager'},
            h('span', {}, `${num(first + 1)} to ${num(Math.min(list.length, first + size))} of ${num(list.length)}`),
            step('Before', Math.max(0, first - size), first > 0),
            step('After', first + size, first + size < list.length)
          )
        : ''
    );
  go(0);
  return place;
}
export const crumb = (href, word) => h('div', {}, h('a', {href}, word), ' /');
export const segment = (label, options, chosen, pick) =>
  h(
    'div',
    {class: 'seg', role: 'group', 'aria-label': label},
    options.map(([value, word]) =>
      h('button', {type: 'button', 'aria-pressed': String(value === chosen), onclick: () => pick(value)}, word)
    )
  );

export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  const link = h('a', {href: url, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
