// SPDX-License-Identifier: Apache-2.0
// The console in a browser against a demo that runs: what each page says and does, how it can be read, and that
// one wrong byte is seen. Usage: node check.mjs URL KEYS_FOLDER SCREENSHOTS_FOLDER, with MODULES naming a
// folder in which playwright-core is installed and CHROMIUM the browser. REPORT=FILE: the page of a comparison.
// EMPTY=URL: an exchange without anything, whose operator's key is in operator.key. ONLY=TEXT: checks with that in their name.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const {chromium} = createRequire(`${process.env.MODULES}/`)('playwright-core');
const [url, keys, shots] = process.argv.slice(2);
const access = readFileSync(fileURLToPath(new URL('access.js', import.meta.url)), 'utf8');
const keyOf = (role) => readFileSync(`${keys}/${role}.key`, 'utf8').trim();
const LONG = 300000; // on a machine that is busy
const DAY = new Date().toISOString().slice(0, 10);

let done = 0, failed = 0;
const problems = []; // what the page wrote to its console
async function check(name, what) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) return;
  problems.length = 0;
  try {
    await what();
    if (problems.length > 0) throw new Error(`the console says: ${problems.slice(0, 3).join(' | ')}`);
    done += 1;
  } catch (why) {
    failed += 1;
    console.log(`FAILED: ${name}: ${String(why.message ?? why).split('\n').slice(0, 4).join(' / ')}`);
  }
}
function must(good, words) {
  if (!good) throw new Error(words);
}
const same = (got, want, words = '') => must(got === want, `${words} got ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);

async function api(role, path, options = {}) {
  const answer = await fetch(url + path, {...options, headers: {Authorization: `Bearer ${keyOf(role)}`, ...options.headers}});
  return {status: answer.status, body: await answer.json(), headers: answer.headers};
}
async function until(what, words) {
  for (const begun = Date.now(); Date.now() - begun < LONG;) {
    const got = await what();
    if (got) return got;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`never: ${words}`);
}

const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage']});
async function open(role, {width = 1280, height = 900, theme = 'light', expect = []} = {}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: theme, acceptDownloads: true});
  const page = await context.newPage();
  page.setDefaultTimeout(LONG);
  const listen = (text) => expect.some((e) => text.includes(e)) || problems.push(text);
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && listen(m.text()));
  page.on('pageerror', (e) => listen(e.message));
  if (role) await page.addInitScript((key) => sessionStorage.setItem('dcat-key', key), keyOf(role));
  await page.addInitScript({content: access});
  return page;
}
async function go(page, hash) {
  await page.goto(`${url}/#/${hash}`);
  await page.waitForSelector('h1');
}
const words = (page, selector) => page.locator(selector).first().innerText();
const shot = (page, name) => page.screenshot({path: `${shots}/${name}.png`, fullPage: true});

// ---- before anybody is in

