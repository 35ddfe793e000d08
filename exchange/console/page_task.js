// SPDX-License-Identifier: Apache-2.0
// One task: was it in time, what did it cost, can I prove it; then why.
import * as api from './api.js';
import {
  badge,
  band,
  body,
  card,
  clock,
  crumb,
  download,
  h,
  head,
  hex,
  icon,
  id,
  legKind,
  many,
  mark,
  money,
  note,
  num,
  table,
  time,
} from './dom.js';
import {ask, showRequest} from './dialog.js';
import {priceLine, timeKey, timeLine} from './lines.js';
import {accountName, currency, needed, OPEN, party, reasonWord, store} from './store.js';
import {NotProved, proveEvent, toHex} from './verify.js';

const cr = (micro, digits) => `${money(micro, digits)} ${currency()}`;

// ---- the band

function inTime(t, took, forecast) {
  const question = 'Was it in time?';
  if (OPEN.has(t.state))
    return [
      question,
      'accent',
      'play',
      forecast === null ? 'Not awarded yet' : `≈ ${num(forecast, 2)} s`,
      forecast === null
        ? `deadline ${num(t.deadline_s, 3)} s`
        : `forecast finish, ${num(t.deadline_s - forecast, 3)} s before the deadline`,
    ];
  if (t.state === 'settled' || t.state === 'disputed')
    return [
      question,
      'good',
      'check',
      'In time',
      `ended ${num(took, 3)} s after acceptance, ${num(t.deadline_s - took, 3)} s before the deadline` +
        (forecast === null ? '' : `; forecast was ${num(forecast, 3)} s`),
    ];
  if (t.state === 'settled_late')
    return [
      question,
      'warn',
      'warn',
      `Late by ${num(took - t.deadline_s, 2)} s`,
      `ended ${num(took, 3)} s after acceptance; the credit went back to the user`,
    ];
  return [
    question,
    t.state === 'failed' ? 'crit' : 'ink2',
    null,
    badge(t.state).textContent,
    [reasonWord(t.reason), ' ', h('code', {}, t.reason ?? ''), needed(t) ? `: ${needed(t)}` : ''],
  ];
}
function cost(t) {
  if (t.charge_micro !== undefined)
    return [
      'What did it cost?',
      'accent',
      null,
      cr(t.charge_micro),
      BigInt(t.charge_micro) === BigInt(t.fee_micro)
        ? 'the fee quoted at submission; nothing else was charged'
        : `of the ${cr(t.fee_micro)} held; the rest went back`,
    ];
  return ['What does it cost?', 'accent', null, cr(t.fee_micro), 'held until it ends; no more will be charged'];
}

// ---- why

