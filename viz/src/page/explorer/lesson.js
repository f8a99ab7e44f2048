// Lessons: a question before the answer, an exercise that the model checks. Progress stays in this
// browser.
const KEPT = 'iocp-lessons-1';
let lesson = null;

const progress = () => remembered(KEPT) || {};

function keep(name, what) {
  const all = progress();
  remember(KEPT, { ...all, [name]: { ...all[name], ...what } });
  listLessons();
}

function listLessons() {
  const done = progress();
  const word = (name) => done[name]?.solved ? ', solved' : done[name]?.answered ? ', answered' : '';
  const title = (l) => /^# (.*)/m.exec(l.text)?.[1] || l.name;
  options($('lessons'), [['', 'none'], ...library.lessons.map((l, i) => [l.name, `${i + 1}. ${title(l)}${word(l.name)}`])],
    lesson ? lesson.name : '');
}

function openLesson(name) {
  if (!name) {
    lesson = null;
    $('lesson-text').replaceChildren();
    return;
  }
  const source = library.lessons.find((l) => l.name === name).text;
  lesson = { name, source, ...ask({ do: 'lesson', name, lesson: source }) };
  drawLesson();
  if (lesson.text) load({ text: lesson.text });
}

function drawLesson() {
  if (lesson.error) {
    $('lesson-text').replaceChildren(element('p', lesson.error));
    return;
  }
  const nodes = [element('h3', lesson.title), ...prose(lesson.intro), element('h3', 'Question'),
    ...prose(lesson.question)];
  const answers = element('div');
  answers.id = 'lesson-answer';
  lesson.choices.forEach((text, i) => {
    const choice = button('', () => answerLesson(i), 'choice');
    inline(choice, `${i + 1}. ${text}`);
    nodes.push(choice);
  });
  $('lesson-text').replaceChildren(...nodes, answers);
}

function answerLesson(pick) {
  const found = ask({ do: 'lesson_answer', name: lesson.name, lesson: lesson.source });
  const nodes = [];
  if (found.error) nodes.push(element('p', found.error));
  else {
    const right = found.right === pick;
    nodes.push(element('p', right ? 'Right.' : `It is answer ${found.right + 1}.`, right ? 'good' : 'miss'));
    nodes.push(...prose(found.answer));
    found.rules.forEach((rule) => nodes.push(card(rule)));
    keep(lesson.name, { answered: true });
    nodes.push(...exercise());
    say(nodes[0].textContent);
  }
  $('lesson-answer').replaceChildren(...nodes);
}

function exercise() {
  const nodes = [element('h3', 'Exercise'), ...prose(lesson.exercise)];
  const label = element('label', 'Your solution'), area = element('textarea');
  area.value = lesson.start;
  area.spellcheck = false;
  area.id = 'solution';
  label.htmlFor = 'solution';
  const verdict = element('div');
  verdict.setAttribute('aria-live', 'polite');
  nodes.push(label, area, button('check', () => checkExercise(area.value, verdict)));
  if (lesson.hint) {
    const hint = element('details');
    hint.append(element('summary', 'hint'), ...prose(lesson.hint));
    nodes.push(hint);
  }
  nodes.push(verdict);
  return nodes;
}

function checkExercise(text, verdict) {
  const found = ask({ do: 'lesson_check', name: lesson.name, lesson: lesson.source, text });
  const nodes = [];
  if (found.error) nodes.push(element('p', found.error, 'miss'));
  for (const problem of found.problems || []) {
    nodes.push(element('p', `line ${problem.line}, column ${problem.column}: ${problem.message}`));
  }
  for (const text of found.objections || []) nodes.push(element('p', text, 'miss'));
  for (const goal of found.goals || []) {
    nodes.push(element('p', `${goal.holds ? 'met' : 'not met'}: ${goal.text}`, goal.holds ? 'good' : 'miss'));
  }
  if (found.solved) {
    nodes.push(element('p', 'Solved.', 'good'), ...prose(found.text));
    keep(lesson.name, { solved: true });
  }
  verdict.replaceChildren(...nodes);
}
