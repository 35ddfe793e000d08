// SPDX-License-Identifier: Apache-2.0
// What the exchange says of its log, checked here: every hash by our own SHA-256, the signature by the
// browser's Ed25519. Trees and proofs are those of RFC 9162, checkpoints and tiles those of C2SP. Size and
// root come from the signed checkpoint and from nowhere else.
import * as api from './api.js';
import {minute, num} from './dom.js';
import {sha256} from './sha256.js';

export class NotProved extends Error {}
const fail = (why) => {
  throw new NotProved(why);
};

const utf8 = new TextEncoder();
export const toHex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
const fromHex = (text) =>
  /^([0-9a-f]{2})*$/.test(text)
    ? Uint8Array.from(text.match(/../g) ?? [], (x) => parseInt(x, 16))
    : fail('a hash is not in hexadecimal');
const base64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

function leafOf(body) {
  const bytes = new Uint8Array(body.length + 1);
  bytes.set(body, 1);
  return sha256(bytes);
}
function nodeOf(left, right) {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return sha256(bytes);
}

// ---- checkpoints

// NAME+HEX8+BASE64: 0x01 and the public key.
function readKey(line) {
  const [name, id, ...rest] = line.trim().split('+');
  const key = base64(rest.join('+'));
  if (key.length !== 33 || key[0] !== 1) fail('a key of the log is not Ed25519');
  const named = new Uint8Array(utf8.encode(`${name}\n`).length + 33);
  named.set(utf8.encode(`${name}\n`));
  named.set(key, named.length - 33);
  const hash = toHex(sha256(named).subarray(0, 4));
  if (hash !== id) fail('a key of the log does not have its own number');
  return {name, id, key: key.subarray(1)};
}

async function signed(key, signature, text) {
  if (!crypto.subtle)
    fail('this page was not opened over TLS or from this machine, so the browser has no cryptography');
  let made;
  try {
    made = await crypto.subtle.importKey('raw', key, {name: 'Ed25519'}, false, ['verify']);
  } catch {
    fail('this browser has no Ed25519, so nothing can be checked here; dcat ledger verify can');
  }
  return crypto.subtle.verify({name: 'Ed25519'}, made, signature, utf8.encode(text));
}

// The note, its text and signatures apart; refused without a good signature of the log's own.
async function readCheckpoint(note, keyLines) {
  const end = note.indexOf('\n\n');
  if (end < 0) fail('the checkpoint has no signatures');
  const text = note.slice(0, end + 1);
  const [origin, size, root, ...more] = text.split('\n');
  if (!/^(0|[1-9][0-9]*)$/.test(size) || more.length < 1) fail('the checkpoint has no size');
  const keys = keyLines.trim().split('\n').map(readKey);
  let own = false,
    others = 0;
  for (const line of note
    .slice(end + 2)
    .split('\n')
    .filter(Boolean)) {
    const [, name, value] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? fail('a line of signatures has another form');
    const bytes = base64(value);
    const id = toHex(bytes.subarray(0, 4));
    const key = keys.find((k) => k.name === name && k.id === id);
    if (!key)
      others += 1; // a witness, whose key we do not have
    else if (!(await signed(key.key, bytes.subarray(4), text))) fail('the signature of the checkpoint is wrong');
    else own ||= name === origin;
  }
  if (!own) fail(`no key of ${origin} signed the checkpoint`);
  const hash = base64(root);
  if (hash.length !== 32) fail('the root is no SHA-256');
  return {origin, size: Number(size), root: hash, note, others};
}
export async function checkpoint() {
  const [note, keys] = await Promise.all([
    api.text('/v1/log/checkpoint', {open: true}),
    api.text('/v1/log/key', {open: true}),
  ]);
  return readCheckpoint(note, keys);
}

// ---- one event

function leadsTo(index, size, leaf, path) {
  if (index >= size) fail('the event is not in the log of this size');
  let fn = BigInt(index),
    sn = BigInt(size - 1),
    r = leaf;
  for (const step of path) {
    if (sn === 0n) fail('the path is too long');
    if ((fn & 1n) === 1n || fn === sn) {
      r = nodeOf(step, r);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      r = nodeOf(r, step);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n) fail('the path is too short');
  return r;
}

// Everything about one event, proved, or NotProved. seq counts from 1.
export async function proveEvent(seq) {
  const before = performance.now();
  const [proof, keys] = await Promise.all([
    api.get(`/v1/log/proof?seq=${seq}`, {open: true}),
    api.text('/v1/log/key', {open: true}),
  ]);
  const head = await readCheckpoint(proof.checkpoint, keys);
  const leaf = leafOf(utf8.encode(proof.body));
  const path = proof.path.map(fromHex);
  const root = leadsTo(Number(seq) - 1, head.size, leaf, path);
  if (!same(root, head.root))
    fail(`the path leads to root ${toHex(root).slice(0, 12)}…, the signed one is ${toHex(head.root).slice(0, 12)}…`);
  return {
    seq: Number(seq),
    leaf: toHex(leaf),
    path: path.length,
    body: JSON.parse(proof.body),
    text: proof.body,
    head,
    ms: performance.now() - before,
    evidence: proof,
  };
}

// ---- the whole log

const TILE = 256;
const tilePath = (n) => {
  const groups = [String(n % 1000).padStart(3, '0')];
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return groups.join('/');
};
const partOf = (n, count) => tilePath(n) + ((n + 1) * TILE <= count ? '' : `.p/${count - n * TILE}`);

class Tree {
  // a root from its right edge
  edge = [];
  add(level, hash) {
    let at = {level, hash};
    while (this.edge.length > 0 && this.edge.at(-1).level === at.level)
      at = {level: at.level + 1, hash: nodeOf(this.edge.pop().hash, at.hash)};
    this.edge.push(at);
  }
  root() {
    return this.edge.map((x) => x.hash).reduceRight((right, left) => nodeOf(left, right));
  }
}

async function hashes(level, n, count) {
  const bytes = await api.bytes(`/v1/log/tile/${level}/${partOf(n, count)}`, {open: true});
  const want = Math.min(TILE, count - n * TILE);
  if (bytes.length < 32 * want) fail(`tile ${level}/${n} is too short`);
  return Array.from({length: want}, (_, i) => bytes.subarray(32 * i, 32 * i + 32));
}

// The bodies of one tile's events, as bytes: lines without their ends.
async function bodies(n, size) {
  const bytes = await api.bytes(`/v1/log/entries/${partOf(n, size)}`, {open: true});
  const lines = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    lines.push(bytes.subarray(at, end < 0 ? bytes.length : end));
    at = end < 0 ? bytes.length : end + 1;
  }
  const want = Math.min(TILE, size - n * TILE);
  if (lines.length < want) fail(`the events of tile ${n} are not all there`);
  return lines.slice(0, want);
}

