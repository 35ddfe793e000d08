// SPDX-License-Identifier: Apache-2.0
// A map of servers and clusters: a conic projection, or the plane as it is; names where they hit nothing.
import {fitted, many, num, s} from './dom.js';

const RAD = Math.PI / 180;
const EDGE = 46;

// Albers' equal-area conic about the middle of the points; [x, y] in km, y up.
function conic(points) {
  const lats = points.map((p) => p.lat),
    lon0 = middleLon(points),
    low = Math.min(...lats),
    high = Math.max(...lats);
  const p1 = (low + (high - low) / 6) * RAD,
    p2 = (high - (high - low) / 6) * RAD,
    p0 = ((low + high) / 2) * RAD;
  const n = Math.abs(p1 + p2) < 0.02 ? 1e-6 : (Math.sin(p1) + Math.sin(p2)) / 2;
  const c = Math.cos(p1) ** 2 + 2 * n * Math.sin(p1),
    rho = (lat) => (6371 * Math.sqrt(Math.max(0, c - 2 * n * Math.sin(lat)))) / n;
  return ({lat, lon}) => {
    const theta = n * (((lon - lon0 + 540) % 360) - 180) * RAD;
    return [rho(lat * RAD) * Math.sin(theta), rho(p0) - rho(lat * RAD) * Math.cos(theta)];
  };
}
function middleLon(points) {
  // of the widest gap's other side, so that the date line cuts nothing
  const lons = points.map((p) => (p.lon + 360) % 360).sort((a, b) => a - b);
  let at = 0,
    widest = -1;
  lons.forEach((l, i) => {
    const gap = (i + 1 < lons.length ? lons[i + 1] : lons[0] + 360) - l;
    if (gap > widest) [widest, at] = [gap, i];
  });
  const first = lons[(at + 1) % lons.length],
    span = (lons[at] - first + 360) % 360;
  return ((first + span / 2 + 180) % 360) - 180;
}
const flat = (geo, points) => (geo && points.length > 0 ? conic(points) : (p) => [p.x_km ?? 0, p.y_km ?? 0]);

// Great circle, or straight, km.
function distance(a, b, geo) {
  if (!geo) return Math.hypot(a.x_km - b.x_km, a.y_km - b.y_km);
  const h =
    Math.sin(((b.lat - a.lat) * RAD) / 2) ** 2 +
    Math.cos(a.lat * RAD) * Math.cos(b.lat * RAD) * Math.sin(((b.lon - a.lon) * RAD) / 2) ** 2;
  return 12742 * Math.asin(Math.sqrt(Math.min(1, h)));
}
export function spanOf(members, geo) {
  let most = 0;
  for (const a of members) for (const b of members) most = Math.max(most, distance(a, b, geo));
  return most;
}

function hull(points) {
  const p = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const cross = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (list) =>
    list.reduce((kept, q) => {
      while (kept.length > 1 && cross(kept.at(-2), kept.at(-1), q) <= 0) kept.pop();
      return [...kept, q];
    }, []);
  if (p.length < 3) return p;
  return [...half(p).slice(0, -1), ...half(p.reverse()).slice(0, -1)];
}
// Round corners: the hull of circles about the points.
function rounded(points, r) {
  const around = points.flatMap(([x, y]) =>
    Array.from({length: 16}, (_, i) => [x + r * Math.cos((i * Math.PI) / 8), y + r * Math.sin((i * Math.PI) / 8)])
  );
  return `M${hull(around)
    .map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join('L')}Z`;
}

// Servers at one place stand in rows of four, so that they can be counted.
function spread(servers, toPage) {
  const cells = [];
  for (const v of servers) {
    const [x, y] = toPage(v);
    const cell = cells.find((c) => Math.hypot(c.x - x, c.y - y) < 9);
    if (cell) cell.list.push(v);
    else cells.push({x, y, list: [v]});
  }
  const dots = new Map();
  for (const {x, y, list} of cells) {
    const rows = Math.ceil(list.length / 4);
    list.forEach((v, i) => {
      const row = Math.floor(i / 4),
        wide = Math.min(4, list.length - 4 * row);
      dots.set(v.id, [x + ((i % 4) - (wide - 1) / 2) * 8, y + (row - (rows - 1) / 2) * 8]);
    });
  }
  return dots;
}

function dot(v, [x, y]) {
  const title = s(
    'title',
    {},
    `${v.name}: ${v.state}${v.open_parts === undefined ? '' : `, ${many(v.open_parts, 'open award')}`}`
  );
  if (v.state === 'lost' || v.state === 'suspended')
    return s('path', {class: 'lost', d: `M${x - 3.5},${y - 3.5}l7,7m0,-7l-7,7`}, title);
  if (v.state !== 'active') return s('circle', {class: 'hollow', cx: x, cy: y, r: 3}, title);
  return s('circle', {class: `busy${Math.min(3, (v.open_parts ?? 1) + 1)}`, cx: x, cy: y, r: 3.2}, title);
}