function whyCluster(t, award, bids, why) {
  if (!award) {
    const text = needed(t);
    return card(
      'Why not served',
      null,
      `attempt ${t.attempt || 1}`,
      body(
        h(
          'p',
          {class: 'ink2'},
          t.reason
            ? [
                reasonWord(t.reason),
                ' ',
                h('code', {}, t.reason),
                text ? `. For this task ${text}.` : why?.instead ? `. ${why.instead}` : '.',
              ]
            : 'It waits for its first auction.'
        )
      )
    );
  }
  const n = award.candidates;
  const own = award.team.map((m) => m.name),
    team = own.length > 3 ? `${own.slice(0, 2).join(', ')} +${own.length - 2}` : own.join(', ');
  const words =
    n === 1
      ? `c${award.cluster} was the only cluster that could finish in time, so it is paid the price the clock began with.`
      : award.rounds === 0
        ? `${n} clusters could finish in time, and c${award.cluster} alone accepted the first price of the clock.`
        : `${n} clusters could finish in time. The price fell until one was left: c${award.cluster} accepted the lowest, in round ${num(award.rounds)}.`;
  const rows =
    bids.length > 0
      ? bids.map((b) => ({
          class: b.won ? 'chosen' : null,
          cells: [
            `c${b.cluster}`,
            num(b.finish_s, 2),
            b.bid_per_gigacycle === undefined ? h('span', {class: 'quiet'}, 'sealed') : num(b.bid_per_gigacycle, 3),
            b.won ? h('b', {class: 'good'}, 'won') : b.outcome,
          ],
        }))
      : [
          {
            class: 'chosen',
            cells: [
              [h('b', {}, `c${award.cluster} `), team],
              num(award.slot_wait_s + award.start_wait_s + award.processing_s, 2),
              h('span', {class: 'quiet'}, 'sealed'),
              h('b', {class: 'good'}, 'won'),
            ],
          },
          ...(n > 1
            ? [
                {
                  cells: [
                    `${many(n - 1, 'other cluster')} in time`,
                    '–',
                    h('span', {class: 'quiet'}, 'sealed'),
                    award.rounds === 0 ? 'above the first price' : `left by round ${num(award.rounds)}`,
                  ],
                },
              ]
            : []),
        ];
  return card(
    'Why this cluster',
    null,
    `${n} of ${store.market.clusters} could finish in time`,
    body(h('p', {class: 'ink2'}, words)),
    table('Clusters', [['Cluster'], ['Finish', 's', 'n'], ['Bid', `${currency()}/Gc`, 'n'], ['Outcome']], rows),
    body(
      h(
        'p',
        {class: 'small quiet'},
        award.team.map((m) => `${m.name} ${num(m.load_gigacycles, 1)} Gc (${m.state})`).join(', '),
        '. Bids of others stay sealed; auditors replay every auction with ',
        h('code', {}, 'dcat ledger verify'),
        '.'
      )
    )
  );
}
function whyPrice(t, award) {
  if (!award) return null;
  const ceiling = store.market.ceiling_per_gigacycle,
    paid = Number(award.payment_micro) / 1e6 / t.work_gigacycles;
  const words =
    award.candidates === 1
      ? 'No rival could finish in time, so nobody made the clock fall: the payment is its first price.'
      : `The clock started at ${ceiling ? 'the ceiling' : 'the fee'} and fell round by round. ` +
        (award.rounds === 0
          ? 'At its first price no rival was left'
          : `In round ${num(award.rounds)} the last rival left`) +
        ', so the winner is paid that price, less what the market takes off for a long queue, whatever its own bid.';
  return card(
    'Why this price',
    null,
    `payment ${cr(award.payment_micro)} to the cluster`,
    body(
      h('p', {class: 'ink2'}, words),
      priceLine(paid, ceiling ?? Number(t.fee_micro) / 1e6 / t.work_gigacycles, award.candidates, currency()),
      h(
        'p',
        {class: 'small ink2'},
        `The user pays by the public rule, ${num(store.market.price_per_gigacycle, 2)} ${currency()}/Gc and more for short deadlines, not by the auction.`
      )
    )
  );
}

// ---- money

function legs(list, names) {
  const held = list.filter((x) => x.kind !== 'hold');
  let clearing = 0n;
  for (const x of held)
    clearing +=
      (names.get(x.credit)?.kind === 'platform.clearing' ? BigInt(x.amount_micro) : 0n) -
      (names.get(x.debit)?.kind === 'platform.clearing' ? BigInt(x.amount_micro) : 0n);
  return card(
    'Money',
    null,
    [...names.values()].some((a) => a.kind === 'platform.clearing')
      ? `debits equal credits: ${money(clearing, 6)} ${currency()} left in clearing`
      : 'the legs of your own accounts',
    table(
      'Transfers of this task',
      [
        ['Time', 'UTC'],
        ['Leg'],
        ['From', null, 'phone-no'],
        ['To', null, 'phone-no'],
        ['Amount', currency(), 'n'],
        ['Event', null, 'n'],
      ],
      list.map((x) => [
        time(x.at, true),
        legKind(x.kind),
        accountName(names, x.debit),
        accountName(names, x.credit),
        money(x.amount_micro, 6),
        id(x.event_seq),
      ])
    )
  );
}

// ---- proof

