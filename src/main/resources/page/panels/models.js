/** What this worker has loaded. */
import { bar, byId, element, setNote, setText } from '../dom.js';
import { bytes, count, NONE, percent, revision } from '../format.js';
import { Table } from '../table.js';

function cache(cell, use) {
  const asked = (use?.hits ?? 0) + (use?.misses ?? 0);
  const rest = use?.bytes ? `, ${bytes(use.bytes)}` : '';
  bar(cell, asked === 0 ? 0 : use.hits / asked, asked === 0 ? NONE : `${percent(use.hits / asked)}${rest}`);
  cell.title = asked === 0
    ? 'never asked'
    : `${count(use.hits)} hits, ${count(use.misses)} misses, ${count(use.evictions)} evictions`;
}

export class ModelsPanel {
  #table = new Table(byId('models-table'), [
    { head: 'Model', header: true, kind: 'id', show: (cell, row) => this.#name(cell, row) },
    { head: 'Family', text: row => row.family ?? NONE },
    { head: 'Revision', kind: 'id nowrap', show: (cell, row) => this.#revision(cell, row) },
    { head: 'Requests', numeric: true, text: row => (row.share === undefined ? NONE : percent(row.share)) },
    { head: 'Device', text: row => row.device ?? NONE },
    { head: 'Arithmetic', text: row => row.dtype ?? NONE },
    { head: 'Max length', numeric: true, text: row => count(row.maxLength) },
    { head: 'Memory', numeric: true, text: row => bytes(row.residentBytes) },
    { head: 'Token cache hits', kind: 'wide', show: (cell, row) => cache(cell, row.tokenCache) },
    { head: 'State cache hits', kind: 'wide', show: (cell, row) => cache(cell, row.stateCache) },
  ]);

  show({ models }) {
    this.#table.update(models, row => `${row.id} ${row.revision}`);
    byId('models-table').hidden = models.length === 0;
    byId('models-empty').hidden = models.length > 0;
  }

  #name(cell, row) {
    if (cell.firstElementChild === null) {
      cell.append(element('span'), ' ', element('span', { class: 'tag' }, 'default'));
    }
    setText(cell.firstElementChild, row.id);
    cell.lastElementChild.hidden = !row.default;
  }

  #revision(cell, row) {
    setText(cell, revision(row.revision ?? NONE));
    cell.title = row.revision ?? '';
  }

  fail(error) {
    setNote(byId('models-error'), error?.message);
  }
}
