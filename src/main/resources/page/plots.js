/** Plots over time, each with a legend that reads out values and a table of its figures. */
import uPlot from './lib/uplot/uPlot.esm.js';
import { byId, element, keyed, setText } from './dom.js';
import { Table } from './table.js';

const SVG = 'http://www.w3.org/2000/svg';
const LOOKS = 6;

/** Told apart without colour too. */
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 5], [4, 2, 2, 2, 2, 2]];

/**
 * A line's look: colours come round after six lines, each time with other dashes.
 *
 * @param {number} index which line
 */
function lookOf(index) {
  return { colour: `--series-${(index % LOOKS) + 1}`, dash: DASHES[(index + Math.floor(index / LOOKS)) % LOOKS] };
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A piece of a line as it is drawn in the plot, for legends and tables. */
export function swatch(index) {
  const { dash } = lookOf(index);
  const svg = document.createElementNS(SVG, 'svg');
  const line = document.createElementNS(SVG, 'line');
  svg.setAttribute('class', `swatch series-${(index % LOOKS) + 1}`);
  svg.setAttribute('viewBox', '0 0 28 8');
  svg.setAttribute('aria-hidden', 'true');
  Object.entries({ x1: 0, y1: 4, x2: 28, y2: 4, 'stroke-dasharray': dash.join(' ') })
    .forEach(([name, value]) => line.setAttribute(name, value));
  svg.append(line);
  return svg;
}

/**
 * A line of a plot.
 *
 * @typedef {object} Line
 * @property {string} label
 * @property {number} look a number that stays the line's own
 * @property {(number|null)[]} values
 */

export class Plot {
  #holder;
  #legend;
  #options;
  #plot;
  #lines = [];
  #times = [];
  #details;
  #table;
  #columns = '';

  /**
   * @param {string} id of an element that holds a `.plot`, a `.legend` and a `details.figures`
   * @param {object} options
   * @param {(value: number) => string} options.text a value with its unit
   * @param {(value: number) => string} options.tick a value on the axis
   * @param {(time: number) => string} options.time a time in milliseconds
   * @param {number} [options.least] up to which value the axis goes at least
   * @param {number} [options.leastSpanMs] how much time the plot covers at least
   */
  constructor(id, options) {
    const root = byId(id);
    this.#options = { least: 1, leastSpanMs: 1_000, ...options };
    this.#holder = root.querySelector('.plot');
    this.#legend = root.querySelector('.legend');
    this.#details = root.querySelector('details.figures');
    this.#details.addEventListener('toggle', () => this.#fillTable());
    new ResizeObserver(() => this.#resize()).observe(this.#holder);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot?.redraw());
  }

  /**
   * @param {number[]} times in milliseconds, rising
   * @param {Line[]} lines
   */
  show(times, lines) {
    const same = lines.length === this.#lines.length
      && lines.every((line, i) => line.label === this.#lines[i].label && line.look === this.#lines[i].look);
    this.#times = times;
    this.#lines = lines;
    const data = [times.map(time => time / 1000), ...lines.map(line => line.values)];
    if (same && this.#plot !== undefined) {
      this.#plot.setData(data);
    } else {
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#uplotOptions(lines), data, this.#holder);
    }
    this.#readOut();
    this.#fillTable();
  }

  #uplotOptions(lines) {
    const axis = { stroke: () => colour('--muted'), font: '12px system-ui, sans-serif',
      grid: { stroke: () => colour('--grid'), width: 1 }, ticks: { show: false } };
    return {
      ...this.#size(),
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { setCursor: [() => this.#readOut()] },
      scales: {
        x: { range: (plot, first, last) => [Math.min(first, last - this.#options.leastSpanMs / 1000), last] },
        y: { range: (plot, low, high) => [0, Math.max(high * 1.08, this.#options.least)] },
      },
      axes: [
        { ...axis, space: 76, size: 28, values: (plot, times) => times.map(time => this.#options.time(time * 1000)) },
        { ...axis, space: 34, size: 58, values: (plot, values) => values.map(value => this.#options.tick(value)) },
      ],
      series: [{}, ...lines.map(line => this.#series(line))],
    };
  }

  #series(line) {
    const { colour: name, dash } = lookOf(line.look);
    return {
      label: line.label,
      stroke: () => colour(name),
      width: 2,
      dash,
      points: { show: (plot, index) => plot.data[index].filter(value => value !== null).length === 1, size: 6 },
    };
  }

  #size() {
    return { width: Math.max(120, this.#holder.clientWidth), height: Math.max(90, this.#holder.clientHeight) };
  }

  #resize() {
    this.#plot?.setSize(this.#size());
  }

  /** Says the values under the pointer, or the last ones. */
  #readOut() {
    const index = this.#plot?.cursor.idx ?? this.#times.length - 1;
    keyed(this.#legend, this.#lines, line => `${line.look} ${line.label}`,
      line => element('li', {}, swatch(line.look), element('span', { class: 'name' }, line.label),
        element('span', { class: 'value' })),
      (node, line) => setText(node.lastElementChild, this.#text(line.values[index])));
  }

  #text(value) {
    return value === null || value === undefined ? '–' : this.#options.text(value);
  }

  /** Newest first; filled only while it is looked at. */
  #fillTable() {
    if (!this.#details.open) {
      return;
    }
    const labels = this.#lines.map(line => line.label);
    if (this.#columns !== labels.join('\n')) {
      this.#columns = labels.join('\n');
      const table = element('table', {}, element('caption', { class: 'unseen' }, this.#details.dataset.caption));
      this.#table = new Table(table, [
        { head: 'Time', header: true, text: row => this.#options.time(this.#times[row]) },
        ...labels.map((head, i) => ({ head, numeric: true, text: row => this.#text(this.#lines[i].values[row]) })),
      ]);
      this.#details.querySelector('.scroll').replaceChildren(table);
    }
    this.#table.update(this.#times.map((time, i) => i).reverse(), row => String(this.#times[row]));
  }
}
