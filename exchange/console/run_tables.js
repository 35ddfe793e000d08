// SPDX-License-Identifier: Apache-2.0
// The tables of a run folder, each fetched once.
import {empty, h} from './dom.js';

function cells(line) {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) =>
    m[1] !== undefined ? m[1].replace(/""/g, '"') : m[2]
  );
}
const kept = new Map();
// Rows as objects, or null when the run has no such table.
export function rows(name) {
  if (!kept.has(name)) {
    kept.set(
      name,
      fetch(`/run/${name}.csv`).then(async (answer) => {
        if (!answer.ok) return null;
        const [first, ...lines] = (await answer.text()).trim().split('\n');
        const names = cells(first.trim());
        return lines.map((line) => {
          const row = {};
          cells(line.trim()).forEach((value, i) => {
            row[names[i]] = value === '' || Number.isNaN(Number(value)) ? value : Number(value);
          });
          return row;
        });
      })
    );
  }
  return kept.get(name);
}
const json = async (name) => (await fetch(`/run/${name}.json`)).json();
// What every page needs; asked for once.
export const run = {};
export async function look() {
  [run.summary, run.manifest, run.cycles] = await Promise.all([json('summary'), json('manifest'), rows('cycles')]);
}

export const missing = (what, option) =>
  empty(
    `This run has no ${what}.`,
    'Make it again with them:',
    h('pre', {class: 'code'}, `dcat simulate ${run.summary.scenario ?? 'SCENARIO'} ${option} --out RUN`)
  );
