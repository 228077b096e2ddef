/** What waits in Kafka: in all over time, and partition by partition. */
import { bar, byId, setNote, setText } from '../dom.js';
import { age, clock, compact, count, counted } from '../format.js';
import { LagHistory } from '../history.js';
import { Plot } from '../plots.js';
import { Table } from '../table.js';

const KEPT_MS = 15 * 60_000;

export class LagPanel {
  #history = new LagHistory(KEPT_MS);
  #most = 0;
  #self = '';
  #plot = new Plot('lag-plot', { text: value => counted(value, 'record'), tick: compact, time: clock,
    least: 10, leastSpanMs: 120_000 });

  #table = new Table(byId('lag-table'), [
    { head: 'Partition', header: true, text: row => String(row.partition) },
    { head: 'Waiting', show: (cell, row) => bar(cell, row.records / this.#most, count(row.records)) },
    { head: 'Oldest', numeric: true, text: row => age(row.oldestAgeMillis) },
    { head: 'Committed', numeric: true, kind: 'offset', text: row => count(row.committedOffset) },
    { head: 'End', numeric: true, kind: 'offset', text: row => count(row.endOffset) },
    { head: 'Worker', kind: 'id wide', text: row => this.#worker(row.worker) },
  ]);

  /** @param {string} instanceId this worker's, marked among the others */
  knowSelf(instanceId) {
    this.#self = instanceId;
  }

  show({ partitions, records }, now) {
    byId('lag-content').hidden = false;
    this.#history.add(now, records);
    this.#most = Math.max(1, ...partitions.map(partition => partition.records ?? 0));
    const line = { label: 'waiting', look: 0, values: this.#history.records };
    this.#plot.show(this.#history.times, [line]);
    const sorted = [...partitions].sort((a, b) => a.partition - b.partition);
    this.#table.update(sorted, row => String(row.partition));
    const behind = partitions.filter(partition => partition.records > 0).length;
    setText(byId('lag-partitions'), behind === 0
      ? `Partitions (${counted(partitions.length, 'partition')}, none behind)`
      : `Partitions (${count(behind)} of ${count(partitions.length)} behind)`);
  }

  #worker(instanceId) {
    if (!instanceId) {
      return 'nobody';
    }
    return instanceId === this.#self ? `${instanceId} (this)` : instanceId;
  }

  fail(error) {
    setNote(byId('lag-error'), error?.message);
  }
}
