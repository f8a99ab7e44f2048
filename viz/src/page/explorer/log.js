// The event log: around the current step, or what a filter leaves. Clicking goes there.
const ROWS = 60;

function drawLog() {
  const view = state.view;
  const hidden = state.asked && !state.asked.verdict || state.predict;
  const request = { do: 'log', branch: view.branch, around: Math.max(0, view.at - 1), rows: ROWS,
    filter: state.filter };
  // What comes later is not to be read off the log while predicting.
  if (hidden) request.until = view.at;
  const log = ask(request);
  $('rows').replaceChildren(...log.rows.map((entry) => {
    const line = button('', () => go(view.branch, entry.at, 0));
    line.append(element('span', `${entry.at} `), element('span', entry.rules.join(' '), 'rule'),
      ` ${entry.action}${entry.wrong ? ' (wrong)' : ''}`);
    if (entry.at === view.at) line.setAttribute('aria-current', 'step');
    if (entry.wrong) line.classList.add('bad');
    const item = element('li');
    item.append(line);
    return item;
  }));
  const list = $('rows'), current = list.querySelector('[aria-current]');
  if (current) list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
  $('rows-left').textContent = log.matching > log.rows.length ?
    `${log.rows.length} of ${log.matching} steps are listed here, around the current one` :
    state.filter ? `${log.matching} steps` : '';
}
