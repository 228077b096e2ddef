/** The last rankings: a row each, which opens to its candidates before and after. */
import { beforeAfterTable } from '../before-after.js';
import { byId, element, keyed, setNote } from '../dom.js';
import { clock, count, counted, micros, position, revision } from '../format.js';

const keyOf = ({ source }) => `${source.topic}/${source.partition}/${source.offset}`;

export class RankingsPanel {
  #list = byId('rankings-list');
  #shown = [];

  show({ rankings, textsShown }) {
    const keys = new Set(rankings.map(keyOf));
    const looked = this.#shown.filter(ranking => !keys.has(keyOf(ranking)) && this.#isLookedAt(keyOf(ranking)));
    this.#shown = [...rankings, ...looked];
    keyed(this.#list, this.#shown, keyOf, create, () => {});
    byId('rankings-empty').hidden = this.#shown.length > 0;
    byId('rankings-texts').hidden = textsShown !== false || this.#shown.length === 0;
  }

  /** One that is open, or has the focus, stays though newer ones have come. */
  #isLookedAt(key) {
    const node = [...this.#list.children].find(child => child.dataset.key === key);
    return node !== undefined && (node.firstElementChild.open || node.contains(document.activeElement));
  }

  fail(error) {
    setNote(byId('rankings-error'), error?.message);
  }
}

function create(ranking) {
  const details = element('details', { class: 'ranking' }, summary(ranking));
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) {
      details.append(content(ranking));
    }
  });
  return element('li', {}, details);
}

function summary(ranking) {
  const name = ranking.query ?? ranking.queryId ?? ranking.requestId;
  return element('summary', {},
    element('time', { datetime: ranking.committedAt }, clock(ranking.committedAt)),
    element('span', { class: ranking.query ? 'query' : 'query id' }, name),
    element('span', { class: 'model id' }, ranking.model),
    element('span', { class: 'change' }, ...change(ranking)));
}

/** What became of the first place, which says most in least room. */
function change({ outcome, candidates }) {
  if (outcome !== 'ranked') {
    return [element('span', { class: 'tag warn' }, outcome)];
  }
  const [first] = candidates;
  if (first === undefined) {
    return [];
  }
  return first.previousRank === 1
    ? [element('span', { class: 'movement same' }, 'first stays first')]
    : [element('span', { class: 'movement up' }, `first was ${count(first.previousRank)}`)];
}

function content(ranking) {
  const box = element('div', { class: 'ranking-content' }, facts(ranking));
  if (ranking.outcome !== 'ranked') {
    box.append(element('p', { class: 'hint' }, 'Its deadline had passed, so it was answered as it came, unscored.'));
  }
  if (ranking.candidates.length > 0) {
    box.append(beforeAfterTable(`Candidates of ${ranking.requestId}, before and after`, ranking.candidates));
  }
  return box;
}

function facts(ranking) {
  const list = element('dl', { class: 'facts' });
  const entries = {
    Request: ranking.requestId,
    ...(ranking.query && ranking.queryId ? { Query: ranking.queryId } : {}),
    Model: `${ranking.model}, revision ${revision(ranking.revision ?? '')}`,
    Source: position(ranking.source),
    Shown: counted(ranking.candidates.length, 'candidate'),
    Queue: micros(ranking.queueMicros),
    Tokenizing: micros(ranking.tokenizeMicros),
    Inference: micros(ranking.inferenceMicros),
  };
  Object.entries(entries).forEach(([term, text]) =>
    list.append(element('div', {}, element('dt', {}, term), element('dd', {}, text))));
  return list;
}
