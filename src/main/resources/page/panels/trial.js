/** A form that ranks a few documents at once, through the worker's own batcher. */
import { beforeAfterTable } from '../before-after.js';
import { byId, element, keyed, setNote, setText } from '../dom.js';
import { counted, micros } from '../format.js';

const EXAMPLE = {
  query: 'What is the capital of Peru?',
  documents: [
    'The potato was first grown in the Andes of Peru.',
    'Quito is the capital of Ecuador.',
    'Lima is the capital and largest city of Peru.',
    'Machu Picchu was built by the Inca in the 15th century.',
  ],
};

export class TrialPanel {
  #api;
  #model = byId('trial-model');
  #query = byId('trial-query');
  #documents = byId('trial-documents');
  #button = byId('trial-submit');

  /** @param {import('../api.js').Api} api */
  constructor(api) {
    this.#api = api;
    const form = byId('trial-form');
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.#rank();
    });
    form.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        form.requestSubmit();
      }
    });
    byId('trial-example').addEventListener('click', () => {
      this.#query.value = EXAMPLE.query;
      this.#documents.value = EXAMPLE.documents.join('\n');
    });
  }

  /** Offers these models, the default one first chosen. */
  offer(models) {
    const before = this.#model.value;
    keyed(this.#model, models, model => model.id, model => element('option', { value: model.id }),
      (node, model) => setText(node, model.default ? `${model.id} (default)` : model.id));
    this.#model.value = models.some(model => model.id === before)
      ? before
      : (models.find(model => model.default) ?? models[0])?.id ?? '';
    this.#button.disabled = models.length === 0;
  }

  async #rank() {
    if (this.#button.getAttribute('aria-disabled') === 'true') {
      return;
    }
    const documents = this.#documents.value.split('\n').map(line => line.trim()).filter(Boolean);
    setNote(byId('trial-error'), '');
    if (documents.length === 0) {
      setNote(byId('trial-error'), 'There is no document: write one a line.');
      return;
    }
    this.#button.setAttribute('aria-disabled', 'true');
    setText(this.#button, 'Ranking …');
    try {
      const start = performance.now();
      const answer = await this.#api.rerank({ model: this.#model.value, query: this.#query.value, documents });
      this.#show(documents, answer, 1000 * (performance.now() - start));
    } catch (e) {
      if (e.kind === undefined) {
        throw e;
      }
      byId('trial-result').hidden = true;
      setNote(byId('trial-error'), e.message);
    } finally {
      this.#button.removeAttribute('aria-disabled');
      setText(this.#button, 'Rank');
    }
  }

  #show(documents, answer, tookMicros) {
    const about = answer.streamrank ?? {};
    const candidates = answer.results.map((result, i) => ({
      id: `document ${result.index + 1}`,
      rank: i + 1,
      previousRank: result.index + 1,
      score: result.score ?? result.relevance_score,
      truncated: about.truncated?.includes(result.index) ?? false,
      text: documents[result.index],
    }));
    const { queueMicros, tokenizeMicros, inferenceMicros } = about;
    setText(byId('trial-summary'), `${counted(candidates.length, 'document')} by ${answer.model} in `
      + `${micros(tookMicros)}, of which queue ${micros(queueMicros)}, tokenizing ${micros(tokenizeMicros)}, `
      + `inference ${micros(inferenceMicros)}.`);
    setNote(byId('trial-warnings'), (answer.meta?.warnings ?? []).join(' '));
    byId('trial-table').replaceChildren(beforeAfterTable('The documents, before and after', candidates));
    byId('trial-result').hidden = false;
  }
}
