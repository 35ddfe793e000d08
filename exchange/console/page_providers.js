// SPDX-License-Identifier: Apache-2.0
// Providers; then one of them: did I win, what do I earn, why not more.
import * as api from './api.js';
import {
  badge,
  band,
  card,
  download,
  empty,
  h,
  head,
  icon,
  many,
  mark,
  minute,
  money,
  num,
  paged,
  table,
} from './dom.js';
import {ask} from './dialog.js';
import {currency, party, server, store} from './store.js';

const stateOf = (s) => (s.state === 'active' && !s.ask ? 'noask' : s.probation ? 'probation' : s.state);

// What is earned and to be paid of each provider; of those that the caller may see.
async function figures() {
  const accounts = await api.all('/v1/accounts?limit=1000', 'accounts');
  return new Map(accounts.filter((a) => a.kind === 'provider.payable').map((a) => [String(a.party), a]));
}
const maybe = (promise) => promise.catch(() => null);

// How many known tasks were done right, of those that were judged; only where the exchange gives any.
const CANARIES = ['Canaries', 'right, in time', 'n phone-no'];
function canaries({canaries: c}) {
  const judged = c.passed + c.late + c.failed;
  return h(
    'span',
    {class: c.failed ? 'warn strong' : 'quiet', title: c.last_at ? `the last one ${minute(c.last_at)}` : null},
    judged ? `${num(c.passed)} of ${num(judged)}` : '–'
  );
}

function states(list) {
  const count = {};
  for (const s of list) count[stateOf(s)] = (count[stateOf(s)] ?? 0) + 1;
  const words = Object.entries(count)
    .map(([state, n]) => `${n} ${badge(state).textContent.toLowerCase()}`)
    .join(', ');
  return count.lost || count.suspended || count.noask || count.probation
    ? mark('warn', 'warn', words)
    : list.length && count.active === list.length
      ? mark('good', 'check', words)
      : words || '–';
}

function change(s, what, again) {
  const words = {
    drain: ['Drain', 'Work in hand is finished; from the next cut it is in no cluster.'],
    undrain: ['Take back', 'It trades again from the next cut.'],
    admit: ['Admit', 'It enters at the next cut.'],
    suspend: ['Suspend', 'It takes no part until an operator admits it again.'],
  }[what];
  return h(
    'button',
    {
      type: 'button',
      class: 'small',
      'aria-label': `${words[0]} ${s.name}`,
      onclick: () =>
        ask({
          title: `${words[0]} ${s.name}?`,
          text: `${many(s.open_parts, 'award is', 'awards are')} open on it. ${words[1]}`,
          verb: words[0],
          danger: what === 'suspend',
          typed: what === 'suspend' ? s.name : undefined,
          method: 'PATCH',
          calls: (reason) => [{path: `/v1/servers/${s.id}`, body: {do: what, reason}}],
          cli: () =>
            /drain/.test(what)
              ? `dcat servers ${what} ${s.name}`
              : `curl -X PATCH /v1/servers/${s.id} -d '{"do": "${what}"}'`,
          done: again,
        }),
    },
    `${words[0]}…`
  );
}
function verbs(s, again) {
  const own = api.may('provider', 'operator'),
    operator = api.may('operator');
  return [
    own && (s.state === 'active' || s.state === 'lost') && change(s, 'drain', again),
    own && s.state === 'draining' && change(s, 'undrain', again),
    operator && ['registered', 'out', 'suspended'].includes(s.state) && change(s, 'admit', again),
    operator && s.state === 'active' && change(s, 'suspend', again),
  ].filter(Boolean);
}

function serversCard(list, again) {
  return card(
    'Servers',
    null,
    num(list.length),
    paged(list, (part) =>
      table(
        'Servers',
        [
          ['Server'],
          ['State'],
          ['Speed', 'GHz', 'n phone-no'],
          ['Ask', null, api.may('operator') ? 'n phone-no' : 'n'],
          ['Open', 'awards', 'n phone-no'],
          ['Strikes', 'of 100', 'n phone-no'],
          list[0]?.canaries && CANARIES,
          ['', 'Action'],
        ].filter(Boolean),
        part.map((s) =>
          [
            s.name,
            badge(stateOf(s)),
            num(s.speed_ghz, 1),
            s.ask
              ? [
                  s.ask.per === 'formula' ? 'formula' : num(Number(s.ask.amount), 3),
                  s.ask.per === 'formula' ? '' : h('small', {class: 'quiet'}, ` /${s.ask.per}`),
                ]
              : h('span', {class: 'quiet'}, '–'),
            num(s.open_parts),
            h('span', {class: s.strikes ? 'warn strong' : 'quiet'}, num(s.strikes)),
            s.canaries && canaries(s),
            h('div', {class: 'tools'}, verbs(s, again)),
          ].filter(Boolean)
        )
      )
    )
  );
}

const lockedCard = (list) =>
  card(
    'Not free yet',
    currency(),
    null,
    table(
      'Not free yet',
      [['Amount', currency(), 'n'], ['Count', null, 'n'], ['Why'], ['Free when']],
      list.map((x) => [
        money(x.amount_micro),
        num(x.count),
        h('code', {}, x.why),
        [x.frees, x.frees_at ? `, by ${minute(x.frees_at)}` : ''],
      ])
    )
  );

