/** The head of the page: which worker this is, and how it is. */
import { byId, setAttribute, setNote, setText } from '../dom.js';
import { age, bytes, counted, NONE, ranges } from '../format.js';

const NOT_FOUND = 404;

/** What each state means to one who looks after it. */
const STATES = {
  STARTING: ['busy', 'Starting: it loads models, looks for the cluster and joins the group.'],
  READY: ['good', ''],
  CUT_OFF: ['warn', 'Cut off: it has lost touch with Kafka and waits for it. Nothing is lost.'],
  STOPPING: ['busy', 'Stopping: it finishes what is being scored.'],
  STUCK: ['bad', 'Stuck: a forward pass or the poll loop does not come back. Only ending the process helps.'],
  ENDED: ['bad', 'Ended: the worker is no more, only its HTTP server still answers.'],
};

export class WorkerPanel {
  #state = '';

  show(worker) {
    const [mood, meaning] = STATES[worker.state] ?? ['busy', ''];
    const pill = byId('worker-state');
    setText(pill, worker.state.replace('_', ' '));
    setAttribute(pill, 'data-mood', mood);
    setNote(byId('worker-meaning'), meaning && worker.sinceBrokerMillis > 0 && worker.state === 'CUT_OFF'
      ? `${meaning} Last contact ${age(worker.sinceBrokerMillis)} ago.`
      : meaning);
    setText(byId('worker-instance'), worker.instanceId ?? NONE);
    setText(byId('worker-group'), worker.groupId);
    setText(byId('worker-version'), worker.version);
    setText(byId('worker-uptime'), age(worker.uptimeMillis));
    byId('worker-uptime').parentElement.hidden = worker.uptimeMillis === undefined;
    setText(byId('worker-delivery'), worker.delivery.replaceAll('_', ' '));
    setText(byId('worker-partitions'), ranges(worker.partitions));
    this.#inFlight(worker);
    this.#announce(worker.state);
    document.title = [worker.state === 'READY' ? null : worker.state, worker.instanceId, 'Streamrank']
      .filter(Boolean).join(' · ');
  }

  #inFlight({ inFlight, inPassMillis }) {
    const pass = inPassMillis > 1000 ? `, in a forward pass for ${age(inPassMillis)}` : '';
    const paused = inFlight.paused ? ', polling paused until there is room' : '';
    setText(byId('worker-in-flight'), `${counted(inFlight.events, 'list')}, ${bytes(inFlight.bytes)} of `
      + `${bytes(inFlight.limitBytes)}${paused}${pass}`);
  }

  #announce(state) {
    if (this.#state !== '' && this.#state !== state) {
      setText(byId('announcements'), `The worker is now ${state.toLowerCase().replace('_', ' ')}.`);
    }
    this.#state = state;
  }

  /** Where this process is no worker, or does not say. */
  fail(error) {
    setText(byId('worker-state'), error.status === NOT_FOUND ? 'no worker' : 'unknown');
    setAttribute(byId('worker-state'), 'data-mood', 'busy');
    setNote(byId('worker-meaning'), error.message);
  }
}
