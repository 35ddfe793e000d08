// SPDX-License-Identifier: Apache-2.0
import {h, head} from './dom.js';
export function show(root) {
  root.append(head('No such page', ['The console begins at the ', h('a', {href: '#/overview'}, 'overview'), '.']));
}
