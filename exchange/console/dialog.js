// SPDX-License-Identifier: Apache-2.0
// Whatever changes something: a question, what will happen, a reason, and the call as it is made.
import {h, note} from './dom.js';
import * as api from './api.js';

const quote = (text) => `'${text.replace(/'/g, "'\\''")}'`;
export function curl(method, path, body) {
  return (
    `curl -s${method === 'GET' ? '' : ` -X ${method}`} -H "Authorization: Bearer $(cat FILE.key)" ${location.origin}${path}` +
    (body === undefined ? '' : ` -d ${quote(JSON.stringify(body))}`)
  );
}

// action: {title, text, verb, danger, typed, method, calls: (reason) => [{path, body}], cli: (reason) => text, done}
export function ask(action) {
  const before = document.activeElement;
  const reason = h('input', {required: true, maxlength: '500', autocomplete: 'off', name: 'reason'});
  const typed = action.typed && h('input', {autocomplete: 'off', name: 'typed'});
  const shown = h('pre', {class: 'code', tabindex: '0', 'aria-label': 'API call'});
  const same = h('code', {});
  const problem = h('div', {});
  const go = h('button', {type: 'submit', class: action.danger ? 'danger' : 'primary'}, action.verb);
  const idempotency = api.randomKey();
  const show = () => {
    const calls = action.calls(reason.value);
    const lines = calls
      .slice(0, 3)
      .map((c) => `${action.method} ${c.path}\nIdempotency-Key: ${idempotency}\n${JSON.stringify(c.body)}`);
    shown.textContent = lines.join('\n\n') + (calls.length > 3 ? `\n\nand ${calls.length - 3} more like these` : '');
    same.textContent = action.cli(reason.value || '…');
    go.disabled = !reason.value.trim() || Boolean(typed && typed.value.trim() !== action.typed);
  };
  const dialog = h(
    'dialog',
    {'aria-labelledby': 'dialog-title'},
    h(
      'form',
      {method: 'dialog', oninput: show},
      h('div', {}, h('h2', {id: 'dialog-title'}, action.title), h('p', {class: 'ink2'}, action.text)),
      h(
        'label',
        {class: 'field'},
        'Reason ',
        h('span', {class: 'quiet'}, 'kept in the log, seen by operators and auditors'),
        reason
      ),
      typed && h('label', {class: 'field'}, 'Type ', h('code', {}, action.typed), ' to confirm', typed),
      h(
        'div',
        {},
        h('div', {class: 'strong'}, 'API call'),
        shown,
        h(
          'p',
          {class: 'small ink2'},
          'Same as ',
          same,
          ' ',
          h(
            'button',
            {type: 'button', class: 'plain', onclick: () => navigator.clipboard?.writeText(same.textContent)},
            'Copy'
          )
        )
      ),
      problem,
      h('div', {class: 'ends'}, h('button', {type: 'button', onclick: () => dialog.close()}, 'Cancel'), go)
    )
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before?.isConnected) before.focus();
  });
  dialog.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      for (const c of action.calls(reason.value.trim())) {
        await api.call(action.method, c.path, {body: c.body, headers: {'Idempotency-Key': idempotency}});
      }
      dialog.close();
      await action.done?.();
    } catch (why) {
      problem.replaceChildren(
        note('warn', 'warn', h('b', {}, 'Refused. '), why.message, ' ', h('code', {}, why.code ?? ''))
      );
      go.disabled = false;
    }
  });
  document.body.append(dialog);
  show();
  dialog.showModal();
  reason.focus();
}

// The call behind what is on the page.
export function showRequest(path) {
  const before = document.activeElement;
  const dialog = h(
    'dialog',
    {'aria-label': 'Request of this page'},
    h(
      'form',
      {method: 'dialog'},
      h('h2', {}, 'This page as a request'),
      h('pre', {class: 'code', tabindex: '0'}, curl('GET', path)),
      h('div', {class: 'ends'}, h('button', {class: 'primary'}, 'Close'))
    )
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    before?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}
