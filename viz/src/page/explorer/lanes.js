// Threads over steps: what each does after every number of steps, and who handed a packet to whom.
// A moment is 26 pixels wide whatever the length: the chart scrolls and never shrinks.
const MOMENT = 26, LANE = 30, PIECE = 30;
const WORDS = { running: 'runs', waiting: 'waits on the port', blocked: 'blocked elsewhere',
  spinning: 'spins', exited: 'done', absent: 'not started', ready: 'ready' };
const lanes = { from: 0, cursor: null };

// Within a piece of the run the chart stays as it is: only the cursor moves.
function drawLanes() {
  const view = state.view;
  const until = state.asked && !state.asked.verdict ? view.at + 1 : length() + 1;
  const piece = Math.floor(view.at / PIECE) * PIECE;
  const from = Math.max(0, piece - PIECE), to = Math.min(until, piece + 2 * PIECE + 1);
  if (changed('lanes', [state.loads, view.branch, from, to])) {
    const data = ask({ do: 'lanes', branch: view.branch, from, to });
    $('names').replaceChildren(names(data));
    $('chart').replaceChildren(chart(data));
    lanes.from = data.from;
  }
  const middle = (view.at - lanes.from) * MOMENT + MOMENT / 2;
  lanes.cursor.setAttribute('transform', `translate(${middle} 0)`);
  later(() => {
    const left = middle - $('chart').clientWidth / 2;
    return () => { $('chart').scrollLeft = left; };
  });
  $('now').replaceChildren(...view.threads.map((thread) => row([thread.name, thread.doing,
    thread.attached || 'no port', thread.records.join(', ') || '-'])));
}

// The names stay where they are while the chart scrolls.
function names(data) {
  const longest = Math.min(14, Math.max(4, ...data.lanes.map((l) => l.name.length)));
  const svg = drawn('svg', { width: 8 + 7.4 * longest, height: data.lanes.length * LANE + 26, 'aria-hidden': 'true' });
  data.lanes.forEach((lane, i) =>
    svg.append(drawn('text', { x: 0, y: i * LANE + 19 }, lane.name.slice(0, longest))));
  return svg;
}

function chart(data) {
  const x = (moment) => (moment - data.from) * MOMENT;
  const height = data.lanes.length * LANE + 26;
  const width = x(data.to) + 8;
  const svg = drawn('svg', { width, height, 'aria-hidden': 'true' });
  data.lanes.forEach((lane, i) => {
    const y = i * LANE + 4;
    for (const [start, end, doing, label] of lane.spans) {
      if (doing === 'absent') continue;
      const wide = (end - start) * MOMENT - 2;
      const group = drawn('g', { class: doing });
      group.append(drawn('rect', { x: x(start) + 1, y, width: wide, height: 22 }));
      if (doing === 'blocked') {
        group.append(drawn('rect', { class: 'inner', x: x(start) + 4, y: y + 3, width: wide - 6, height: 16 }));
      }
      const text = label || (doing === 'exited' ? 'done' : '');
      if (text && text.length * 7.3 + 6 < wide) {
        group.append(drawn('text', { x: x(start) + 5, y: y + 15 }, text));
      }
      svg.append(group);
    }
  });
  for (const arrow of data.arrows) {
    if (arrow.from === null || arrow.at < data.from || arrow.at >= data.to) continue;
    const [a, b] = [arrow.from * LANE + 15, arrow.to * LANE + 15];
    const tip = a < b ? -5 : 5;
    svg.append(drawn('path', { class: 'arrow', d: `M${x(arrow.at)} ${a}L${x(arrow.at)} ${b}` +
      `m-4 ${tip}L${x(arrow.at)} ${b}l4 ${tip}` }));
  }
  const bottom = height - 6;
  for (let m = data.from; m < data.to; m++) {
    if (m % 5 === 0) svg.append(drawn('text', { class: 'head', x: x(m) + 2, y: bottom }, String(m)));
  }
  lanes.cursor = drawn('path', { class: 'cursor', d: `M0 0V${bottom - 12}` });
  svg.append(lanes.cursor);
  return svg;
}

function drawLegend() {
  $('legend').replaceChildren(...['running', 'waiting', 'blocked', 'spinning'].map((doing) => {
    const entry = element('span', undefined, 'entry');
    entry.append(element('span', '', `swatch ${doing}`), WORDS[doing]);
    return entry;
  }));
}
