/** Talks to the API that serves this page: adds the token, limits the time, gives every failure one shape. */

const BASE = new URL('../api/', import.meta.url);
const TOKEN_KEY = 'streamrank.token';
const READ_TIMEOUT_MS = 10_000;
const RANK_TIMEOUT_MS = 60_000;

/** Why there is no answer. */
export class ApiError extends Error {
  /**
   * @param {'unreachable'|'slow'|'token'|'refused'|'status'} kind unreachable: nobody answers; slow: an answer did not
   *   come in time; token: one is wanted, or another; refused: not to this page; status: any other error answer
   * @param {string} message for people
   * @param {number} status that of the answer; 0 where there was none
   * @param {number} retryAfterMs how long the API asks to be left alone; 0 where it does not say
   * @param {string|null} token what was asked with; null where that was nothing
   */
  constructor(kind, message, status = 0, retryAfterMs = 0, token = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.token = token;
  }
}

export class Api {
  #clockOffsetMs = 0;
  #onAnswer;

  /** @param {() => void} onAnswer called with each answer, whatever its status */
  constructor(onAnswer) {
    this.#onAnswer = onAnswer;
  }

  /** Whether a token is kept for this tab. */
  get hasToken() {
    return sessionStorage.getItem(TOKEN_KEY) !== null;
  }

  /** Whether an error is about a token that is no longer the one in use. */
  isOutdated(error) {
    return error.kind === 'token' && error.token !== sessionStorage.getItem(TOKEN_KEY);
  }

  /** Keeps a token until the tab is closed. */
  useToken(token) {
    sessionStorage.setItem(TOKEN_KEY, token);
  }

  forgetToken() {
    sessionStorage.removeItem(TOKEN_KEY);
  }

  /** The server's time in milliseconds, to the second: windows begin and end by its clock, not by the browser's. */
  now() {
    return Date.now() + this.#clockOffsetMs;
  }

  /**
   * Reads one of the API's resources.
   *
   * @param {string} name such as 'throughput'
   * @param {Record<string, string>} query parameters
   */
  async get(name, query = {}) {
    const url = new URL(name, BASE);
    url.search = new URLSearchParams(query).toString();
    return this.#fetch(url, { method: 'GET' }, READ_TIMEOUT_MS);
  }

  /** Ranks documents; the body is that of Cohere's and Jina's clients. */
  async rerank(body) {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    return this.#fetch(new URL('rerank', BASE), init, RANK_TIMEOUT_MS);
  }

  async #fetch(url, init, timeoutMs) {
    const headers = new Headers(init.headers);
    headers.set('Accept', 'application/json');
    const token = sessionStorage.getItem(TOKEN_KEY);
    if (token !== null) {
      headers.set('Authorization', `Bearer ${token}`);
    }
    const request = { ...init, headers, cache: 'no-store', signal: AbortSignal.timeout(timeoutMs) };
    let response;
    let body;
    try {
      response = await fetch(url, request);
      body = await json(response);
    } catch (e) {
      throw e.name === 'TimeoutError'
        ? new ApiError('slow', `No answer within ${timeoutMs / 1000} s.`)
        : new ApiError('unreachable', 'The worker does not answer.');
    }
    this.#readClock(response);
    this.#onAnswer();
    if (response.status === 401 && sessionStorage.getItem(TOKEN_KEY) !== token) {
      return this.#fetch(url, init, timeoutMs);
    }
    if (!response.ok || body === undefined) {
      throw failure(response, body, token);
    }
    return body;
  }

  #readClock(response) {
    const date = Date.parse(response.headers.get('Date') ?? '');
    if (!Number.isNaN(date)) {
      this.#clockOffsetMs = Math.abs(date - Date.now()) < 1500 ? 0 : date - Date.now();
    }
  }
}

/** The body, or undefined where it is no JSON. */
async function json(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(response, body, token) {
  const message = body?.error?.message ?? `The answer has status ${response.status} and does not come from Streamrank.`;
  const kind = { 401: 'token', 403: 'refused' }[response.status] ?? 'status';
  const retryAfter = Number(response.headers.get('Retry-After'));
  const retryAfterMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : 0;
  return new ApiError(kind, message, response.status, retryAfterMs, token);
}