async function one(place, provider, own, again) {
  const list = store.servers.filter((s) => s.party === provider.id);
  const month = store.overview.at.slice(0, 7),
    mine = own?.account;
  const earnings =
    own && (await api.offers('/v1/earnings'))
      ? await maybe(api.get(api.may('provider') ? '/v1/earnings' : `/v1/earnings?party=${provider.id}`))
      : null;
  const lost = list.filter((s) => s.state === 'lost'),
    silent = list.filter((s) => !s.ask && s.state !== 'out');
  const open = list.reduce((n, s) => n + s.open_parts, 0);
  const why = lost.length
    ? ['Why not more?', 'warn', 'warn', `${many(lost.length, 'server')} lost`, lost.map((s) => s.name).join(', ')]
    : silent.length
      ? [
          'Why not more?',
          'warn',
          'warn',
          `${many(silent.length, 'server')} without an ask`,
          `${silent
            .map((s) => s.name)
            .slice(0, 4)
            .join(', ')}: in no auction until asks are signed`,
        ]
      : list.some((s) => s.probation)
        ? [
            'Why not more?',
            'warn',
            'warn',
            'Servers on probation',
            'one open award at a time after three strikes in 100 awards',
          ]
        : [
            'Why not more?',
            'good',
            'check',
            'Nothing is in the way',
            'lower asks win more auctions; every ask is in force from the next cut',
          ];
  place.replaceChildren(
    h(
      'div',
      {class: 'head'},
      h(
        'div',
        {},
        h('h2', {class: 'big'}, provider.name),
        h('p', {class: 'lead'}, own ? 'As its owner sees it' : 'What everybody may see')
      ),
      own &&
        h(
          'button',
          {
            type: 'button',
            onclick: async () =>
              download(
                `statement-${month}.csv`,
                'text/csv',
                await api.text(`/v1/statements?month=${month}`, {headers: {Accept: 'text/csv'}})
              ),
          },
          icon('down'),
          'Statement'
        )
    ),
    band(
      [
        'Do I win?',
        open ? 'good' : 'ink2',
        open ? 'check' : null,
        open ? `${many(open, 'award')} open` : 'No award open',
        `on ${many(list.length, 'server')}; ${many(provider.strikes, 'strike')} in their last 100 awards`,
      ],
      [
        'What do I earn?',
        'accent',
        null,
        own ? `${money(earnings?.payable_micro ?? mine.balance_micro)} ${currency()}` : 'sealed',
        own
          ? earnings
            ? `to be paid, ${money(earnings.free_micro)} of it free; ${money(earnings.accrued_micro)} more on ` +
              many(earnings.accrued_tasks, 'open award') +
              (earnings.next_payout_at ? `; next payout ${minute(earnings.next_payout_at)}` : '')
            : 'to be paid; the statement has it by kind and month'
          : 'its owner, operators and auditors see it',
      ],
      why
    ),
    serversCard(list, again),
    earnings?.locked?.length ? lockedCard(earnings.locked) : ''
  );
}

export async function show(root, at, again) {
  const [{providers}, payable] = await Promise.all([api.get('/v1/providers'), maybe(figures())]);
  const wanted =
    at.rest[0] ??
    server(at.query.get('server'))?.party ??
    (providers.length === 1 ? providers[0].id : api.may('provider') ? store.servers[0]?.party : undefined);
  const total = providers.reduce((n, p) => n + p.servers, 0),
    active = providers.reduce((n, p) => n + p.active, 0);
  const list = providers.map((p) => ({
    class: p.id === wanted ? 'chosen' : null,
    cells: [
      h('a', {href: `#/providers/${p.id}`}, p.name),
      num(p.servers),
      store.servers.some((s) => s.party === p.id)
        ? states(store.servers.filter((s) => s.party === p.id))
        : `${p.active} active`,
      num(store.servers.filter((s) => s.party === p.id).reduce((n, s) => n + s.speed_ghz, 0) || NaN),
      h('span', {class: p.strikes ? 'warn strong' : 'quiet'}, num(p.strikes)),
      ...(p.canaries ? [canaries(p)] : []),
      payable?.has(p.id) ? money(payable.get(p.id).balance_micro) : '–',
    ],
  }));
  const place = h('div', {class: 'stack'});
  root.append(
    head('Providers', `${many(providers.length, 'provider')}, ${many(total, 'server')}: ${num(active)} active`, [
      h(
        'button',
        {
          type: 'button',
          onclick: () =>
            download(
              'providers.csv',
              'text/csv',
              [
                'id,name,servers,active,strikes,payable_micro',
                ...providers.map((p) =>
                  [
                    p.id,
                    JSON.stringify(p.name),
                    p.servers,
                    p.active,
                    p.strikes,
                    payable?.get(p.id)?.balance_micro ?? '',
                  ].join(',')
                ),
              ].join('\n') + '\n'
            ),
        },
        icon('down'),
        'CSV'
      ),
    ]),
    h(
      'section',
      {class: 'card', 'aria-label': 'Providers'},
      table(
        'Providers',
        [
          ['Provider'],
          ['Servers', null, 'n'],
          ['State'],
          ['Speed', 'GHz', 'n phone-no'],
          ['Strikes', 'in 100 awards', 'n phone-no'],
          providers[0]?.canaries && CANARIES,
          ['To be paid', currency(), 'n'],
        ].filter(Boolean),
        list
      )
    ),
    providers.length === 0
      ? empty(
          'No providers yet.',
          'An operator makes one and gives it a key; its agent registers servers:',
          h(
            'pre',
            {class: 'code'},
            'POST /v1/parties  {"role": "provider", "name": "bob"}\nPOST /v1/parties/1/keys  {"kind": "bearer"}\ndcat agent --config agent.yaml'
          )
        )
      : place
  );
  const provider = providers.find((p) => p.id === String(wanted));
  if (provider)
    await one(place, provider, payable?.has(provider.id) ? {account: payable.get(provider.id)} : null, again);
}
