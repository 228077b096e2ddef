/** Whether the API answers, and what to do where it does not: banners, the token, back-off in plain words. */
import { byId, setNote, setText } from './dom.js';
import { age, clock } from './format.js';

export class Connection {
  #api;
  #gate;
  #lastAnswer = null;
  #lost = false;
  #tokenTried = false;

  /**
   * @param {import('./api.js').Api} api
   * @param {import('./polling.js').Gate} gate held while a token is wanted
   */
  constructor(api, gate) {
    this.#api = api;
    this.#gate = gate;
    byId('token-form').addEventListener('submit', event => this.#takeToken(event));
    byId('token-forget').addEventListener('click', () => this.#forgetToken());
    setInterval(() => this.#tellAge(), 1000);
    byId('token-forget').hidden = !api.hasToken;
  }

  /** There was an answer, of whatever kind. */
  answered() {
    this.#lastAnswer = Date.now();
    if (this.#lost) {
      this.#lost = false;
      setText(byId('announcements'), 'The worker answers again.');
      byId('offline').hidden = true;
    }
    this.#grey();
  }

  /** There was none, or one that concerns all of the page. @returns whether it was that */
  failed(error) {
    if (this.#api.isOutdated(error)) {
      return true;
    }
    if (error.kind === 'unreachable') {
      this.#lose();
    } else if (error.kind === 'token') {
      this.#askForToken();
    }
    setNote(byId('refused'), error.kind === 'refused' ? error.message : '');
    return ['unreachable', 'token', 'refused'].includes(error.kind);
  }

  /** The API opens itself to this page. */
  opened() {
    setNote(byId('refused'), '');
    this.#tokenTried = false;
    byId('token-forget').hidden = !this.#api.hasToken;
  }

  #lose() {
    if (!this.#lost) {
      this.#lost = true;
      setText(byId('announcements'), 'The worker does not answer.');
      this.#tellAge();
      byId('offline').hidden = false;
      this.#grey();
    }
  }

  #grey() {
    document.body.classList.toggle('stale', this.#lost);
  }

  #tellAge() {
    if (this.#lost) {
      setText(byId('updated'), 'not connected');
      setText(byId('offline-since'), this.#lastAnswer === null
        ? 'It has not answered since this page was opened.'
        : `It last did at ${clock(this.#lastAnswer)}, ${age(Date.now() - this.#lastAnswer)} ago; `
          + 'what is shown is from then.');
    } else if (this.#lastAnswer !== null) {
      const old = Date.now() - this.#lastAnswer;
      setText(byId('updated'), this.#gate.isOpen && old < 10_000 ? 'live' : `as of ${clock(this.#lastAnswer)}`);
    }
  }

  #askForToken() {
    if (!byId('token-form').hidden) {
      return;
    }
    this.#gate.hold('token', true);
    setNote(byId('token-error'), this.#tokenTried || this.#api.hasToken ? 'This token was not accepted.' : '');
    this.#api.forgetToken();
    byId('token-forget').hidden = true;
    byId('token-form').hidden = false;
    document.body.classList.add('locked');
    byId('token').focus();
  }

  #takeToken(event) {
    event.preventDefault();
    const token = byId('token').value.trim();
    if (token !== '') {
      this.#tokenTried = true;
      this.#api.useToken(token);
      byId('token').value = '';
      byId('token-form').hidden = true;
      document.body.classList.remove('locked');
      this.#gate.hold('token', false);
    }
  }

  #forgetToken() {
    this.#api.forgetToken();
    byId('token-forget').hidden = true;
    location.reload();
  }
}