await check('the policy is strict, to the letter', async () => {
  const answer = await fetch(`${url}/`);
  same(answer.headers.get('content-security-policy'), "default-src 'self'");
  for (const file of ['app.js', 'console.css']) same((await fetch(`${url}/console/${file}`)).status, 200, file);
});
await check('a wrong key is refused with its reason, a right one lets in, and stays in this tab', async () => {
  const page = await open(null, {expect: ['401']});
  await page.goto(url);
  const result = await page.evaluate(() => window.dcatAccess());
  same(result.wrong.join('; '), '', 'log-in');
  await page.fill('input[name=key]', 'dk_user_wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.note.warn');
  must((await words(page, '.note.warn')).includes('unauthenticated'), 'no code of the refusal');
  await page.fill('input[name=key]', keyOf('operator'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('.band');
  const kept = await page.evaluate(() => [JSON.stringify({...localStorage}), document.cookie, location.href].join(' '));
  must(!kept.includes('dk_'), 'the key is kept beyond the tab');
  await page.click('.who');
  await page.waitForSelector('input[name=key]');
  must(!await page.evaluate(() => sessionStorage.getItem('dcat-key')), 'leaving keeps the key');
  await page.context().close();
});

// ---- what is settled, and something for the pages to show

const settled = await until(async () => (await api('operator', '/v1/tasks?state=settled&order=newest&limit=1')).body.tasks[0], 'a settled task');
const covered = async () => Number((await (await fetch(`${url}/v1/log/checkpoint`)).text()).split('\n')[1]);
const lastOf = async (id) => Number((await api('operator', `/v1/transfers?task=${id}`)).body.transfers.at(-1).event_seq);
await until(async () => await covered() >= await lastOf(settled.id), 'a checkpoint over the settled task');
await until(async () => (await api('operator', '/v1/overview')).body.cycle >= 2, 'a second cycle');

// ---- every page, as it can be read

const PAGES = [['overview', 'operator'], ['map', 'operator'], ['tasks', 'operator'], [`task/${settled.id}`, 'auditor'],
  ['providers', 'operator'], ['cycle', 'auditor'], ['ledger', 'auditor'], ['activity', 'user'], ['operate', 'operator'], ['quote', 'user']];
const VIEWS = [[1440, 900, 'light'], [1280, 800, 'dark'], [768, 1024, 'light'], [390, 844, 'light'], [390, 844, 'dark']];
let texts = 0, least = 99;
for (const [width, height, theme] of VIEWS) {
  for (const [hash, role] of PAGES) {
    const name = `${hash.split('/')[0]}-${width}-${theme}`;
    await check(name, async () => {
      const page = await open(role, {width, height, theme});
      await go(page, hash);
      await page.waitForTimeout(400);
      must(!(await words(page, 'h1')).includes('Cannot'), await words(page, 'main'));
      const result = await page.evaluate(() => window.dcatAccess());
      texts += result.texts;
      least = Math.min(least, result.least);
      await shot(page, name);
      same(result.wrong.join('; '), '');
      await page.context().close();
    });
  }
}

// The page of a comparison has the same look: all columns of its widest table at 1280, three of them at 390.
for (const [width, theme, columns] of process.env.REPORT ? [[1280, 'light', 11], [1280, 'dark', 11], [390, 'light', 3]] : []) {
  await check(`report-${width}-${theme}`, async () => {
    const page = await open(null, {width, theme});
    await page.goto(`file://${process.env.REPORT}`);
    const shown = () => page.locator('#policies thead th').evaluateAll((all) => all.filter((e) => e.checkVisibility()).length);
    const result = await page.evaluate(() => window.dcatAccess());
    await shot(page, `report-${width}-${theme}`);
    same(result.wrong.filter((w) => width > 600 || !w.includes('cut off')).join('; '), ''); // phones scroll the list of clusters
    same(await shown(), columns, 'columns');
    if (columns > 3) return page.context().close();
    await page.click('text=All columns');
    same(await shown(), 11, 'columns, all of them');
    return page.context().close();
  });
}

// Where nothing is yet, pages say what comes next.
if (process.env.EMPTY) {
  await check('an exchange without anything says what comes next', async () => {
    const page = await open(null);
    await page.addInitScript((key) => sessionStorage.setItem('dcat-key', key), readFileSync('operator.key', 'utf8').trim());
    for (const [hash, text] of [['overview', 'No server yet'], ['map', 'No servers yet.'], ['providers', 'No providers yet.'],
      ['tasks', 'No tasks yet.'], ['cycle', 'No cycle has begun'], ['operate', 'Market rules']]) {
      await page.goto(`${process.env.EMPTY}/#/${hash}`);
      await page.waitForSelector(`main >> text=${text}`);
      same((await page.evaluate(() => window.dcatAccess())).wrong.join('; '), '', hash);
      await shot(page, `empty-${hash}`);
      must(!(await words(page, 'main')).includes('All were served'), 'none came, and all were served');
    }
    await page.context().close();
  });
}

// ---- what they say

await check('overview: runs, balances, and earned today what stands in the books', async () => {
  const page = await open('operator');
  await go(page, 'overview');
  await page.waitForSelector('.tile-value');
  must((await words(page, '.lead')).includes('clusters, 1 area;'), await words(page, '.lead'));
  const band = await words(page, '.band');
  for (const text of ['Running', 'Balanced', 'earned today', '0.000000']) must(band.includes(text), `the band lacks ${text}: ${band}`);
  const {accounts, today} = (await api('operator', '/v1/overview')).body;
  const books = accounts.filter((a) => /profit|commission/.test(a.kind)).reduce((n, a) => n + Number(a.balance_micro), 0);
  const apart = today.since.slice(0, 10) === DAY ? Math.abs(books - Number(today.earned_micro)) : Number(today.earned_micro) - books;
  must(apart < 0.2 * books, `today ${today.earned_micro}, books ${books}`); // less, where a day has ended since
  await page.waitForSelector('.chart canvas');
  await page.click('.card button:has-text("Table")');
  await page.waitForSelector('.card table >> text=UTC');
  await page.context().close();
});
await check('users see what is theirs and no balances of others', async () => {
  const page = await open('user');
  await go(page, 'overview');
  must((await words(page, '.band')).includes('What was earned today?'), 'no public figure');
  await page.context().close();
});
await check('tasks: by state, older ones, and nothing on the way is lost', async () => {
  const page = await open('operator');
  await go(page, 'tasks?state=settled');
  await page.waitForSelector('table[data-list] tbody tr');
  const states = await page.locator('tbody .badge').allInnerTexts();
  must(states.length > 0 && states.every((x) => x.trim() === 'Settled'), `other states: ${[...new Set(states)]}`);
  await until(async () => (await api('operator', '/v1/tasks?order=newest&limit=1')).body.tasks[0].id > 120, 'two pages of tasks');
  await go(page, 'tasks');
  await page.click('button:has-text("Older")');
  await page.waitForSelector('a:has-text("Newest")');
  must(await page.locator('table[data-list] tbody tr').count() > 0, 'no older ones');
  await page.context().close();
});
await check('tasks: a filter that nothing passes says what there is and clears', async () => {
  const page = await open('operator');
  await go(page, 'tasks');
  await page.fill('input[data-find]', 'no such words');
  await page.waitForSelector('text=No tasks match.');
  await page.click('button:has-text("Clear filters")');
  await page.context().close();
});
await check('task: in time, its cost, its legs, and the time line', async () => {
  const page = await open('auditor');
  await go(page, `task/${settled.id}`);
  const text = await words(page, 'main');
  for (const w of ['In time', 'Why this cluster', 'Why this price', 'hold', 'charge', 'left in clearing', '0.000000']) must(text.includes(w), `no ${w}`);
  must((await page.locator('.timeline').first().getAttribute('aria-label')).includes('Deadline'), 'no words for the time line');
  await page.context().close();
});
await check('an unserved task says why', async () => {
  const t = await until(async () => (await api('operator', '/v1/tasks?state=unserved&order=newest&limit=1')).body.tasks[0], 'an unserved task');
  const page = await open('operator');
  await go(page, `task/${t.id}`);
  must((await words(page, '.band')).includes(t.reason), `the band lacks ${t.reason}`);
  must((await words(page, 'main')).includes('Why not served'), 'no card');
  await page.context().close();
});
await check('a task that is not there is refused in words', async () => {
  const page = await open('operator', {expect: ['404']});
  await go(page, 'task/999999999');
  must((await words(page, 'main')).includes('there is no task'), await words(page, 'main'));
  await page.context().close();
});

// ---- proofs

let proofMs = 0;
await check('task: proved in this browser', async () => {
  const page = await open('user');
  await go(page, `task/${settled.id}`);
  await page.click('[data-prove]');
  await page.waitForSelector('.band >> text=Proved in this browser');
  proofMs = Number(/in ([0-9\u202F]+) ms/.exec(await words(page, 'section[aria-label=Proof]'))[1].replace(/\D/g, ''));
  await shot(page, 'task-proved');
  await page.context().close();
});
const flip = (text, at) => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
async function prove(change, name) {
  const page = await open('user');
  await page.route('**/v1/log/proof*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({response: answer, body: change(await answer.text())});
  });
  await go(page, `task/${settled.id}`);
  await page.click('[data-prove]');
  await page.waitForSelector('.band >> text=Not proved');
  must(!(await words(page, '.band')).includes('Proved in'), 'proved after all');
  if (name) await shot(page, name);
  await page.context().close();
}
const edit = (text, f) => {
  const proof = JSON.parse(text);
  f(proof);
  return JSON.stringify(proof);
};
await check('one wrong byte in an event is seen', () => prove((text) => edit(text, (p) => {
  p.body = p.body.replace(/[0-9]/, (d) => String((Number(d) + 1) % 10));
}), 'task-not-proved'));
await check('one wrong byte in a path is seen', () => prove((text) => edit(text, (p) => { p.path[0] = flip(p.path[0], 5).replace(/[^0-9a-f]/, '0'); })));
await check('one wrong byte in a root is seen', () => prove((text) => edit(text, (p) => {
  p.checkpoint = flip(p.checkpoint, p.checkpoint.split('\n').slice(0, 2).join('\n').length + 3);
})));
await check('another size is seen', () => prove((text) => edit(text, (p) => {
  p.checkpoint = p.checkpoint.replace(/\n(\d+)\n/, (_, n) => `\n${Number(n) + 1}\n`);
})));
await check('the event of another task is seen', () => prove((text) => edit(text, (p) => { p.seq = 1; p.body = '{"kind":"slot"}'; })));

async function verify(page) {
  await go(page, 'ledger');
  await page.click('[data-verify]');
  await page.waitForSelector('.band >> text=/Verified in this browser|Not proved|Could not be/');
  return words(page, 'main');
}
await check('ledger: the log is verified, and once more when it grew', async () => {
  const page = await open('auditor');
  const first = await verify(page);
  for (const w of ['Verified in this browser', 'Chain', 'Tree', 'Growth', 'Signatures', 'Money', 'kept now']) must(first.includes(w), `no ${w}`);
  await shot(page, 'ledger-verified');
  await page.reload();
  must((await verify(page)).includes('extends your checkpoint'), 'the kept checkpoint is not looked at');
  await page.evaluate(() => {
    const name = Object.keys(localStorage).find((k) => k.startsWith('dcat-checkpoint'));
    const kept = JSON.parse(localStorage.getItem(name));
    localStorage.setItem(name, JSON.stringify({...kept, root: kept.root.replace(/^./, (c) => (c === '0' ? '1' : '0'))}));
  });
  await page.reload();
  must((await verify(page)).includes('does not extend'), 'a forked log passes');
  await page.context().close();
});
for (const [what, path] of [['an event', '**/v1/log/entries/**'], ['a key', '**/v1/log/key'], ['a checkpoint', '**/v1/log/checkpoint']]) {
  await check(`ledger: one wrong byte of ${what} is refused`, async () => {
    const page = await open('auditor');
    await page.route(path, async (route) => {
      const answer = await route.fetch();
      const bytes = await answer.body();
      const at = what === 'an event' ? bytes.indexOf('"at') + 8 : what === 'a key' ? bytes.length - 12 : bytes.length - 20;
      bytes[at] = bytes[at] === 0x31 ? 0x32 : 0x31;
      await route.fulfill({response: answer, body: bytes});
    });
    must(!(await verify(page)).includes('Verified in this browser'), 'verified');
    await page.context().close();
  });
}

// ---- what they do

await check('operate: who can read no actions can halt', async () => {
  const page = await open('operator', {expect: ['503']});
  await page.route('**/v1/actions*', (route) => route.fulfill({status: 503, contentType: 'application/problem+json',
    body: JSON.stringify({code: 'busy', detail: 'the log cannot be read: interrupted'})}));
  await go(page, 'operate');
  await page.waitForSelector('text=Not to be had now: the log cannot be read');
  must(await page.locator('button:has-text("Halt…")').count() === 1, 'no button that halts');
  await page.context().close();
});
await check('operate: halting wants a reason and the word, shows its call, and Esc gives the focus back', async () => {
  const page = await open('operator');
  await go(page, 'operate');
  await page.click('button:has-text("Halt…")');
  same(await page.evaluate(() => document.activeElement.name), 'reason');
  must(await page.locator('dialog button.danger').isDisabled(), 'it goes without a reason');
  await page.keyboard.type('payouts look wrong');
  must((await words(page, 'dialog pre')).includes('{"reason":"payouts look wrong"}'), 'the call does not grow');
  must(await page.locator('dialog button.danger').isDisabled(), 'it goes without the word');
  same((await page.evaluate(() => window.dcatAccess())).wrong.join('; '), '', 'dialog');
  await shot(page, 'operate-dialog');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', {state: 'detached'});
  same(await page.evaluate(() => document.activeElement.textContent), 'Halt…', 'focus');
  same((await api('operator', '/v1/overview')).body.mode, 'open');
  await page.context().close();
});
await check('operate: halted, the banner says so everywhere it matters; resumed, it is gone', async () => {
  const page = await open('operator');
  await go(page, 'operate');
  await page.click('button:has-text("Halt…")');
  await page.fill('input[name=reason]', 'a test');
  await page.fill('input[name=typed]', 'halt');
  await page.click('dialog button.danger');
  await page.waitForSelector('text=Resume…');
  await go(page, 'overview');
  await page.waitForSelector('.banner[role=alert]');
  await page.waitForSelector('.top .badge.solid');
  same((await page.evaluate(() => window.dcatAccess())).wrong.join('; '), '', 'halted');
  await shot(page, 'overview-halted');
  await go(page, 'operate');
  must((await words(page, 'section[aria-label="Recent actions"]')).includes('a test'), 'the reason is not among the actions');
  await page.click('button:has-text("Resume…")');
  await page.fill('input[name=reason]', 'the test is over');
  await page.click('dialog button.primary');
  await page.waitForSelector('text=Halt…');
  same((await api('operator', '/v1/overview')).body.mode, 'open');
  await page.context().close();
});
await check('auditors look on', async () => {
  const page = await open('auditor');
  await go(page, 'operate');
  must(await page.locator('button:has-text("Halt…")').isDisabled(), 'an auditor may halt');
  await page.context().close();
});
await check('tasks: several are cancelled by their number', async () => {
  const {areas} = (await api('user', '/v1/market')).body;
  const task = {origin: {area: areas[0].name}, work_gigacycles: 90000, data_megabits: 1, deadline_s: 3600, retry_until_s: 3000};
  const key = (n) => `00000000000000${String(Date.now() % 100).padStart(2, '0')}${n}f`.padStart(18, '0');
  await api('operator', '/v1/halt', {method: 'POST', body: '{"reason":"so that two tasks wait"}'});
  await api('operator', '/v1/resume', {method: 'POST', body: '{"reason":"go"}'});
  const made = [];
  for (const n of [1, 2]) {
    made.push((await api('user', '/v1/tasks', {method: 'POST', body: JSON.stringify(task), headers: {'Idempotency-Key': key(n)}})).body);
  }
  must(made[0].id && made[1].id, JSON.stringify(made));
  const page = await open('operator', {expect: ['409']});
  await go(page, `tasks?before=${Number(made[1].id) + 1}`); // by now fifty others may have come
  for (const t of made) await page.check(`input[aria-label="Select task ${t.id}"]`);
  must((await words(page, '.bulk')).includes('2 selected'), await words(page, '.bulk'));
  await page.click('button:has-text("Cancel 2 tasks…")');
  await page.fill('input[name=reason]', 'a test of two');
  must(await page.locator('dialog button.danger').isDisabled(), 'it goes without the number');
  await page.fill('input[name=typed]', '2');
  await page.click('dialog button.danger');
  await page.waitForSelector('dialog', {state: 'detached'});
  for (const t of made) same((await api('operator', `/v1/tasks/${t.id}`)).body.state, 'cancelled');
  await page.context().close();
});
await check('providers: a server is drained with a reason and taken back', async () => {
  const page = await open('operator');
  await go(page, 'providers');
  await page.click('button[aria-label="Drain s1"]');
  await page.fill('input[name=reason]', 'maintenance');
  await page.click('dialog button[type=submit]');
  await until(async () => /draining|out/.test((await api('operator', '/v1/servers')).body.servers.find((x) => x.name === 's1').state), 's1 drains');
  await page.context().close();
});
await check('providers: how servers did at canaries, where there are any', async () => {
  const page = await open('operator');
  await go(page, 'providers');
  must(!(await words(page, 'main')).includes('Canaries'), 'canaries of an exchange that has none');
  for (const path of ['providers', 'servers']) {
    await page.route(new RegExp(`/v1/${path}(\\?.*)?$`), async (route) => {
      const answer = await (await route.fetch()).json();
      answer[path].forEach((x, i) => { x.canaries = i ? {passed: 0, late: 0, failed: 0, last_at: null} : {passed: 5, late: 1, failed: 2, last_at: '2026-11-28T10:00:00Z'}; });
      await route.fulfill({json: answer});
    });
  }
  await page.reload();
  await page.waitForSelector('main table >> text=Canaries');
  must((await words(page, 'main')).includes('5 of 8'), 'no figure of them');
  await page.context().close();
});
await check('quote: what it costs now and at later deadlines', async () => {
  const page = await open('user');
  await go(page, 'quote');
  await page.click('form button.primary');
  await page.waitForSelector('table >> text=Deadline');
  same(await page.locator('tbody tr').count(), 5, 'deadlines');
  await shot(page, 'quote-answered');
  await page.context().close();
});
await check('map: a cluster is chosen from the list and from the map', async () => {
  const page = await open('operator');
  await go(page, 'map');
  await page.click('table button.plain >> nth=0');
  await page.waitForSelector('.hull.chosen');
  await page.waitForSelector('text=Span');
  await page.context().close();
});
await check('activity: events come, can be filtered and paused', async () => {
  const page = await open('operator');
  await go(page, 'activity');
  await page.waitForSelector('tr[data-kind=task]:visible');
  await page.click('.chip:has-text("task")');
  await page.waitForSelector('tr[data-kind=task]:visible', {state: 'hidden'});
  await page.click('button:has-text("Pause")');
  await page.waitForSelector('text=/paused; [0-9]+ newer/');
  await page.context().close();
});

// ---- the keyboard, the connection, the width

await check('keyboard: / finds, g opens, ? helps, j and x select, Esc goes back, the skip link skips', async () => {
  const page = await open('operator');
  await go(page, 'overview');
  await page.waitForSelector('.band');
  await page.keyboard.press('Tab');
  same(await page.evaluate(() => document.activeElement.textContent), 'To the page');
  await page.keyboard.press('Enter');
  same(await page.evaluate(() => document.activeElement.id), 'main');
  await page.keyboard.press('/');
  await page.keyboard.type(settled.id);
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1:has-text("Task")');
  await page.keyboard.press('Escape');
  await page.waitForSelector('h1:text-is("Tasks")');
  await page.waitForSelector('table[data-list] tbody tr');
  await page.keyboard.press('j');
  must(await page.evaluate(() => document.activeElement.closest('tr') !== null), 'j goes nowhere');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.waitForSelector('h1:has-text("Ledger")');
  await page.context().close();
});
await check('focus is seen on everything that takes it', async () => {
  const page = await open('operator');
  await go(page, 'ledger');
  await page.waitForSelector('.band');
  let seen = 0;
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab');
    const style = await page.evaluate(() => {
      const e = document.activeElement, s = getComputedStyle(e);
      return e === document.body ? null : {width: parseFloat(s.outlineWidth), style: s.outlineStyle, what: e.outerHTML.slice(0, 60)};
    });
    if (!style) continue;
    seen += 1;
    must(style.style !== 'none' && style.width >= 2, `no focus on ${style.what}`);
  }
  must(seen > 15, `only ${seen} take the focus`);
  await page.context().close();
});
await check('not connected: numbers stay, greyed and dated', async () => {
  const page = await open('operator', {expect: ['Failed to load', 'ERR_', 'Failed to fetch']});
  await go(page, 'overview');
  await page.waitForSelector('.tile-value');
  await page.context().setOffline(true);
  await page.waitForSelector('text=Not connected since');
  must((await words(page, '.band')).includes('Balanced'), 'the band is blank');
  await page.goto(`${url}/#/providers`); // a page that was not opened before
  await page.waitForSelector('text=The exchange does not answer.');
  await shot(page, 'not-connected');
  await page.context().setOffline(false);
  await page.waitForSelector('text=Not connected since', {state: 'detached'});
  await page.waitForSelector('h1:has-text("Providers")');
  await page.context().close();
});
await check('twice as large at 1280 nothing runs out at the side', async () => {
  const page = await open('operator', {width: 640, height: 450});
  for (const hash of ['overview', 'tasks', 'ledger', 'operate']) {
    await go(page, hash);
    await page.waitForTimeout(200);
    same(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1), false, hash);
  }
  await page.context().close();
});
await check('dark by the button, too', async () => {
  const page = await open('operator');
  await go(page, 'overview');
  await page.click('.foot button');
  await page.click('.foot button');
  same(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  same(await colour(), 'rgb(13, 17, 21)');
  await page.reload();
  same(await colour(), 'rgb(13, 17, 21)', 'after a reload');
  await page.context().close();
});

await browser.close();
console.log(`${done + failed} checks, ${failed} failed; ${texts} pieces of text, least contrast ${least.toFixed(2)}; ` +
  `an award proved in ${proofMs} ms; pictures in ${shots}`);
process.exit(failed > 0 ? 1 : 0);
