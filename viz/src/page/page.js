// Walks a run that was computed before. It draws what is in the data and decides nothing: no rule
// of the port is known here.
const story = JSON.parse($('story').textContent);
const steps = story.steps;
const cards = new Map(story.rules.map((rule) => [rule.id, rule]));
const WORDS = story.words;
const ROWS_MAX = 120;
let place = 0; // how many steps are done
let detail = false;
let moments = 40; // of the time axis in the chart
let timer = null;
let shown = null; // numbers of the steps that pass the filter, or null for all

// For each place, the index of the last step that says how the ports look.
const picture = new Int32Array(steps.length + 1).fill(-1);
steps.forEach((step, i) => { picture[i + 1] = step.ports ? i : picture[i]; });

const laneName = (lane) => lane === null ? 'environment' : story.lanes[lane].name;
const dated = (moment) => story.clock === 'steps' ? `step ${moment}` : `${moment} us`;
const now = () => place === 0 ? 0 : steps[place - 1].at + (story.clock === 'steps' ? 1 : 0);

// The first span of a lane that ends after a moment: spans are in order.
function firstAfter(spans, moment) {
  let low = 0, high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].to > moment) high = middle; else low = middle + 1;
  }
  return low;
}

function drawWhy() {
  const step = place > 0 ? steps[place - 1] : null;
  $('moment').textContent = step ? `step ${place} of ${steps.length}` +
    (story.clock === 'steps' ? '' : `, at ${step.at} us`) : 'before the first step';
  $('action').textContent = step ? `${laneName(step.lane)}: ${step.action}` : '';
  const notes = step ? step.notes.filter((n) => detail || n.weight !== 'detail') : [];
  $('notes').replaceChildren(...notes.map((note) => {
    const item = element('li', note.text, note.weight);
    if (note.rule) item.append(' ', element('span', note.rule, 'rule'));
    return item;
  }));
  const ids = [...new Set(notes.map((n) => n.rule).filter((id) => cards.has(id)))];
  $('cards').replaceChildren(...ids.map((id) => {
    const card = cards.get(id);
    const list = element('dl');
    list.append(element('dt', id, 'rule'), element('dd', card.sentence),
      element('dd', `${card.grade}: ${card.source}`, 'small'));
    return list;
  }));
  $('live').textContent = step ? `Step ${place}. ${laneName(step.lane)}: ${step.action}. ` +
    notes.map((n) => n.text).join('. ') : 'Before the first step.';
}

function drawPorts() {
  const at = picture[place];
  const ports = at < 0 ? [] : steps[at].ports;
  const row = (names, className, none) => {
    const line = element('div', undefined, 'row');
    if (names.length === 0) line.append(element('span', none, 'nothing'));
    names.slice(0, 40).forEach((name) => line.append(element('span', name, className)));
    if (names.length > 40) line.append(element('span', `and ${names.length - 40} more`));
    return line;
  };
  $('ports').replaceChildren(...ports.flatMap((port) => [
    element('h3', port.name + (port.closed ? ' (closed)' : '')),
    element('p', `active ${port.active}` + (port.concurrency === null ? '' : ` of ${port.concurrency}`)),
    element('p', 'packets, next to be removed on the left', 'small'),
    row(port.packets, 'packet', 'none'),
    element('p', 'waiting threads, next to be released on the left', 'small'),
    row(port.waiters, 'waiter', 'none'),
  ]));
  if (ports.length === 0) $('ports').replaceChildren(element('p', 'no port yet', 'nothing'));
}

function drawNow() {
  const moment = Math.max(0, now() - (story.clock === 'steps' ? 1 : 0));
  $('now').replaceChildren(...story.lanes.map((lane) => {
    const span = lane.spans[firstAfter(lane.spans, moment)];
    const current = span && span.from <= moment ? span : null;
    const row = element('tr');
    row.append(element('th', lane.name), element('td', current ? WORDS[current.doing] : ''),
      element('td', current ? current.label : ''),
      element('td', current ? dated(current.from) : ''));
    row.firstChild.scope = 'row';
    return row;
  }));
}

function drawChart() {
  const width = Math.max(240, $('chart').clientWidth - 4);
  const names = Math.min(140, 16 + 8 * Math.max(4, ...story.lanes.map((l) => l.name.length)));
  const span = Math.min(moments, Math.max(1, story.end));
  const start = Math.max(0, Math.min(now() - Math.floor(span / 2), story.end - span));
  const end = start + span;
  const x = (moment) => names + (Math.max(start, Math.min(end, moment)) - start) *
    (width - names - 8) / span;
  const height = story.lanes.length * 30 + 26;
  const svg = drawn('svg', { width, height, 'aria-hidden': 'true' });
  story.lanes.forEach((lane, i) => {
    const y = i * 30 + 4;
    svg.append(drawn('text', { x: 0, y: y + 15 }, lane.name.slice(0, 16)));
    for (let k = firstAfter(lane.spans, start); k < lane.spans.length; k++) {
      const s = lane.spans[k];
      if (s.from >= end) break;
      const left = x(s.from), wide = Math.max(1, x(s.to) - left - 1);
      const group = drawn('g', { class: s.doing });
      group.append(drawn('rect', { x: left, y, width: wide, height: 22 }));
      if (s.doing === 'blocked' && wide > 10) {
        group.append(drawn('rect', { class: 'inner', x: left + 3, y: y + 3, width: wide - 6, height: 16 }));
      }
      if (s.label.length * 7.3 + 8 < wide) {
        group.append(drawn('text', { x: left + 4, y: y + 15 }, s.label));
      }
      svg.append(group);
    }
  });
  for (const arrow of story.arrows) {
    if (arrow.from_lane === null || arrow.from < start || arrow.to > end) continue;
    svg.append(drawn('path', { class: 'arrow',
      d: `M${x(arrow.from)} ${arrow.from_lane * 30 + 15}L${x(arrow.to)} ${arrow.to_lane * 30 + 15}` }));
  }
  const bottom = height - 6;
  svg.append(drawn('path', { class: 'cursor', d: `M${x(now())} 0V${bottom - 14}` }),
    drawn('text', { x: names, y: bottom }, String(start)),
    drawn('text', { x: width - 8, y: bottom, 'text-anchor': 'end' }, dated(end)));
  $('chart').replaceChildren(svg);
}

