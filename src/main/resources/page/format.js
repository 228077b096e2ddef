/** Numbers, times and names as people read them. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ONE_PLACE = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const SCORE = new Intl.NumberFormat('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const COST = new Intl.NumberFormat('en', { minimumSignificantDigits: 2, maximumSignificantDigits: 3 });
const MINUTE = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const MINUTES = new Intl.DateTimeFormat('en', MINUTE);
const CLOCK = new Intl.DateTimeFormat('en', { ...MINUTE, second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en', { ...MINUTE, weekday: 'short' });
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const REVISION_CHARS = 12;

/** What stands for a figure that there is none of. */
export const NONE = '–';

const known = value => value !== null && value !== undefined && Number.isFinite(value);

/** A count, with thousands apart. */
export function count(value) {
  return known(value) ? WHOLE.format(value) : NONE;
}

/** A count and its noun: "1 pair", "2 pairs". */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** So many a second. */
export function rate(value) {
  return known(value) ? (value > 0 && value < 10 ? ONE_PLACE : WHOLE).format(value) : NONE;
}

/** A number for an axis: 1.2K. */
export function compact(value) {
  return COMPACT.format(value);
}

export function percent(share) {
  return known(share) ? `${WHOLE.format(100 * share)}%` : NONE;
}

export function score(value) {
  return known(value) ? SCORE.format(value).replace('-', '−') : NONE;
}

/** Money, in whatever currency prices are set in. */
export function cost(value) {
  return known(value) ? COST.format(value) : NONE;
}

export function bytes(value) {
  if (!known(value)) {
    return NONE;
  }
  let unit = 0;
  let size = value;
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit > 0 && size < 10 ? ONE_PLACE.format(size) : WHOLE.format(size)} ${BYTE_UNITS[unit]}`;
}

/** A time span in its best unit. */
export function micros(value) {
  return known(value) ? span([value])[0] : NONE;
}

/** Time spans in one unit, that of the longest: "1.2 / 31 / 80 ms". */
export function microsTogether(values) {
  return values.every(known) ? `${span(values, false).join(' / ')} ${unitOf(Math.max(...values)).name}` : NONE;
}

function span(values, named = true) {
  const unit = unitOf(Math.max(...values));
  return values.map(value => {
    const size = value / unit.micros;
    const text = (size > 0 && size < 10 && unit.micros > 1 ? ONE_PLACE : WHOLE).format(size);
    return named ? `${text} ${unit.name}` : text;
  });
}

function unitOf(longest) {
  if (longest < 1e3) {
    return { name: 'µs', micros: 1 };
  }
  if (longest < 1e6) {
    return { name: 'ms', micros: 1e3 };
  }
  return longest < 600e6 ? { name: 's', micros: 1e6 } : { name: 'min', micros: 60e6 };
}

/** An age or an uptime in its largest units: "3 min 20 s". */
export function age(millis, units = 2) {
  if (!known(millis)) {
    return NONE;
  }
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const parts = [[Math.floor(seconds / 86_400), 'd'], [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'], [seconds % 60, 's']];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) {
    return '0 s';
  }
  return parts.slice(first, first + units).filter(([value]) => value > 0).map(part => part.join(' ')).join(' ');
}

/** A time of day, here, in hours, minutes and seconds. */
export function clock(time) {
  return CLOCK.format(new Date(time));
}

/** A time of day for windows of this length. */
export function windowTime(time, sizeMs) {
  return (sizeMs < 60_000 ? CLOCK : sizeMs < 3_600_000 ? MINUTES : DAY).format(new Date(time));
}

/** Enough of a revision to tell it from others. */
export function revision(text) {
  return text.slice(0, REVISION_CHARS);
}

/** Where a record lies, as Kafka's own tools write it. */
export function position(source) {
  return source ? `${source.topic}-${source.partition} @ ${count(source.offset)}` : NONE;
}

/** Partitions in short: "0–3, 7". */
export function ranges(numbers) {
  const texts = [];
  const sorted = [...numbers].sort((a, b) => a - b);
  for (let from = 0, to = 0; from < sorted.length; from = ++to) {
    while (sorted[to + 1] === sorted[to] + 1) {
      to++;
    }
    texts.push(to > from + 1 ? `${sorted[from]}–${sorted[to]}` : sorted.slice(from, to + 1).join(', '));
  }
  return texts.length === 0 ? NONE : texts.join(', ');
}
