/** What could not be ranked: how many for each reason, and the last ones. */
import { bar, byId, element, setNote, setText } from '../dom.js';
import { clock, count, NONE, position } from '../format.js';
import { Table } from '../table.js';

export class DeadLettersPanel {
  #most = 1;

  #reasons = new Table(byId('dead-letters-reasons'), [
    { head: 'Reason', header: true, kind: 'id nowrap', text: row => row.reason },
    { head: 'Events', show: (cell, row) => bar(cell, row.events / this.#most, count(row.events)) },
  ]);

  #letters = new Table(byId('dead-letters-table'), [
    { head: 'Time', show: time },
    { head: 'Reason', header: true, kind: 'id nowrap', text: row => row.reason },
    { head: 'Model', kind: 'id wide', text: row => row.model ?? NONE },
    { head: 'Came from', kind: 'id wide', text: row => position(row.source) },
    { head: 'What was wrong', kind: 'message wide', text: row => row.message },
  ]);

  show({ deadLetters, counts }) {
    const rows = Object.entries(counts).map(([reason, events]) => ({ reason, events })).filter(row => row.events > 0)
      .sort((a, b) => b.events - a.events);
    this.#most = Math.max(1, ...rows.map(row => row.events));
    this.#reasons.update(rows, row => row.reason);
    this.#letters.update(deadLetters, row => `${position(row.source)} ${row.committedAt}`);
    byId('dead-letters-content').hidden = rows.length === 0 && deadLetters.length === 0;
    byId('dead-letters-empty').hidden = rows.length > 0 || deadLetters.length > 0;
  }

  fail(error) {
    setNote(byId('dead-letters-error'), error?.message);
  }
}

function time(cell, { committedAt }) {
  if (cell.firstElementChild === null) {
    cell.append(element('time', { datetime: committedAt }));
  }
  setText(cell.firstElementChild, clock(committedAt));
}
