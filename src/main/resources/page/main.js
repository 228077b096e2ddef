/** Puts the page together: who asks the API what, how often, and which panel shows it. */
import { Api } from './api.js';
import { Connection } from './connection.js';
import { byId, setText } from './dom.js';
import { WINDOW_SIZES, WindowHistory } from './history.js';
import { DeadLettersPanel } from './panels/dead-letters.js';
import { Figures } from './panels/figures.js';
import { LagPanel } from './panels/lag.js';
import { LatencyPanel } from './panels/latency.js';
import { ModelsPanel } from './panels/models.js';
import { RankingsPanel } from './panels/rankings.js';
import { ThroughputPanel } from './panels/throughput.js';
import { TrialPanel } from './panels/trial.js';
import { WorkerPanel } from './panels/worker.js';
import { WorkersPanel } from './panels/workers.js';
import { Gate, Poller } from './polling.js';

const LIVE_MS = 2_000;
const SLOW_MS = 8_000;

/** Windows that are over still take late statistics: all of them are read anew so often. */
const REREAD_MS = 60_000;

const gate = new Gate();
const api = new Api(() => connection.answered());
const connection = new Connection(api, gate);
const figures = new Figures();
const worker = new WorkerPanel();
const throughput = new ThroughputPanel();
const latency = new LatencyPanel(() => showThroughput());
const lag = new LagPanel();
const workers = new WorkersPanel();
const models = new ModelsPanel();
const rankings = new RankingsPanel();
const deadLetters = new DeadLettersPanel();
const trial = new TrialPanel(api);

let paused = false;
let size = '10s';
let windows = new WindowHistory(size);
let readAt = -Infinity;
let lastThroughput;

/** The last windows, all of them or those that may have changed. */
async function loadThroughput() {
  const asked = size;
  const whole = Date.now() - readAt >= REREAD_MS;
  const query = whole ? { window: asked } : { window: asked, from: windows.openSince(api.now()) };
  return { asked, whole, answer: await api.get('throughput', query) };
}

function takeThroughput({ asked, whole, answer }) {
  if (asked !== size) {
    return;
  }
  if (whole) {
    windows = new WindowHistory(size);
    readAt = Date.now();
  }
  windows.add(answer.windows);
  windows.forget(api.now());
  lastThroughput = answer;
  throughput.fail();
  showThroughput();
}

function showThroughput() {
  if (lastThroughput === undefined) {
    return;
  }
  const now = api.now();
  throughput.show(size, windows, now, lastThroughput);
  latency.show(size, windows, now);
  figures.showWork(windows.latest(now), new Map(windows.models().map(model => [model.key, model.label])));
}

async function loadWorkers() {
  const group = api.get('workers');
  const from = new WindowHistory('10s').openSince(api.now());
  const work = api.get('throughput', { window: '10s', worker: '*', from });
  const [first, second] = await Promise.allSettled([group, work]);
  if (first.status === 'rejected') {
    throw first.reason;
  }
  return { group: first.value, work: second.value };
}

function takeWorkers({ group, work }) {
  workers.fail();
  workers.show(group);
  if (work !== undefined) {
    const each = new WindowHistory('10s');
    const now = api.now();
    each.add(work.windows.map(window => ({ ...window, model: `${window.model} ${window.worker}` })));
    const latest = each.latest(now);
    workers.showWork([...latest.windows.values()], (latest.end - latest.start) / 1000,
      work.source === 'worker');
  }
}

/** A poller whose failures are the panel's, where they are not the whole page's. */
function poll(intervalMs, load, panel, take) {
  const done = data => {
    connection.opened();
    take(data);
  };
  const failed = error => {
    if (!connection.failed(error)) {
      panel.fail(error);
    }
  };
  return new Poller(gate, intervalMs, load, done, failed);
}

const throughputPoller = poll(LIVE_MS, loadThroughput, throughput, takeThroughput);
const pollers = [
  poll(LIVE_MS, () => api.get('worker'), worker, data => {
    worker.show(data);
    lag.knowSelf(data.instanceId);
  }),
  throughputPoller,
  poll(LIVE_MS, () => api.get('lag'), lag, data => {
    lag.fail();
    lag.show(data, api.now());
    figures.showLag(data);
  }),
  poll(LIVE_MS, () => api.get('rankings', { limit: '20' }), rankings, data => {
    rankings.fail();
    rankings.show(data);
  }),
  poll(LIVE_MS, () => api.get('dead-letters', { limit: '20' }), deadLetters, data => {
    deadLetters.fail();
    deadLetters.show(data);
    figures.showDeadLetters(data, api.now());
  }),
  poll(SLOW_MS, () => api.get('models'), models, data => {
    models.fail();
    models.show(data);
    trial.offer(data.models.filter((model, i, all) => all.findIndex(other => other.id === model.id) === i));
  }),
  poll(SLOW_MS, loadWorkers, workers, takeWorkers),
];

function chooseWindow(button) {
  size = button.dataset.window;
  windows = new WindowHistory(size);
  readAt = -Infinity;
  document.querySelectorAll('[data-window]').forEach(each =>
    each.setAttribute('aria-pressed', String(each.dataset.window === size)));
  setText(byId('announcements'), `Windows of ${WINDOW_SIZES[size].label}.`);
  throughputPoller.poke();
}

function pause() {
  paused = !paused;
  setText(byId('pause'), paused ? 'Resume' : 'Pause');
  gate.hold('pause', paused);
}

document.querySelectorAll('[data-window]').forEach(button =>
  button.addEventListener('click', () => chooseWindow(button)));
byId('pause').addEventListener('click', pause);
byId('offline-retry').addEventListener('click', () => pollers.forEach(poller => poller.poke()));
addEventListener('online', () => pollers.forEach(poller => poller.poke()));
document.addEventListener('visibilitychange', () => gate.hold('hidden', document.hidden));
gate.hold('hidden', document.hidden);
if (gate.isOpen) {
  pollers.forEach(poller => poller.poke());
}
