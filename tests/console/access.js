// SPDX-License-Identifier: Apache-2.0
// Runs in the page: what is wrong with its contrast, names, targets, headings and width. A list of words.

function channels(colour) {
  const m = /^rgba?\(([^)]*)\)$/.exec(colour);
  const [r, g, b, a = 1] = m ? m[1].split(/[ ,/]+/).map(Number) : [0, 0, 0, 0];
  return [r, g, b, a];
}
const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
function luminance([r, g, b]) {
  const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}
function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
function ground(element) {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    const c = channels(getComputedStyle(e).backgroundColor);
    if (c[3] > 0) layers.push(c);
    if (c[3] === 1) break;
  }
  return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
}
const visible = (e) => e.checkVisibility({checkVisibilityCSS: true, checkOpacity: true}) && e.getClientRects().length > 0;
const say = (e) => `<${e.tagName.toLowerCase()}> "${(e.textContent || e.getAttribute('aria-label') || '').trim().slice(0, 30)}"`;

window.dcatAccess = () => {
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = 99, texts = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || !visible(e) || e.closest('[disabled], .sr, title, script, noscript')) continue;
    const style = getComputedStyle(e);
    const colour = channels(e instanceof SVGElement ? style.fill : style.color);
    const under = ground(e);
    const ratio = contrast(over(colour, under), under);
    texts += 1;
    least = Math.min(least, ratio);
    if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)} of ${say(e)}`);
    const matrix = e instanceof SVGElement ? e.getScreenCTM() : null; // a picture that is scaled scales its text
    const size = parseFloat(style.fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1);
    if (size < 10.9) wrong.push(`text of ${size.toFixed(1)} px: ${say(e)}`);
  }
  for (const e of document.querySelectorAll('a[href], button, input, select, textarea, [role=img]')) {
    if (!visible(e)) continue;
    const labelled = (e.getAttribute('aria-labelledby') ?? '').split(' ').map((x) => document.getElementById(x)?.textContent ?? '').join('');
    const label = [...(e.labels ?? [])].map((l) => l.textContent).join('');
    const name = (e.getAttribute('aria-label') ?? '') + labelled + label + (/^(A|BUTTON)$/.test(e.tagName) ? e.textContent : '') + (e.title ?? '');
    if (!name.trim()) wrong.push(`no name: ${e.outerHTML.slice(0, 80)}`);
    const box = e.getBoundingClientRect(), phone = innerWidth < 760;
    const inText = e.tagName === 'A' && getComputedStyle(e).display === 'inline';
    const target = e.getAttribute('role') !== 'img' && !inText && e.type !== 'checkbox' && !e.classList.contains('skip');
    if (target && box.height < (phone ? 44 : 24) - 0.5) wrong.push(`target of ${box.height.toFixed(0)} px: ${say(e)}`);
  }
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.sr, svg') || /^(INPUT|SELECT|TEXTAREA|CAPTION)$/.test(e.tagName) || !visible(e)) continue;
    const cut = e.scrollWidth - e.clientWidth;
    if (getComputedStyle(e).overflowX !== 'visible' && e.clientWidth > 0 && cut > 1) wrong.push(`${cut} px cut off: ${say(e)}`);
  }
  for (const th of document.querySelectorAll('th')) if (!th.getAttribute('scope')) wrong.push(`a head without scope: ${say(th)}`);
  for (const t of document.querySelectorAll('table')) if (!t.caption) wrong.push('a table without a caption');
  if (document.querySelectorAll('h1').length !== 1) wrong.push(`${document.querySelectorAll('h1').length} h1`);
  if (!document.querySelector('main')) wrong.push('no main');
  if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push(`${document.documentElement.scrollWidth} px wide on ${innerWidth}`);
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (new Set(ids).size !== ids.length) wrong.push('an id twice');
  return {wrong: [...new Set(wrong)].slice(0, 8), least, texts};
};
