/** The figures that are looked at first, of all models together. */
import { byId, setAttribute, setText } from '../dom.js';
import { age, cost, count, micros, NONE, percent, rate } from '../format.js';

/** What is older than this has waited long; what is younger than that is news. */
const OLD_MS = 60_000;
const RECENT_MS = 10 * 60_000;

const sum = numbers => numbers.reduce((total, number) => total + number, 0);

/** What the devices were busy with all models, on average; a device that several models share is counted once. */
function busyShare(windows, seconds) {
  const uses = windows.flatMap(window => window.devices);
  const devices = new Set(uses.map(use => `${use.worker} ${use.device}`));
  return devices.size === 0 ? null : sum(uses.map(use => use.inferenceMicros)) / 1e6 / seconds / devices.size;
}

function set(id, value, note) {
  setText(byId(id), value);
  setText(byId(`${id}-note`), note);
}

export class Figures {
  /**
   * @param {ReturnType<import('../history.js').WindowHistory['latest']>} latest
   * @param {Map<string, string>} labels of models, by key
   */
  showWork(latest, labels) {
    const windows = [...latest.windows.values()];
    const seconds = (latest.end - latest.start) / 1000;
    const pairs = sum(windows.map(window => window.work.pairs));
    const budget = sum(windows.map(window => window.work.tokenBudget));
    const lists = sum(windows.map(window => window.work.requests));
    set('figure-pairs', rate(pairs / seconds), `${rate(lists / seconds)} lists/s`);
    set('figure-busy', percent(busyShare(windows, seconds)), 'of devices at work');
    set('figure-fill', budget === 0 ? NONE : percent(sum(windows.map(window => window.work.tokensRead)) / budget),
      'of the token budget');
    this.#latency(latest, labels);
    this.#cost(windows, seconds);
  }

  #latency({ windows }, labels) {
    const [key, slowest] = [...windows].reduce((worst, each) =>
      worst === undefined || each[1].endToEnd.p99Micros > worst[1].endToEnd.p99Micros ? each : worst, undefined) ?? [];
    if (slowest === undefined) {
      set('figure-latency', NONE, 'no requests');
    } else {
      set('figure-latency', micros(slowest.endToEnd.p99Micros),
        windows.size === 1 ? `p50 ${micros(slowest.endToEnd.p50Micros)}` : `slowest: ${labels.get(key)}`);
    }
  }

  #cost(windows, seconds) {
    const priced = windows.filter(window => window.cost !== null && window.cost !== undefined);
    byId('figure-cost').parentElement.hidden = priced.length === 0 && byId('figure-cost').textContent === NONE;
    if (priced.length > 0) {
      const total = sum(priced.map(window => window.cost));
      const pairs = sum(priced.map(window => window.work.pairs));
      const each = pairs === 0 ? null : (total / pairs) * 1000;
      set('figure-cost', cost(each), `${cost((total * 3600) / seconds)} an hour`);
    }
  }

  showLag({ records, partitions }) {
    const ages = partitions.map(partition => partition.oldestAgeMillis).filter(Number.isFinite);
    const oldest = ages.length === 0 ? null : Math.max(...ages);
    const waiting = oldest === null ? 'records wait' : `oldest ${age(oldest)}`;
    set('figure-lag', count(records), records === 0 ? 'nothing waits' : waiting);
    setAttribute(byId('figure-lag').parentElement, 'data-mood', oldest > OLD_MS ? 'warn' : null);
  }

  showDeadLetters({ counts, deadLetters }, now) {
    const total = sum(Object.values(counts));
    const since = deadLetters.length === 0 ? null : now - Date.parse(deadLetters[0].committedAt);
    set('figure-dead-letters', count(total), since === null ? 'by this worker' : `last ${age(since, 1)} ago`);
    const recent = since !== null && since < RECENT_MS;
    setAttribute(byId('figure-dead-letters').parentElement, 'data-mood', recent ? 'warn' : null);
  }
}
