/** What came before: windows of throughput as the API tells them, and lag as this page has seen it. */

/** The windows there are; the page shows the last 60 of each. */
export const WINDOW_SIZES = {
  '10s': { millis: 10_000, label: '10 s', span: '10 minutes' },
  '1m': { millis: 60_000, label: '1 min', span: 'hour' },
  '1h': { millis: 3_600_000, label: '1 h', span: '60 hours' },
};

const WINDOWS_SHOWN = 60;

/** After its end a window still grows for as long as transactions and sums take to be committed. */
const SETTLE_MS = 3_000;

/**
 * One model's figures for one moment.
 *
 * @typedef {object} Model
 * @property {string} key tells it from others
 * @property {string} label its id, with its revision where there are several
 */

export class WindowHistory {
  #sizeMs;
  #models = new Map();

  /** @param {string} size a key of WINDOW_SIZES */
  constructor(size) {
    this.#sizeMs = WINDOW_SIZES[size].millis;
  }

  /** Takes windows; one that is known already is replaced. */
  add(windows) {
    for (const window of windows) {
      const key = `${window.model} ${window.revision}`;
      if (!this.#models.has(key)) {
        this.#models.set(key, { key, model: window.model, revision: window.revision, windows: new Map() });
      }
      this.#models.get(key).windows.set(Date.parse(window.start), window);
    }
  }

  /** Drops what is too old to be shown at this time. */
  forget(now) {
    const first = this.#firstStart(now) - this.#sizeMs;
    for (const [key, model] of this.#models) {
      [...model.windows.keys()].filter(start => start < first).forEach(start => model.windows.delete(start));
      if (model.windows.size === 0) {
        this.#models.delete(key);
      }
    }
  }

  /** From when on windows may still change enough to be asked for again. */
  openSince(now) {
    return new Date(this.#lastStart(now) - 2 * this.#sizeMs).toISOString();
  }

  /** The models that windows tell of, by name. @returns {Model[]} */
  models() {
    const models = [...this.#models.values()].sort((a, b) => a.key.localeCompare(b.key));
    return models.map(({ key, model, revision }) => {
      const alone = models.filter(other => other.model === model).length === 1;
      return { key, label: alone ? model : `${model} (${revision.slice(0, 7)})` };
    });
  }

  /**
   * The last window that has ended; until there is one, the window that fills.
   *
   * @returns {{start: number, end: number, soFar: boolean, windows: Map<string, object>}} windows by model; who did
   *   nothing has none
   */
  latest(now) {
    const last = this.#lastStart(now);
    const starts = this.#starts();
    const soFar = starts.length > 0 && starts.every(start => start > last);
    const start = soFar ? Math.max(...starts) : last;
    const windows = new Map();
    this.#models.forEach((model, key) => {
      const window = model.windows.get(start);
      if (window !== undefined) {
        windows.set(key, window);
      }
    });
    return { start, end: start + this.#sizeMs, soFar, windows };
  }

  /** The starts of the windows that have ended and are shown, whether anything was done in them or not. */
  shownStarts(now) {
    const starts = [];
    for (let start = this.#firstStart(now); start <= this.#lastStart(now); start += this.#sizeMs) {
      starts.push(start);
    }
    return starts;
  }

  /**
   * A model's figure in each window shown.
   *
   * @param {string} key the model's
   * @param {number[]} starts of the windows
   * @param {(window: object) => number|null} figure
   * @param {number|null} idle where nothing was done; before the first window known there is null either way
   */
  series(key, starts, figure, idle) {
    const windows = this.#models.get(key)?.windows ?? new Map();
    const first = Math.min(...this.#starts());
    return starts.map(start => {
      const window = windows.get(start);
      return window === undefined ? (start < first ? null : idle) : figure(window);
    });
  }

  #starts() {
    return [...this.#models.values()].flatMap(model => [...model.windows.keys()]);
  }

  #lastStart(now) {
    return Math.floor((now - SETTLE_MS) / this.#sizeMs) * this.#sizeMs - this.#sizeMs;
  }

  #firstStart(now) {
    return this.#lastStart(now) - (WINDOWS_SHOWN - 1) * this.#sizeMs;
  }
}

/** The lag at each moment that this page asked. */
export class LagHistory {
  #keptMs;
  #moments = [];

  /** @param {number} keptMs how far back it goes */
  constructor(keptMs) {
    this.#keptMs = keptMs;
  }

  add(time, records) {
    this.#moments.push({ time, records });
    this.#moments = this.#moments.filter(moment => moment.time >= time - this.#keptMs);
  }

  get times() {
    return this.#moments.map(moment => moment.time);
  }

  get records() {
    return this.#moments.map(moment => moment.records);
  }
}
