// What fits at the cursor of the editor: keys with what they mean, words, names from above. Read
// off the shapes of the format; whether a scenario is right is for the model to say.
const TOKENS = /"(?:[^"\\\n]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/g;
const HINTS_MAX = 8;
const hint = { all: [], at: 0, from: 0, to: 0, colon: false };

function scalar(token) {
  try {
    return JSON.parse(token);
  } catch {
    return token.replace(/^"/, '');
  }
}

// The place of the cursor in a text that may not be whole: within what, after which key, and the
// token that it is in.
function placeIn(text, cursor) {
  let box = { parent: null, kind: '', entries: [], key: null, value: true }, found = null;
  const find = (from, to) => {
    const token = text.slice(from, to);
    found = { box, key: box.key, value: box.value, from, to,
      typed: text.slice(from, cursor).replace(/^"/, '').replace(cursor === to && /."$/.test(token) ? /"$/ : '', '') };
  };
  for (const match of text.matchAll(TOKENS)) {
    const token = match[0], from = match.index, to = from + token.length;
    if (!found && from >= cursor) find(cursor, cursor);
    else if (!found && cursor <= to && !/^[{}[\],:]/.test(token)) find(from, to);
    if (token === '{' || token === '[') {
      const inner = { parent: box, kind: token, entries: [], key: null, value: token === '[' };
      box.entries.push({ key: box.key, from, inner });
      box = inner;
    } else if (token === '}' || token === ']') {
      box = box.parent || box;
    } else if (token === ',') {
      box.key = null;
      box.value = box.kind !== '{';
    } else if (token === ':') {
      box.value = true;
    } else if (box.value) {
      box.entries.push({ key: box.key, from, scalar: scalar(token) });
    } else {
      box.key = scalar(token);
      box.entries.push({ key: box.key, from, name: true });
    }
  }
  if (!found) find(cursor, cursor);
  return found;
}

const shapesOf = (number) => {
  const shape = library.hints.shapes[number];
  return shape.any ? shape.any.flatMap(shapesOf) : [shape];
};
const fieldsOf = (shape) => (shape.keys || []).map((number) => library.hints.fields[number]);

// Of the shapes that an object may have, those that what stands in it already leaves, without
// what is being written.
function leftFor(shapes, box, own) {
  const here = (entry) => entry.from === own.from || box === own.box && own.value && entry.key === own.key;
  const others = box.entries.filter((entry) => !here(entry));
  const fits = (shape) => others.every(({ key, scalar: value }) => {
    const field = fieldsOf(shape).find(([name]) => name === key);
    const words = field && shapesOf(field[2]).every((one) => one.words) &&
      shapesOf(field[2]).flatMap((one) => one.words);
    return shape.map !== undefined || field && !(words && value !== undefined && !words.includes(value));
  });
  const left = shapes.filter(fits);
  return left.length ? left : shapes;
}

// The shapes of what a box, an object or a list, can be.
function shapesAt(box, own) {
  if (!box.parent) return [];
  const kind = (shape) => box.kind === '[' ? shape.list !== undefined : shape.keys || shape.map !== undefined;
  const outer = box.parent.parent ? within(box.parent, box.parent.entries.find(({ inner }) => inner === box).key, own)
    : shapesOf(library.hints.root);
  return leftFor(outer.filter(kind), box, own);
}

// The shapes of a value in a box.
function within(box, key, own) {
  return shapesAt(box, own).flatMap((shape) => {
    if (box.kind === '[') return shapesOf(shape.list);
    if (shape.map !== undefined) return shapesOf(shape.map);
    const field = fieldsOf(shape).find(([name]) => name === key);
    return field ? shapesOf(field[2]) : [];
  });
}

// All that fits, as [text, about].
function fitting(place) {
  const { box, key } = place;
  if (place.value) {
    const words = within(box, key, place).flatMap((shape) => shape.words || []);
    return [...new Set(words), ...declared(box, key)].map((word) => [word, '']);
  }
  const taken = new Set(box.entries.filter((entry) => entry.from !== place.from).map((entry) => entry.key));
  const offers = new Map();
  for (const shape of shapesAt(box, place)) {
    const fields = fieldsOf(shape);
    const only = ([, , number]) => shapesOf(number).every(({ words }) => words && words.length === 1);
    const told = fields.some(only);
    fields.forEach((field, i) => {
      const needed = i < shape.needs ? (told ? 1 : 2) : 0;
      const [name, about] = field, rank = only(field) ? 3 : needed;
      if (!taken.has(name) && !(offers.get(name)?.[2] >= rank)) offers.set(name, [name, about, rank]);
    });
  }
  // What says what kind of object it is comes first, then what is needed.
  return [...offers.values()].sort((a, b) => b[2] - a[2]);
}

// Names of what the scenario declares: of `ports` for `port`.
function declared(box, key) {
  let top = box;
  while (top.parent && top.parent.parent) top = top.parent;
  const shelf = top !== box && top.entries.find((entry) => entry.inner?.kind === '{' &&
    [`${key}s`, key].includes(entry.key));
  return shelf ? shelf.inner.entries.filter((entry) => entry.name).map((entry) => entry.key) : [];
}

function offerHints() {
  const editor = $('editor');
  const place = placeIn(editor.value, editor.selectionStart);
  const typed = place.typed.toLowerCase();
  const has = ([text]) => String(text).toLowerCase().indexOf(typed);
  const all = fitting(place).filter((offer) => has(offer) >= 0);
  const colon = !place.value && !/^\s*:/.test(editor.value.slice(place.to));
  Object.assign(hint, { all: all.sort((a, b) => Math.sign(has(a)) - Math.sign(has(b))), at: 0,
    from: place.from, to: place.to, colon });
  $('hints').hidden = false;
  drawHints();
  const [, top] = spot(place.from);
  if (top < 0 || top > $('paper').clientHeight) {
    editor.scrollTop += top - $('paper').clientHeight / 3;
    $('marks').scrollTop = editor.scrollTop;
  }
  placeHints();
  $('hints').scrollIntoView({ block: 'nearest' });
  say(all.length === 1 ? 'One word fits here.' : `${all.length || 'No'} words fit here.`);
}

// Under the line of the cursor, and never outside of the paper.
function placeHints() {
  const [left, top] = spot(hint.from), paper = $('paper');
  const within = (at, room) => `${Math.max(0, Math.min(at, room))}px`;
  $('hints').style.left = within(left, paper.clientWidth - $('hints').offsetWidth);
  $('hints').style.top = within(top, paper.clientHeight);
}

// A part of a long list, around the chosen one: nothing needs to be scrolled.
function drawHints() {
  const { all, at } = hint;
  const first = Math.max(0, Math.min(at - HINTS_MAX / 2, all.length - HINTS_MAX));
  $('hints').replaceChildren(...all.slice(first, first + HINTS_MAX).map(([text, about], i) => {
    const option = element('li', String(text), first + i === at ? 'chosen' : '');
    if (about) option.append(element('span', ` ${about}`, 'small'));
    option.id = `hint-${first + i}`;
    const about_it = { role: 'option', 'aria-selected': first + i === at, 'aria-posinset': first + i + 1,
      'aria-setsize': all.length };
    for (const name in about_it) option.setAttribute(name, about_it[name]);
    // Pressed, it must not take the focus from the text.
    option.addEventListener('pointerdown', (event) => event.preventDefault());
    option.addEventListener('click', () => takeHint(first + i));
    return option;
  }));
  const last = Math.min(first + HINTS_MAX, all.length);
  $('hints').dataset.part = last - first < all.length ? `${first + 1} to ${last} of ${all.length}; write on, or go down` : '';
  if (!all.length) {
    const none = element('li', 'nothing is known that fits here', 'nothing');
    none.setAttribute('role', 'option');
    none.setAttribute('aria-disabled', 'true');
    $('hints').append(none);
    $('editor').removeAttribute('aria-activedescendant');
  } else $('editor').setAttribute('aria-activedescendant', `hint-${at}`);
}

function moveHint(by) {
  hint.at = (hint.at + by + hint.all.length) % (hint.all.length || 1);
  drawHints();
}

function takeHint(at) {
  const offer = hint.all[at];
  closeHints();
  if (!offer) return;
  $('editor').focus();
  $('editor').setSelectionRange(hint.from, hint.to);
  // As if it were typed, so that it can be taken back.
  document.execCommand('insertText', false, JSON.stringify(offer[0]) + (hint.colon ? ': ' : ''));
}

function closeHints() {
  $('hints').hidden = true;
  $('editor').removeAttribute('aria-activedescendant');
}

function hintKeys(event) {
  if (event.key === ' ' && event.ctrlKey) {
    event.preventDefault();
    offerHints();
    return;
  }
  const does = { ArrowDown: () => moveHint(1), ArrowUp: () => moveHint(-1), Enter: () => takeHint(hint.at),
    Tab: () => takeHint(hint.at), Escape: closeHints };
  if ($('hints').hidden || event.ctrlKey || event.shiftKey || !Object.hasOwn(does, event.key)) return;
  event.preventDefault();
  does[event.key]();
}

// Where a place of the text is on the paper, under its line: the marks lie behind the text, letter
// by letter.
function spot(at) {
  if ($('marks').textContent !== `${$('editor').value}\n`) mark([]);
  settle();
  const walker = document.createTreeWalker($('marks'), NodeFilter.SHOW_TEXT), range = document.createRange();
  let left = at, node = walker.nextNode();
  while (node && left >= node.length) {
    left -= node.length;
    node = walker.nextNode();
  }
  if (!node) return [0, 0];
  range.setStart(node, left);
  range.setEnd(node, left + 1);
  const letter = range.getBoundingClientRect(), paper = $('paper').getBoundingClientRect();
  return [letter.left - paper.left, letter.bottom - paper.top];
}

function wireHints() {
  const editor = $('editor');
  editor.addEventListener('keydown', hintKeys);
  editor.addEventListener('input', () => $('hints').hidden || offerHints());
  editor.addEventListener('scroll', () => $('hints').hidden || placeHints());
  for (const name of ['blur', 'click']) editor.addEventListener(name, closeHints);
  $('hint').addEventListener('click', () => {
    editor.focus();
    offerHints();
  });
}
