// SPDX-License-Identifier: Apache-2.0
// Requests to the exchange. The key stays in this tab: sessionStorage, and nowhere else.

const KEY = 'dcat-key';
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? '',
  set: (value) => sessionStorage.setItem(KEY, value),
  clear: () => sessionStorage.removeItem(KEY),
  role: () => /^dk_([a-z]+)_/.exec(key.get())?.[1] ?? '',
};
export const may = (...roles) => roles.includes(key.role());

// What the exchange refused, in its own words.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail || problem?.title || `status ${status}`);
    this.status = status;
    this.code = problem?.code ?? String(status);
  }
}

// When the last answer came, and since when none does.
export const link = {last: Date.now(), lostSince: null, told: new Set()};
function tell(good) {
  const was = link.lostSince;
  if (good) link.last = Date.now();
  link.lostSince = good ? null : (was ?? link.last);
  if (Boolean(was) !== Boolean(link.lostSince)) link.told.forEach((f) => f());
}

export async function call(method, path, options = {}) {
  const headers = {...options.headers};
  if (key.get() && !options.open) headers.Authorization = `Bearer ${key.get()}`;
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers,
      signal: options.signal,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
  } catch (why) {
    if (why.name !== 'AbortError') tell(false);
    throw why;
  }
  tell(true);
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
  return answer;
}
export const get = async (path, options) => (await call('GET', path, options)).json();
export const text = async (path, options) => (await call('GET', path, options)).text();
export const bytes = async (path, options) => new Uint8Array(await (await call('GET', path, options)).arrayBuffer());

// Whether this exchange has a path, by its own description.
let description = null;
export async function offers(path) {
  description ??= text('/v1/openapi.yaml', {open: true});
  return (await description).includes(`"${path}":`);
}

// A page of a list: its rows, and the path of the next one or null.
export async function page(path, name) {
  const answer = await call('GET', path);
  const next = /<([^>]*)>; rel="next"/.exec(answer.headers.get('Link') ?? '');
  return {rows: (await answer.json())[name], next: next ? next[1] : null};
}
// All rows of a list that is known to be short; at most `most`.
export async function all(path, name, most = 5000) {
  const rows = [];
  for (let next = path; next && rows.length < most;) {
    const got = await page(next, name);
    rows.push(...got.rows);
    next = got.next;
  }
  return rows;
}

export const randomKey = () =>
  [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, '0')).join('');

// ---- events: by fetch, since EventSource cannot carry a key

function parse(block) {
  const event = {id: '', name: '', data: null};
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) event.id = line.slice(4);
    else if (line.startsWith('event: ')) event.name = line.slice(7);
    else if (line.startsWith('data: ')) event.data = JSON.parse(line.slice(6));
  }
  return event;
}
async function read(since, on, signal) {
  const answer = await call('GET', `/v1/events?since=${since.id || 'now'}`, {signal});
  on({name: 'connected'});
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event.id) since.id = event.id;
      if (event.name) on(event);
    }
  }
}
// Listen until the function that is returned is called. What was missed while away is told later.
export function listen(on, from = '') {
  const stop = new AbortController();
  const since = {id: from};
  (async () => {
    while (!stop.signal.aborted) {
      try {
        await read(since, on, stop.signal);
      } catch (why) {
        if (stop.signal.aborted || (why instanceof Refusal && why.status < 500)) return;
        on({name: 'gap', data: {since: link.last}});
      }
      await new Promise((wake) => setTimeout(wake, 2000));
    }
  })();
  return () => stop.abort();
}