function proofCard(t, seqs, onDone) {
  const place = h('div', {});
  const run = async () => {
    button.disabled = true;
    try {
      const proofs = [];
      for (const seq of seqs) {
        const p = await proveEvent(seq);
        if (!mentions(p.body, t.id))
          throw new NotProved(`event ${seq} is in the log but does not tell of task ${t.id}`);
        proofs.push(p);
      }
      const p = proofs.at(-1);
      place.replaceChildren(
        h(
          'dl',
          {class: 'facts-list'},
          h('dt', {}, 'Event'),
          h(
            'dd',
            {},
            proofs.map((x, i) => [i ? ', ' : '', id(x.seq), ' ', h('code', {}, x.body.kind ?? '')])
          ),
          h('dt', {}, 'Leaf'),
          h('dd', {}, h('code', {}, hex(p.leaf))),
          h('dt', {}, 'Path'),
          h('dd', {}, `${many(p.path, 'hash', 'hashes')}, `, mark('good', 'check', 'leads to the root')),
          h('dt', {}, 'Root'),
          h('dd', {}, h('code', {}, hex(toHex(p.head.root))), `, size ${num(p.head.size)}`),
          h('dt', {}, 'Signed'),
          h(
            'dd',
            {},
            p.head.origin,
            ', ',
            mark('good', 'check', p.head.others ? `and ${p.head.others} more` : 'Ed25519')
          )
        ),
        h(
          'p',
          {class: 'small quiet'},
          `checked ${clock(Date.now())} in ${num(proofs.reduce((sum, x) => sum + x.ms, 0))} ms, by this browser`
        )
      );
      onDone(
        'good',
        'check',
        'Proved in this browser',
        `events ${proofs.map((x) => num(x.seq)).join(', ')} are in the log of size ${num(p.head.size)}, signed by ${p.head.origin}`
      );
    } catch (why) {
      place.replaceChildren(
        note(
          'crit',
          'halt',
          h('b', {}, 'Not proved: '),
          why.message,
          '. Keep this page and tell an auditor; your money is not affected by this check. ',
          h(
            'button',
            {
              type: 'button',
              class: 'plain',
              onclick: () =>
                download(
                  `task-${t.id}-evidence.json`,
                  'application/json',
                  JSON.stringify({task: t, seqs, why: why.message, at: new Date().toISOString()}, null, 1)
                ),
            },
            'Save evidence'
          )
        )
      );
      onDone('crit', 'halt', 'Not proved', why.message);
    }
    button.disabled = false;
  };
  const button = h(
    'button',
    {type: 'button', class: 'primary', onclick: run, 'data-prove': ''},
    'Prove in this browser'
  );
  return card(
    'Proof',
    null,
    'needs no key',
    body(
      h(
        'p',
        {class: 'ink2'},
        'This page fetches the events of this task with their paths, and computes every hash and the signature itself.'
      ),
      h('p', {class: 'pad'}, button),
      place,
      h('pre', {class: 'code'}, `dcat ledger proof ${seqs.at(-1) ?? ''}`)
    )
  );
}
// Whether what an event led to, or the event itself, is about the task.
function mentions(event, task) {
  const n = Number(task);
  return (
    event.id === n ||
    event.data?.task === n ||
    (event.steps ?? []).some((x) => x[0] === 'task' && x[1] === n) ||
    (event.awards ?? []).some((x) => x[0] === n) ||
    (event.legs ?? []).some((x) => x[4] === n)
  );
}

