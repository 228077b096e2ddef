/** Which look a model's lines have: the same in every plot and table, for as long as the page is open. */

const looks = new Map();

/** The number of a model's look; new models get the next. */
export function lookFor(key) {
  if (!looks.has(key)) {
    looks.set(key, looks.size);
  }
  return looks.get(key);
}