// The root of the first `size` events: whole tiles by the hash that the level above has of each.
async function rootAt(size, blockOf) {
  const tree = new Tree();
  const whole = Math.floor(size / TILE);
  for (let n = 0; n < whole; n++) tree.add(8, await blockOf(n));
  if (size % TILE > 0) for (const leaf of await hashes(0, whole, size)) tree.add(0, leaf);
  return tree.root();
}

// Reads events from `first` on (a multiple of 256), all hashes before it. step(name, words) as each is proved.
// kept: {size, root} of an earlier visit, or null.
export async function verifyLog(head, kept, most, step) {
  const first = Math.max(0, Math.ceil((head.size - most) / TILE)) * TILE;
  const wholeTiles = Math.floor(head.size / TILE);
  const above = new Map();
  const own = new Map(); // what we computed ourselves
  const blockOf = async (n) => {
    if (own.has(n)) return own.get(n);
    const tile = Math.floor(n / TILE);
    if (!above.has(tile)) above.set(tile, await hashes(1, tile, wholeTiles));
    return above.get(tile)[n % TILE];
  };
  const tree = new Tree();
  for (let n = 0; n < first / TILE; n++) tree.add(8, await blockOf(n));
  const sums = new Map();
  let events = 0,
    transfers = 0,
    before = first > 0 ? (await hashes(0, first / TILE - 1, head.size)).at(-1) : null;
  for (let n = first / TILE; n * TILE < head.size; n++) {
    const block = new Tree();
    for (const body of await bodies(n, head.size)) {
      const event = JSON.parse(new TextDecoder().decode(body));
      if (before && event.prev !== toHex(before))
        fail(`event ${n * TILE + (events % TILE) + 1} does not name the one before it`);
      before = leafOf(body);
      block.add(0, before);
      for (const [debit, credit, amount] of event.legs ?? []) {
        sums.set(debit, (sums.get(debit) ?? 0) - amount);
        sums.set(credit, (sums.get(credit) ?? 0) + amount);
        transfers += 1;
      }
      events += 1;
    }
    if ((n + 1) * TILE <= head.size) own.set(n, block.root());
    for (const x of block.edge) tree.add(x.level, x.hash);
    if (n % 8 === 0) await step('progress', `${num(events)} of ${num(head.size - first)} events`);
  }
  await step('Chain', `${num(events)} events, each names the one before`);
  if (!same(tree.root(), head.root))
    fail(
      `the events lead to root ${toHex(tree.root()).slice(0, 12)}…, the signed one is ${toHex(head.root).slice(0, 12)}…`
    );
  await step('Tree', `root equals the signed root, of ${num(head.size)} events`);
  if (kept) {
    if (kept.size > head.size) fail(`the log has ${head.size} events; when you were here before it had ${kept.size}`);
    if (toHex(await rootAt(kept.size, blockOf)) !== kept.root)
      fail(`the log does not extend the checkpoint that you kept (size ${kept.size})`);
  }
  await step(
    'Growth',
    kept
      ? `extends your checkpoint of ${minute(kept.at)}, size ${num(kept.size)}`
      : 'this checkpoint is kept now; the next visit checks that the log extends it'
  );
  await step('Signatures', `${head.origin}${head.others ? ` and ${head.others} of others` : ''}`);
  const sum = [...sums.values()].reduce((a, b) => a + b, 0);
  if (sum !== 0) fail('transfers do not add up to 0');
  await step('Money', `${num(transfers)} transfers add up to 0`);
  return {events, transfers, first, sums};
}

const KEPT = 'dcat-checkpoint';
export const keptCheckpoint = (origin) => JSON.parse(localStorage.getItem(`${KEPT}:${origin}`) ?? 'null');
export const keepCheckpoint = (head) =>
  localStorage.setItem(
    `${KEPT}:${head.origin}`,
    JSON.stringify({size: head.size, root: toHex(head.root), note: head.note, at: new Date().toISOString()})
  );
