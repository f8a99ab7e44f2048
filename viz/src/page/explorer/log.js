// The event log: around the current step, or what the filters leave. Clicking goes there.
const ROWS = 60, STRETCH = 20;
const rows = { buttons: new Map(), current: null, parting: null };

// Within a stretch of steps the rows stay as they are: only the current one is another.
function drawLog() {
  const view = state.view;
  const hidden = state.asked && !state.asked.verdict || state.predict;
  const around = Math.floor(Math.max(0, view.at - 1) / STRETCH) * STRETCH + STRETCH / 2;
  const request = { do: 'log', branch: view.branch, around, rows: ROWS,
    filter: state.filter, hide: state.hide };
  // What comes later is not to be read off the log while predicting.
  if (hidden) request.until = view.at;
  if (changed('log', [state.loads, length(), request])) listRows(ask(request));
  markParting();
  if (rows.current) rows.current.removeAttribute('aria-current');
  rows.current = rows.buttons.get(view.at);
  if (!rows.current) return;
  rows.current.setAttribute('aria-current', 'step');
  const list = $('rows'), current = rows.current;
  later(() => {
    const top = current.offsetTop - list.offsetTop - list.clientHeight / 2;
    return () => { list.scrollTop = top; };
  });
}

// Where this branch and the one it is compared with part.
function markParting() {
  rows.parting?.remove();
  const line = rows.buttons.get(state.parting);
  rows.parting = line ? element('span', ' (first difference)', 'parting') : null;
  if (line) line.append(rows.parting);
}

function listRows(log) {
  const branch = state.view.branch;
  rows.buttons = new Map();
  $('rows').replaceChildren(...log.rows.map((entry) => {
    const line = button('', () => go(branch, entry.at, 0));
    line.append(`${entry.at} `, element('span', entry.rules.join(' '), 'rule'),
      ` ${entry.action}${entry.wrong ? ' (wrong)' : ''}`);
    if (entry.wrong) line.classList.add('bad');
    rows.buttons.set(entry.at, line);
    const item = element('li');
    item.append(line);
    return item;
  }));
  $('rows-left').textContent = log.matching > log.rows.length ?
    `${log.rows.length} of ${log.matching} steps are listed here, around the current one` :
    state.filter || state.hide ? `${log.matching} steps` : '';
}