// Names beside their point, right, left, above or below, where nothing is yet.
function labels(points, taken, wide) {
  const out = [];
  for (const {text, x, y, gap} of points) {
    const w = 6.2 * text.length + 2;
    const places = [
      [x + gap, y - 6, 'start', x + gap, y + 4],
      [x - gap - w, y - 6, 'end', x - gap, y + 4],
      [x - w / 2, y - gap - 12, 'middle', x, y - gap - 2],
      [x - w / 2, y + gap, 'middle', x, y + gap + 10],
    ];
    const free = places.find(
      ([left, top]) =>
        left > 2 &&
        left + w < wide - 2 &&
        taken.every((t) => left + w < t[0] || left > t[0] + t[2] || top + 12 < t[1] || top > t[1] + t[3])
    );
    if (!free) continue;
    taken.push([free[0], free[1], w, 12]);
    out.push(s('text', {x: free[3], y: free[4], 'text-anchor': free[2]}, text));
  }
  return out;
}

function scaleBar(perKm, high) {
  const km = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((v) => v * perKm > 50) ?? 5000;
  const w = km * perKm;
  return s(
    'g',
    {},
    s('path', {class: 'l0', d: `M16,${high - 20}v6h${w}v-6`}),
    s('text', {class: 'dim', x: 16 + w / 2, y: high - 22, 'text-anchor': 'middle'}, `${num(km)} km`)
  );
}

// world: {geo, servers, clusters: [[id]], areas: [{name, share, ...place}], links: [[place, place]]}; shown: set of layers.
export const worldMap = (world, how) => fitted(how.kind ?? 'map', (wide) => drawMap(wide, world, how));
function drawMap(wide, world, {shown, chosen, pick, zoom = 1, centre = [0.5, 0.5]}) {
  const high = Math.round(Math.min(620, Math.max(0.775 * wide, Math.min(wide, 380))));
  const places = [...world.servers, ...world.areas];
  const project = flat(world.geo, places),
    flatPlaces = places.map(project);
  const xs = flatPlaces.map((p) => p[0]),
    ys = flatPlaces.map((p) => p[1]);
  const box = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale =
    zoom *
    Math.min((wide - 2 * EDGE) / Math.max(1e-9, box[1] - box[0]), (high - 2 * EDGE) / Math.max(1e-9, box[3] - box[2]));
  const mid = [box[0] + (box[1] - box[0]) * centre[0], box[2] + (box[3] - box[2]) * (1 - centre[1])];
  const toPage = (p) => {
    const [x, y] = project(p);
    return [wide / 2 + (x - mid[0]) * scale, high / 2 - (y - mid[1]) * scale];
  };
  const dots = spread(world.servers, toPage);
  const taken = [...dots.values()].map(([x, y]) => [x - 4, y - 4, 8, 8]);
  const top = Math.max(...world.areas.map((a) => a.share ?? 0), 1e-9);
  const groups = world.clusters
    .map((members, i) => ({i, points: members.map((m) => dots.get(m)).filter(Boolean)}))
    .filter((g) => g.points.length > 0);
  const names = shown.has('demand')
    ? world.areas.map((a) => {
        const [x, y] = toPage(a);
        return {text: a.name, x, y, gap: 6 + 16 * Math.sqrt((a.share ?? 0) / top)};
      })
    : [];
  const words = `${many(world.servers.length, 'server')} in ${many(world.clusters.length, 'cluster')}; the list beside it has the same facts`;
  return s(
    'svg',
    {class: 'map', viewBox: `0 0 ${wide} ${high}`, role: 'img', 'aria-label': words},
    shown.has('links') &&
      (world.links ?? []).map(([a, b]) => {
        const [x1, y1] = toPage(a),
          [x2, y2] = toPage(b);
        return s('line', {class: 'link', x1, y1, x2, y2});
      }),
    shown.has('clusters') &&
      [...groups]
        .sort((a, b) => (a.i === chosen) - (b.i === chosen))
        .map((g) =>
          s(
            'path',
            {class: `hull${g.i === chosen ? ' chosen' : ''}`, d: rounded(g.points, 9), onclick: () => pick?.(g.i)},
            s('title', {}, `c${g.i}`)
          )
        ),
    shown.has('demand') &&
      world.areas.map((a) => {
        const [cx, cy] = toPage(a);
        return s(
          'circle',
          {class: 'demand', cx, cy, r: 3 + 17 * Math.sqrt((a.share ?? 0) / top)},
          s('title', {}, a.name)
        );
      }),
    shown.has('servers') && world.servers.filter((v) => dots.has(v.id)).map((v) => dot(v, dots.get(v.id))),
    labels(names, taken, wide),
    scaleBar(scale, high)
  );
}