export async function show(root, at, again) {
  const number = at.rest[0] ?? '';
  const [why, transfers, accounts] = await Promise.all([
    api.get(`/v1/tasks/${encodeURIComponent(number)}/explanation`),
    api.all(`/v1/transfers?task=${encodeURIComponent(number)}&limit=200`, 'transfers', 400),
    api.all('/v1/accounts?limit=1000', 'accounts'),
  ]);
  const t = why.task,
    award = why.awards.at(-1),
    names = new Map(accounts.map((a) => [a.id, a]));
  const begun = Date.parse(t.received_at),
    took = t.closed_at ? (Date.parse(t.closed_at) - begun) / 1000 : null;
  const forecast = award ? (Date.parse(award.finish_at) - begun) / 1000 : null;
  const seqs = [...new Set([t.event_seq, why.why?.award_event_seq, transfers.at(-1)?.event_seq].filter(Boolean))].sort(
    (a, b) => a - b
  );
  const cells = [
    inTime(t, took, forecast),
    cost(t),
    [
      'Can I prove it?',
      'accent',
      null,
      'Not checked yet',
      `events ${seqs.map((x) => num(Number(x))).join(', ')} tell of it`,
    ],
  ];
  const bandPlace = h('div', {}, band(...cells));
  const proof = proofCard(t, seqs, (tone, mark_, answer, text) => {
    cells[2] = ['Can I prove it?', tone, mark_, answer, text];
    bandPlace.replaceChildren(band(...cells));
  });
  const cancel =
    OPEN.has(t.state) &&
    api.may('user', 'operator') &&
    h(
      'button',
      {
        type: 'button',
        onclick: () =>
          ask({
            title: `Cancel task ${t.id}?`,
            verb: 'Cancel the task',
            danger: true,
            method: 'POST',
            text: `What it ran for is paid; the rest of the ${cr(t.fee_micro)} held goes back.`,
            calls: (reason) => [{path: `/v1/tasks/${t.id}/cancel`, body: {reason}}],
            cli: () => `dcat cancel ${t.id}`,
            done: again,
          }),
      },
      'Cancel…'
    );
  const dispute =
    t.state === 'settled' &&
    api.may('user') &&
    h(
      'button',
      {
        type: 'button',
        onclick: () =>
          ask({
            title: `Dispute task ${t.id}?`,
            verb: 'Dispute',
            method: 'POST',
            text: 'An operator looks at it and either leaves it settled or gives everything back.',
            calls: (reason) => [{path: `/v1/tasks/${t.id}/dispute`, body: {reason}}],
            cli: () => `curl -X POST /v1/tasks/${t.id}/dispute`,
            done: again,
          }),
      },
      'Dispute…'
    );
  const resolve =
    t.state === 'disputed' &&
    api.may('operator') &&
    ['Refund…', 'Stays settled…'].map((word, i) =>
      h(
        'button',
        {
          type: 'button',
          onclick: () =>
            ask({
              title: i ? 'Leave it settled?' : 'Give everything back?',
              verb: word.replace('…', ''),
              danger: !i,
              method: 'POST',
              text: i
                ? 'The user is told; no money moves.'
                : `Every leg is booked the other way round: ${cr(t.charge_micro ?? t.fee_micro)} to the user.`,
              calls: (reason) => [{path: `/v1/tasks/${t.id}/resolve`, body: {refund: !i, reason}}],
              cli: () => `curl -X POST /v1/tasks/${t.id}/resolve`,
              done: again,
            }),
        },
        word
      )
    );
  root.append(
    crumb('#/tasks', 'Tasks'),
    head(
      `Task ${id(t.id)}`,
      `${num(t.work_gigacycles, 1)} Gc and ${num(t.data_megabits, 1)} Mb from ${t.area} within ${num(t.deadline_s, 3)} s, ` +
        `by ${party(t.party)}, accepted ${clock(t.received_at, true)} UTC`,
      [
        cancel,
        dispute,
        resolve,
        h(
          'button',
          {
            type: 'button',
            onclick: () =>
              download(`task-${t.id}.json`, 'application/json', JSON.stringify({...why, transfers}, null, 1)),
          },
          icon('down'),
          'Receipt'
        ),
        h(
          'button',
          {type: 'button', class: 'phone-no', onclick: () => showRequest(`/v1/tasks/${t.id}/explanation`)},
          'Show request'
        ),
      ],
      badge(t.state, t.state === 'settled' ? 'Settled in time' : undefined)
    ),
    bandPlace,
    award ? card('Time line', 'seconds after acceptance', timeKey(), body(timeLine(t, award, took))) : null,
    h(
      'div',
      {class: 'grid two'},
      h('div', {class: 'stack'}, whyCluster(t, award, award?.clusters ?? [], why.why)),
      h('div', {class: 'stack'}, whyPrice(t, award), proof)
    ),
    legs(transfers, names)
  );
  return {
    update() {
      if (OPEN.has(t.state) && !document.querySelector('dialog[open]') && !root.contains(document.activeElement))
        again();
    },
  };
}
