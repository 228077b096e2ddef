/** How long requests of one model wait and are worked on: quantiles over time. */
import { byId, element, keyed, setText } from '../dom.js';
import { micros, windowTime } from '../format.js';
import { WINDOW_SIZES } from '../history.js';
import { Plot } from '../plots.js';

const STAGES = ['queue', 'inference', 'endToEnd'];
const QUANTILES = ['p50', 'p90', 'p99'];

export class LatencyPanel {
  #size = '10s';
  #select = byId('latency-model');
  #plots = new Map([['queue', 'latency-queue'], ['inference', 'latency-inference'], ['endToEnd', 'latency-end-to-end']]
    .map(([stage, id]) => [stage, this.#plot(id)]));

  /** @param {() => void} onChoice another model is wanted */
  constructor(onChoice) {
    this.#select.addEventListener('change', onChoice);
  }

  #plot(id) {
    return new Plot(id, {
      text: micros,
      least: 1_000,
      tick: value => (value === 0 ? '0' : micros(value)),
      time: time => windowTime(time, WINDOW_SIZES[this.#size].millis),
    });
  }

  /**
   * @param {string} size of the windows
   * @param {import('../history.js').WindowHistory} history
   * @param {number} now
   */
  show(size, history, now) {
    this.#size = size;
    const models = history.models();
    keyed(this.#select, models, model => model.key, model => element('option', { value: model.key }),
      (node, model) => setText(node, model.label));
    byId('latency').hidden = models.length === 0;
    const starts = history.shownStarts(now);
    for (const stage of STAGES) {
      this.#plots.get(stage).show(starts, QUANTILES.map((quantile, look) => ({
        label: quantile,
        look,
        values: history.series(this.#select.value, starts, window => this.#value(window[stage], quantile), null),
      })));
    }
  }

  #value(latency, quantile) {
    return latency.count === 0 ? null : latency[`${quantile}Micros`];
  }
}
