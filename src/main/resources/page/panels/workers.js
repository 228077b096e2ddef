/** Who is in the group, with what it reads and does. */
import { bar, byId, element, setNote, setText } from '../dom.js';
import { count, NONE, percent, ranges, rate } from '../format.js';
import { Table } from '../table.js';

const sum = numbers => numbers.reduce((total, number) => total + number, 0);

export class WorkersPanel {
  #work = new Map();
  #ownOnly = false;
  #last;

  #table = new Table(byId('workers-table'), [
    { head: 'Worker', header: true, kind: 'id', show: (cell, row) => this.#name(cell, row) },
    { head: 'Host', kind: 'id wide', text: row => row.host ?? NONE },
    { head: 'Partitions', kind: 'wide', text: row => ranges(row.partitions) },
    { head: 'Partitions held', numeric: true, text: row => count(row.partitions.length) },
    { head: 'Pairs/s', numeric: true, kind: 'work', text: row => this.#pairs(row) },
    { head: 'Busy', kind: 'work', show: (cell, row) => this.#busy(cell, row) },
  ]);

  show({ workers, state }) {
    this.#last = { workers, state };
    byId('workers-table').hidden = false;
    const sorted = [...workers].sort((a, b) => Number(b.self) - Number(a.self)
      || String(a.instanceId).localeCompare(String(b.instanceId), 'en', { numeric: true }));
    this.#table.showColumns(column => column.kind !== 'work' || this.#work.size > 0);
    this.#table.update(sorted, row => row.clientId ?? row.instanceId);
    setText(byId('workers-state'), state ? `the group is ${state.toLowerCase().replaceAll('_', ' ')}` : '');
  }

  /**
   * What each worker did in the last window: pairs a second, and how busy its devices were.
   *
   * @param ownOnly whether nothing is known but of this process's worker
   */
  showWork(windows, seconds, ownOnly) {
    this.#ownOnly = ownOnly;
    this.#work = new Map();
    for (const worker of new Set(windows.map(window => window.worker).filter(Boolean))) {
      const own = windows.filter(window => window.worker === worker);
      const uses = own.flatMap(window => window.devices);
      const devices = new Set(uses.map(use => use.device)).size;
      this.#work.set(worker, {
        pairs: sum(own.map(window => window.pairsPerSecond)),
        busy: devices === 0 ? 0 : sum(uses.map(use => use.inferenceMicros)) / 1e6 / seconds / devices,
      });
    }
    if (this.#last !== undefined) {
      this.show(this.#last);
    }
  }

  #name(cell, row) {
    if (cell.firstElementChild === null) {
      cell.append(element('span'), ' ', element('span', { class: 'tag' }, 'this worker'));
    }
    setText(cell.firstElementChild, row.instanceId ?? row.clientId);
    cell.lastElementChild.hidden = !row.self;
  }

  #isKnown(row) {
    return row.self || !this.#ownOnly;
  }

  #pairs(row) {
    return this.#isKnown(row) ? rate(this.#work.get(row.instanceId)?.pairs ?? 0) : NONE;
  }

  #busy(cell, row) {
    if (!this.#isKnown(row)) {
      setText(cell, NONE);
      return;
    }
    const busy = this.#work.get(row.instanceId)?.busy ?? 0;
    bar(cell, busy, percent(busy));
  }

  fail(error) {
    setNote(byId('workers-error'), error?.message);
  }
}
