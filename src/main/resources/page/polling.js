/** Asks again and again, never twice at once, less often while it fails, and not while nobody looks. */

const LONGEST_WAIT_MS = 30_000;

/** Lets pollers through while there is no reason to hold them. */
export class Gate {
  #reasons = new Set();
  #listeners = [];

  get isOpen() {
    return this.#reasons.size === 0;
  }

  /** Holds all pollers for a reason, or drops it; those without any left ask at once. */
  hold(reason, held) {
    const wasOpen = this.isOpen;
    if (held) {
      this.#reasons.add(reason);
    } else {
      this.#reasons.delete(reason);
    }
    if (!wasOpen && this.isOpen) {
      this.#listeners.forEach(listener => listener());
    }
  }

  onOpen(listener) {
    this.#listeners.push(listener);
  }
}

export class Poller {
  #gate;
  #intervalMs;
  #load;
  #onData;
  #onError;
  #busy = false;
  #again = false;
  #failures = 0;
  #timer;

  /**
   * @param {Gate} gate holds it
   * @param {number} intervalMs from an answer to the next question
   * @param {() => Promise<unknown>} load asks
   * @param {(data: unknown) => void} onData shows the answer
   * @param {(error: Error) => void} onError shows why there is none
   */
  constructor(gate, intervalMs, load, onData, onError) {
    this.#gate = gate;
    this.#intervalMs = intervalMs;
    this.#load = load;
    this.#onData = onData;
    this.#onError = onError;
    gate.onOpen(() => this.poke());
  }

  /** Asks now, or as soon as the question under way is answered. */
  async poke() {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    if (!this.#gate.isOpen) {
      return;
    }
    this.#busy = true;
    let wait = this.#intervalMs;
    try {
      const data = await this.#load();
      this.#failures = 0;
      this.#onData(data);
    } catch (e) {
      if (e.kind === undefined) {
        throw e;
      }
      this.#failures++;
      wait = Math.max(e.retryAfterMs, Math.min(this.#intervalMs * 2 ** this.#failures, LONGEST_WAIT_MS));
      this.#onError(e);
    } finally {
      this.#busy = false;
      this.#timer = setTimeout(() => this.poke(), this.#again ? 0 : wait);
      this.#again = false;
    }
  }
}
