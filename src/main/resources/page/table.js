/** Tables whose rows stay the same elements while their figures change. */
import { element, keyed, setText } from './dom.js';

/**
 * A column.
 *
 * @typedef {object} Column
 * @property {string} head
 * @property {(row: any) => string} [text] what its cells say
 * @property {(cell: Element, row: any) => void} [show] or how they are filled
 * @property {boolean} [numeric] aligned to the right
 * @property {boolean} [header] names its row
 * @property {string} [kind] a class of its own
 */

export class Table {
  #columns;
  #body;
  #shown;

  /**
   * @param {HTMLTableElement} table empty but for its caption; its roles are named, for on narrow screens it is laid
   *   out as cards, and browsers then forget that it is a table
   * @param {Column[]} columns
   */
  constructor(table, columns) {
    this.#columns = columns;
    this.#shown = columns;
    table.setAttribute('role', 'table');
    const head = element('tr', { role: 'row' });
    columns.forEach(column => head.append(element('th', { ...look(column), scope: 'col', role: 'columnheader' },
      column.head)));
    this.#body = element('tbody', { role: 'rowgroup' });
    table.append(element('thead', { role: 'rowgroup' }, head), this.#body);
  }

  /**
   * @param {any[]} rows
   * @param {(row: any) => string} key tells rows apart
   */
  update(rows, key) {
    keyed(this.#body, rows, key, () => this.#row(), (node, row) => this.#fill(node, row));
  }

  /** Leaves out the columns for which this is false. */
  showColumns(wanted) {
    const shown = this.#columns.filter(wanted);
    if (shown.length !== this.#shown.length) {
      this.#shown = shown;
      const index = this.#columns.map(column => shown.includes(column));
      const rows = [...this.#body.parentElement.tHead.rows, ...this.#body.rows];
      rows.forEach(row => [...row.cells].forEach((cell, i) => {
        cell.hidden = !index[i];
      }));
    }
  }

  #row() {
    const row = element('tr', { role: 'row' });
    this.#columns.forEach(column => {
      const attributes = { ...look(column), 'data-label': column.head };
      const cell = column.header
        ? element('th', { ...attributes, scope: 'row', role: 'rowheader' })
        : element('td', { ...attributes, role: 'cell' });
      cell.hidden = !this.#shown.includes(column);
      row.append(cell);
    });
    return row;
  }

  #fill(node, row) {
    this.#columns.forEach((column, i) => {
      if (column.show) {
        column.show(node.cells[i], row);
      } else {
        setText(node.cells[i], column.text(row));
      }
    });
  }
}

function look(column) {
  const names = [column.numeric && 'numeric', column.kind].filter(Boolean);
  return names.length === 0 ? {} : { class: names.join(' ') };
}
