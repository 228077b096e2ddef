/** How much each model does: a plot of pairs a second, and a table of the last window. */
import { bar, byId, element, setNote, setText } from '../dom.js';
import { compact, cost, count, microsTogether, NONE, percent, rate, windowTime } from '../format.js';
import { WINDOW_SIZES } from '../history.js';
import { lookFor } from '../palette.js';
import { Plot, swatch } from '../plots.js';
import { Table } from '../table.js';

const quantiles = latency => latency === undefined || latency.count === 0
  ? NONE
  : microsTogether([latency.p50Micros, latency.p90Micros, latency.p99Micros]);

const failures = work => Object.values(work.rejections).reduce((total, each) => total + each, 0);

export class ThroughputPanel {
  #size = '10s';
  #plot = new Plot('throughput-plot', {
    text: value => `${rate(value)} pairs/s`,
    tick: compact,
    time: time => windowTime(time, WINDOW_SIZES[this.#size].millis),
  });

  #table = new Table(byId('throughput-table'), [
    { head: 'Model', header: true, show: (cell, row) => this.#name(cell, row) },
    { head: 'Pairs/s', numeric: true, text: row => rate(row.window?.pairsPerSecond ?? 0) },
    { head: 'Lists/s', numeric: true, text: row => rate((row.window?.work.requests ?? 0) / row.seconds) },
    { head: 'Tokens/s', numeric: true, text: row => rate(row.window?.tokensPerSecond ?? 0) },
    { head: 'Busy', show: (cell, row) => bar(cell, row.window?.busyShare, percent(row.window?.busyShare ?? 0)) },
    { head: 'Batch fill', show: (cell, row) => bar(cell, row.window?.batchFill, percent(row.window?.batchFill)) },
    { head: 'Queue', numeric: true, kind: 'times', text: row => quantiles(row.window?.queue) },
    { head: 'Inference', numeric: true, kind: 'times', text: row => quantiles(row.window?.inference) },
    { head: 'End to end', numeric: true, kind: 'times', text: row => quantiles(row.window?.endToEnd) },
    { head: 'Cost/1,000', numeric: true, kind: 'cost', text: row => cost(row.window?.costPer1000Pairs) },
    { head: 'Failed', numeric: true, text: row => (row.window ? count(failures(row.window.work)) : NONE) },
  ]);

  /**
   * @param {string} size of the windows
   * @param {import('../history.js').WindowHistory} history
   * @param {number} now
   * @param {{source: string, missing: string[]}} answer the API's last
   */
  show(size, history, now, { source, missing }) {
    this.#size = size;
    const { label, span } = WINDOW_SIZES[size];
    const models = history.models();
    const latest = history.latest(now);
    const starts = history.shownStarts(now);
    this.#plot.show(starts, models.map(model => ({
      label: model.label,
      look: lookFor(model.key),
      values: history.series(model.key, starts, window => window.pairsPerSecond, 0),
    })));
    this.#table.showColumns(column => column.kind !== 'cost'
      || [...latest.windows.values()].some(window => window.costPer1000Pairs !== null));
    this.#table.update(models.map(model => ({ ...model, window: latest.windows.get(model.key),
      seconds: (latest.end - latest.start) / 1000 })), row => row.key);
    setText(byId('throughput-window'), `${windowTime(latest.start, 0)} to ${windowTime(latest.end, 0)}`
      + (latest.soFar ? ', so far' : ''));
    byId('throughput-content').hidden = models.length === 0;
    byId('throughput-empty').hidden = models.length > 0;
    setText(byId('throughput-span'), span);
    byId('throughput-elsewhere').hidden = source !== 'streams';
    this.#source(source, missing ?? [], label);
  }

  #source(source, missing) {
    setNote(byId('throughput-alone'), source === 'worker'
      ? 'Of this worker alone, and only what it did since it started, an hour at most. All workers together are added '
        + 'up by ./streamrank throughput, or by workers with streamrank.throughput.enabled=true.'
      : '');
    setNote(byId('throughput-missing'), missing.length > 0
      ? `These figures are too low: ${missing.join(', ')} did not answer with what it holds.`
      : '');
  }

  #name(cell, row) {
    if (cell.firstElementChild === null) {
      cell.append(swatch(lookFor(row.key)), element('span'));
    }
    setText(cell.lastElementChild, row.label);
  }

  fail(error) {
    setNote(byId('throughput-error'), error?.message);
  }
}
