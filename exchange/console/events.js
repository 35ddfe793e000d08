// SPDX-License-Identifier: Apache-2.0
// What an event of the stream says, in words with links.
import {h, id, num} from './dom.js';
import {serverName} from './store.js';

const task = (n) => h('a', {href: `#/task/${n}`}, id(n));
const server = (n) => h('a', {href: `#/providers?server=${n}`}, serverName(n));

const WORDS = {
  'task.accepted': (d) => [task(d.task), ' accepted, fee held'],
  'task.awarded': (d) => [task(d.task), d.attempt > 1 ? ` awarded, attempt ${d.attempt}` : ' awarded'],
  'task.started': (d) => [task(d.task), ' runs'],
  'task.settled': (d) => [task(d.task), ' settled in time'],
  'task.late': (d) => [task(d.task), ' settled late, credit given'],
  'task.fault': (d) => [task(d.task), ' ended by its own fault'],
  'task.unserved': (d) => [task(d.task), ' not served, fee released'],
  'task.cancelled': (d) => [task(d.task), ' cancelled'],
  'task.failed': (d) => [task(d.task), ' failed, fee released'],
  'task.disputed': (d) => [task(d.task), ' disputed'],
  'task.refunded': (d) => [task(d.task), ' refunded after a dispute'],
  'award.offered': (d) => [task(d.task), ' offered to ', server(d.server)],
  'award.expired': (d) => [task(d.task), ': no word from ', server(d.server)],
  'award.cancelled': (d) => [task(d.task), ': part of ', server(d.server), ' cancelled'],
  'award.failed': (d) => [task(d.task), ': ', server(d.server), ' gave up'],
  'ask.inforce': (d) => ['ask of ', server(d.server), ' is in force'],
  'cycle.cut': (d) => ['cycle ', h('a', {href: `#/cycle/${d.cycle}`}, num(d.cycle)), ' began'],
  'slot.cleared': (d) => [`slot ${num(d.slot)}, ${num(d.awards)} awarded`],
  'exchange.resumed': () => ['open again'],
  'exchange.halted': () => ['nothing is accepted and sold'],
  checkpoint: (d) => [`size ${num(d.size)}, signed`],
};
export function eventWords(event) {
  const words = WORDS[event.name];
  if (words) return words(event.data);
  return event.name.startsWith('server.') ? [server(event.data.server), ` is ${event.name.slice(7)}`] : null;
}
export const eventKinds = ['task', 'award', 'ask', 'server', 'cycle', 'slot', 'exchange', 'checkpoint'];
