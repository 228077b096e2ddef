/** A ranking as a table of candidates: where each is, where it was, and by what score. */
import { bar, element, setText } from './dom.js';
import { count, score } from './format.js';
import { Table } from './table.js';

/** How far a candidate moved, in signs for the eye and words for screen readers. */
export function movement({ rank, previousRank }) {
  const places = previousRank - rank;
  const kind = places > 0 ? 'up' : places < 0 ? 'down' : 'same';
  const sign = { up: '▲', down: '▼', same: '=' }[kind];
  const word = { up: 'up', down: 'down', same: 'kept its place' }[kind];
  return element('span', { class: `movement ${kind}` },
    element('span', { 'aria-hidden': 'true' }, sign),
    element('span', { class: 'unseen' }, word),
    places === 0 ? '' : ` ${count(Math.abs(places))}`);
}

/** The scale of score bars: from 0 to 1 where all scores are, else from the lowest to the highest. */
function scaleOf(candidates) {
  const scores = candidates.map(candidate => candidate.score);
  const low = Math.min(...scores);
  const high = Math.max(...scores);
  return low >= 0 && high <= 1 ? value => value : value => (high === low ? 1 : (value - low) / (high - low));
}

/**
 * @param {string} caption names the table
 * @param {{id: string, rank: number, previousRank: number, score: number, truncated: boolean, text?: string}[]}
 *   candidates best first
 */
export function beforeAfterTable(caption, candidates) {
  const scale = scaleOf(candidates);
  const table = element('table', { class: 'candidates' }, element('caption', { class: 'unseen' }, caption));
  const rows = new Table(table, [
    { head: 'Rank', numeric: true, kind: 'rank', text: row => count(row.rank) },
    { head: 'Was', numeric: true, kind: 'was', text: row => count(row.previousRank) },
    { head: 'Moved', kind: 'moved', show: (cell, row) => cell.replaceChildren(movement(row)) },
    { head: 'Score', kind: 'score', show: (cell, row) => bar(cell, scale(row.score), score(row.score)) },
    { head: 'Document', header: true, kind: 'document', show: describe },
  ]);
  rows.update(candidates, row => String(row.rank));
  return table;
}

function describe(cell, row) {
  cell.replaceChildren(element('span', { class: 'document-id' }, row.id));
  if (row.truncated) {
    cell.append(' ', element('span', { class: 'tag', title: 'The model saw only its beginning.' }, 'cut'));
  }
  if (row.text) {
    const text = element('span', { class: 'document-text' });
    setText(text, row.text);
    cell.append(text);
  }
}