function drawLog() {
  const all = shown || steps;
  const at = shown ? shown.findIndex((n) => n >= place - 1) : place - 1;
  const first = Math.max(0, Math.min((at < 0 ? all.length : at) - ROWS_MAX / 2, all.length - ROWS_MAX));
  const rows = [];
  for (let k = first; k < Math.min(all.length, first + ROWS_MAX); k++) {
    const number = shown ? shown[k] : k;
    const step = steps[number];
    const button = element('button', `${number + 1}  ${laneName(step.lane)}: ${step.action}`);
    button.type = 'button';
    if (number === place - 1) button.setAttribute('aria-current', 'step');
    button.addEventListener('click', () => go(number + 1));
    const item = element('li');
    item.append(button);
    rows.push(item);
  }
  $('rows').replaceChildren(...rows);
  const list = $('rows'), current = list.querySelector('[aria-current]');
  if (current) {
    list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
  }
  $('rows-left').textContent = all.length > rows.length ?
    `${rows.length} of ${all.length} steps are listed here, around the current one` : '';
}

function draw() {
  drawWhy(); drawPorts(); drawNow(); drawChart(); drawLog();
  $('slider').value = place;
  $('slider').setAttribute('aria-valuetext', `step ${place} of ${steps.length}`);
  $('place').textContent = `${place} / ${steps.length}`;
}

function go(to) {
  place = Math.max(0, Math.min(steps.length, to));
  draw();
  history.replaceState(null, '', `#i=${place}`);
}

function play() {
  if (timer) { clearInterval(timer); timer = null; }
  else {
    timer = setInterval(() => place < steps.length ? go(place + 1) : play(), 900);
  }
  $('play').setAttribute('aria-pressed', String(Boolean(timer)));
}
function details() {
  detail = !detail;
  $('detail').setAttribute('aria-pressed', String(detail));
  draw();
}
function filter() {
  const [wanted, unwanted] = ['filter', 'hide'].map((id) => $(id).value.toLowerCase());
  const says = (step, text) => [laneName(step.lane), step.action,
    ...step.notes.flatMap((n) => [n.text, n.rule || ''])].some((t) => t.toLowerCase().includes(text));
  shown = wanted + unwanted === '' ? null : steps.flatMap((step, i) =>
    says(step, wanted) && !(unwanted && says(step, unwanted)) ? [i] : []);
  drawLog();
}
function goTo() {
  const answer = prompt(`Go to step (0 to ${steps.length})`, String(place));
  if (answer !== null && /^\d+$/.test(answer.trim())) go(Number(answer));
}

const keys = {
  ArrowRight: () => go(place + 1), ArrowLeft: () => go(place - 1), Home: () => go(0),
  End: () => go(steps.length), ' ': play, m: details, t: theme, g: goTo,
  '/': () => $('filter').focus(), o: () => $('hide').focus(), '?': () => $('help').showModal(),
  '+': () => { moments = Math.min(story.end, moments * 2); drawChart(); },
  '-': () => { moments = Math.max(10, Math.floor(moments / 2)); drawChart(); },
};
document.addEventListener('keydown', (event) => {
  const free = event.ctrlKey || event.altKey || event.metaKey || $('help').open ||
    event.target.matches('input[type=search]') || (event.key === ' ' && event.target.matches('button'));
  if (free || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});
const buttons = { first: keys.Home, back: keys.ArrowLeft, play, next: keys.ArrowRight,
  last: keys.End, detail: details, theme, keys: keys['?'] };
for (const id in buttons) $(id).addEventListener('click', buttons[id]);
$('slider').max = steps.length;
// A trace does not say what is in the ports.
$('port').hidden = !steps.some((step) => step.ports);
$('slider').addEventListener('input', () => go(Number($('slider').value)));
for (const id of ['filter', 'hide']) $(id).addEventListener('input', filter);
addEventListener('resize', drawChart);
addEventListener('hashchange', restore);
function restore() {
  const match = /^#i=(\d{1,9})$/.exec(location.hash);
  place = match ? Math.min(steps.length, Number(match[1])) : 0;
  draw();
}
restore();
