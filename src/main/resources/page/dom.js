/** Makes and changes elements. What comes from the API becomes text, never markup. */

/** The element that index.html gives this id. */
export function byId(id) {
  const node = document.getElementById(id);
  if (node === null) {
    throw new Error(`index.html has no element of id ${id}`);
  }
  return node;
}

/**
 * A new element.
 *
 * @param {string} tag its name
 * @param {Record<string, string>} attributes all set as attributes; none may be a style or a handler
 * @param {...(Node|string)} children strings become text
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  node.append(...children);
  return node;
}

/** Sets a text where it differs, so that selections and screen readers are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Sets or removes an attribute, where it differs. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

/** Shows a text, or hides the element where there is none. */
export function setNote(node, text) {
  setText(node, text ?? '');
  node.hidden = !text;
}

/**
 * Makes a parent's children those of these items, in their order. Elements of items that were there before stay the
 * same, with their focus and whether they are open.
 *
 * @param {Element} parent holds nothing else
 * @param {T[]} items
 * @param {(item: T) => string} key tells items apart
 * @param {(item: T) => Element} create
 * @param {(node: Element, item: T) => void} update called for new elements too
 * @template T
 */
export function keyed(parent, items, key, create, update) {
  const wanted = new Set(items.map(key));
  const before = new Map();
  for (const node of [...parent.children]) {
    if (wanted.has(node.dataset.key)) {
      before.set(node.dataset.key, node);
    } else {
      node.remove();
    }
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let node = before.get(name);
    if (node === undefined) {
      node = create(item);
      node.dataset.key = name;
    }
    if (node === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(node, place);
    }
    update(node, item);
  }
}

/** A bar of a share from 0 to 1, with its text; the bar itself is for the eye alone. */
export function bar(holder, share, text) {
  if (holder.firstElementChild === null) {
    const track = element('span', { class: 'bar', 'aria-hidden': 'true' }, element('span'));
    holder.append(element('span', { class: 'bar-text' }), track);
  }
  setText(holder.firstElementChild, text);
  const width = `${(100 * Math.min(1, Math.max(0, share || 0))).toFixed(1)}%`;
  const fill = holder.lastElementChild.firstElementChild;
  if (fill.style.width !== width) {
    fill.style.width = width;
  }
}
