// SPDX-License-Identifier: Apache-2.0
// What several pages need: how the market stands, who is who. Asked for every few seconds.
import * as api from './api.js';
import {many} from './dom.js';

export const store = {market: null, overview: null, servers: [], parties: new Map(), at: 0};
const told = new Set();
export const onStore = (f) => {
  told.add(f);
  return () => told.delete(f);
};

let rounds = 0;
export async function refresh() {
  const [market, overview] = await Promise.all([api.get('/v1/market'), api.get('/v1/overview')]);
  Object.assign(store, {market, overview, at: Date.now()});
  if (api.may('provider', 'operator', 'auditor') && rounds % 3 === 0)
    store.servers = await api.all('/v1/servers?limit=1000', 'servers');
  if (api.may('operator', 'auditor') && rounds % 15 === 0) {
    for (const p of await api.all('/v1/parties?limit=1000', 'parties')) store.parties.set(p.id, p);
  }
  rounds += 1;
  told.forEach((f) => f());
}
export const forget = () => {
  rounds = 0;
  Object.assign(store, {market: null, overview: null, servers: [], parties: new Map()});
};

export const currency = () => store.market?.currency ?? '';
export const party = (id) =>
  store.parties.get(String(id))?.name ??
  (id === null || id === undefined ? 'platform' : api.may('user') ? 'you' : `party ${id}`);
export const server = (id) => store.servers.find((s) => s.id === String(id));
export const serverName = (id) => server(id)?.name ?? `server ${id}`;

// Clusters have the number of their smallest member's place; places by area of their members.
export function clusterName(members) {
  const names = members.map(serverName);
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} +${names.length - 2}` : names.join(', ');
}

const KINDS = {
  'user.available': 'Users, available',
  'user.held': 'Users, held',
  'user.voucher': 'Users, vouchers',
  'user.credit': 'Users, credit',
  'provider.payable': 'Providers, to be paid',
  'provider.bond': 'Providers, bond',
  'platform.clearing': 'Platform, clearing',
  'platform.profit': 'Platform, profit',
  'platform.commission': 'Platform, commission',
  'platform.rounding': 'Platform, rounding',
  'platform.reserve': 'Platform, reserve',
  'platform.payouts': 'Platform, payouts',
  world: 'World',
};
export const accountKind = (kind) => KINDS[kind] ?? kind;
// Whose account number n is, and what for; accounts by their numbers.
export function accountName(accounts, n) {
  const a = accounts.get(String(n));
  return a ? `${party(a.party)} ${a.kind.split('.').at(-1)}` : `account ${n}`;
}

const REASONS = {
  'queues-full': 'Queues full',
  'too-slow': 'Too slow even when idle',
  'above-ceiling': 'Above the ceiling',
  'over-limit': "User's limit",
  'min-count': 'Smaller than they take',
  'no-server-in-reach': 'No server in reach',
  'no-candidate': 'No cluster in time',
  'no-bidder': 'Nobody accepts the ceiling',
  'no-device': 'No such device',
  'not-admitted': 'Not admitted',
  'all-left': 'All left at once',
  'round-limit': 'Too many rounds',
  'deadline-impossible': 'Deadline impossible',
  deadline: 'Deadline passed',
  halted: 'Halted',
  'lease-ended': 'Lease ended',
  'not-acknowledged': 'Not acknowledged',
  'not-started': 'Not started',
  'wrong-answer': 'Wrong answer',
};
export const reasonWord = (code) => REASONS[code] ?? code ?? 'Other';
// The number that would have worked, in words.
export function needed(task) {
  const n = task.needed ?? {};
  if (n.deadline_s !== undefined) return `a deadline of ${n.deadline_s.toFixed(2)} s would have fitted`;
  if (n.price_per_gigacycle !== undefined)
    return `${n.price_per_gigacycle.toFixed(3)} ${currency()}/Gc would have been accepted`;
  if (n.queue_s !== undefined) return `a queue of ${n.queue_s.toFixed(2)} s would have been admitted`;
  return '';
}

// A task in one of these states has no end yet.
export const OPEN = new Set(['accepted', 'awarded', 'running']);

// What an operator should look at now: cause, effect, and where to do it.
export function todo() {
  const list = [];
  const o = store.overview;
  if (!o) return list;
  if (o.mode === 'halted')
    list.push({
      state: 'halted',
      title: 'Nothing is accepted and sold',
      text: 'Find out why, then resume.',
      go: '#/operate',
      word: 'Operate',
    });
  for (const s of store.servers) {
    const beside = party(s.party);
    if (s.state === 'lost')
      list.push({
        state: 'lost',
        title: s.name,
        beside,
        text: `No heartbeat. ${many(s.open_parts, 'open award')} will be offered again.`,
        go: `#/providers/${s.party}`,
        word: 'See server',
      });
    else if (s.state === 'suspended')
      list.push({
        state: 'suspended',
        title: s.name,
        beside,
        text: 'Takes no part until an operator admits it.',
        go: `#/providers/${s.party}`,
        word: 'See server',
      });
    else if (s.state === 'registered')
      list.push({
        state: 'registered',
        title: s.name,
        beside,
        text: 'Waits for an operator to admit it.',
        go: `#/providers/${s.party}`,
        word: 'See server',
      });
    else if (!s.ask && s.state !== 'out')
      list.push({
        state: 'noask',
        title: s.name,
        beside,
        text: 'Is in no auction until its provider signs an ask.',
        go: `#/providers/${s.party}`,
        word: 'See server',
      });
    else if (s.probation)
      list.push({
        state: 'probation',
        title: s.name,
        beside,
        text: `${many(s.strikes, 'strike')} in its last 100 awards: one open award at a time.`,
        go: `#/providers/${s.party}`,
        word: 'See server',
      });
  }
  if (o.late_now > 0)
    list.push({
      state: 'settled_late',
      title: `${many(o.late_now, 'open task is', 'open tasks are')} past the deadline`,
      text: 'The fee comes back by the ladder when a task ends.',
      go: '#/tasks?state=running',
      word: 'See tasks',
    });
  return list;
}
