// What happened, and why: the step, its effects with their rules, what changed, each rule with its
// source. And questions: what will happen, before it is shown.
function drawWhy() {
  const view = state.view, step = view.step;
  $('moment').textContent = view.part ?
    `inside step ${view.at + 1} of ${length()}: effect ${view.part} of ${view.parts}` :
    view.at ? `step ${view.at} of ${length()}` : `before the first of ${length()} steps`;
  $('action').textContent = step ? step.action : '';
  const notes = step ? step.notes : [];
  const shown = notes.filter((note, i) => state.micro || view.part || note.weight !== 'detail');
  const items = shown.map((note) => {
    const last = view.part && note === notes[notes.length - 1];
    const item = element('li', note.text + ' ', last ? 'current' : note.weight);
    item.append(element('span', note.rule, 'rule'));
    return item;
  });
  for (const text of step && !view.part ? step.faults : []) {
    items.push(element('li', text, 'wrong'));
  }
  const known = new Set(step ? step.faults : []);
  for (const broken of step && !view.part ? step.broken : []) {
    if (!known.has(broken.sentence)) items.push(element('li', broken.sentence, 'wrong'));
  }
  $('notes').replaceChildren(...items);
  drawEnd();
  drawChanges();
  const ids = [...new Set(shown.map((note) => note.rule))];
  $('cards').replaceChildren(...ids.map((id) => card(view.rules[id])));
  say(`${$('moment').textContent}. ${step ? step.action : ''}. ` +
    shown.map((note) => note.text).join(' '));
}

function drawEnd() {
  const ended = state.view.ended;
  if (!ended || state.view.part) {
    $('ended').replaceChildren();
    return;
  }
  const list = element('ul');
  list.append(element('li', `${ended.kind}: ${ended.outcome}`));
  for (const reason of ended.reasons) list.append(element('li', reason, 'wrong'));
  for (const broken of ended.broken) {
    if (!ended.reasons.includes(broken.sentence)) list.append(element('li', broken.sentence, 'wrong'));
  }
  $('ended').replaceChildren(element('h3', 'The end'), list);
}

function drawChanges() {
  const changes = state.view.changes || [];
  $('difference-box').hidden = changes.length === 0;
  $('changes').replaceChildren(...changes.map((change) => {
    const line = row([change.what, change.before || 'not there', change.after || 'gone']);
    line.children[1].className = 'before';
    return line;
  }));
}

// A rule with its source and how sure it is, and what else it could be like.
function card(rule) {
  const list = element('dl');
  list.append(element('dt', rule.id, 'rule'), element('dd', rule.sentence),
    element('dd', `${rule.grade}: ${rule.source}`, 'small'));
  const grounds = [...rule.source.split(';').map((source) => source.trim()), ...rule.facts]
    .filter((name) => library.grounds[name]);
  if (grounds.length) list.append(groundsOf(grounds));
  if (rule.versions !== 'all versions') list.append(element('dd', `in ${rule.versions}`, 'small'));
  for (const deviation of rule.deviations) {
    const line = element('dd');
    line.append(button(`see it broken: ${deviation.name}`, () => compareWith({
      profile: state.wanted.profile || '', deviate: [deviation.name] })));
    list.append(line);
  }
  return list;
}

// Where each source is, and what each fact says. Once opened, they stay so from step to step.
let opened = false;
function groundsOf(names) {
  const box = element('details'), lines = element('ul', undefined, 'small'), item = element('dd');
  box.open = opened;
  lines.append(...names.map((name) => {
    const line = element('li');
    inline(line, `${name}: ${library.grounds[name].replaceAll('**', '')}`);
    return line;
  }));
  const summary = element('summary', 'sources and facts', 'small');
  // The box itself says it only later, when there may be another in its place.
  summary.addEventListener('click', () => { opened = !box.open; });
  box.append(summary, lines);
  item.append(box);
  return item;
}

// Puts the question about the next step, if there is one; whether it did.
function pose() {
  if (state.asked) return true;
  const { branch, at } = state.view;
  const asked = ask({ do: 'question', branch, at });
  if (!asked.question) return false;
  state.asked = { ...asked, branch, at };
  draw();
  const first = $('question').querySelector('button');
  if (first) first.focus();
  return true;
}

function drawQuestion() {
  const asked = state.asked;
  if (!asked) {
    $('question').replaceChildren();
    return;
  }
  const nodes = [element('h3', 'Predict'), element('p', asked.question)];
  if (!asked.verdict) {
    asked.options.forEach((option) => nodes.push(button(option, () => reveal(option)), ' '));
    say(`Predict. ${asked.question}`);
  } else {
    const { right, answer, because, rule } = asked.verdict;
    nodes.push(element('p', right ? `Right: ${answer}.` :
      `You said ${asked.pick}; it is ${answer}.`, right ? 'good' : 'miss'));
    because.forEach((text) => nodes.push(element('p', text)));
    if (rule) nodes.push(card(rule));
    nodes.push(element('p', `${state.score.right} of ${state.score.asked} right`, 'small'));
    nodes.push(button('go on', goOn));
  }
  $('question').replaceChildren(...nodes);
}

function reveal(pick) {
  const asked = state.asked;
  const verdict = ask({ do: 'answer', branch: asked.branch, at: asked.at, pick });
  if (verdict.error) {
    state.asked = null;
    alarm(verdict.error);
    return;
  }
  asked.pick = pick;
  asked.verdict = verdict;
  state.score.asked += 1;
  state.score.right += verdict.right ? 1 : 0;
  remember(SCORE, state.score);
  drawQuestion();
  say(verdict.right ? `Right: ${verdict.answer}.` : `It is ${verdict.answer}.`);
  $('question').querySelector('button:last-of-type').focus();
}

function goOn() {
  const { branch, at } = state.asked;
  state.asked = null;
  go(branch, at + 1, 0);
  $('action').focus();
}
