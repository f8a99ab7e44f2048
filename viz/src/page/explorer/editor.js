// The scenario as text: problems are marked where they are, and the step that was taken last.
let checking = null;

function drawEditor() {
  if ($('editor').value === '' || $('editor').dataset.of !== state.info.text) {
    $('editor').value = state.info.text;
    $('editor').dataset.of = state.info.text;
    $('problems').replaceChildren();
  }
  const step = state.view.step;
  const same = $('editor').value === state.info.text;
  const places = [];
  if (same && step && step.from !== null) {
    places.push({ from: unit(step.from), to: unit(step.to), className: '' });
  }
  if (same) mark(places);
  drawParameters();
}

// They are fields: drawn again, they would lose what has the focus.
function drawParameters() {
  if (!changed('parameters', state.loads)) return;
  const focused = $('parameters').contains(document.activeElement) ? document.activeElement.name : '';
  $('parameters').replaceChildren(...state.info.parameters.map((parameter) => {
    const label = element('label', `${parameter.name} `), input = element('input');
    input.type = 'number';
    input.name = parameter.name;
    input.value = parameter.value;
    input.min = Math.max(parameter.min, -1e9);
    input.max = Math.min(parameter.max, 1e9);
    input.title = parameter.about;
    input.addEventListener('change', () => load({ ...state.wanted,
      set: { ...state.wanted.set, [parameter.name]: Number(input.value) } }));
    label.append(input);
    return label;
  }));
  if (state.info.variants.length) {
    const label = element('label', 'variant '), select = element('select');
    select.name = 'the variant';
    options(select, [['', 'none'], ...state.info.variants.map((v) => [v.name, v.name])], state.wanted.variant || '');
    select.addEventListener('change', () => load({ ...state.wanted, variant: select.value }));
    label.append(select);
    $('parameters').append(label);
  }
  if (focused) $('parameters').querySelector(`[name="${CSS.escape(focused)}"]`)?.focus();
}

// A byte of the loaded text as an index into its string.
function unit(byte) {
  const bytes = new TextEncoder().encode(state.info.text);
  return bytes.length === state.info.text.length ? byte :
    new TextDecoder().decode(bytes.subarray(0, byte)).length;
}

// The text behind the editor, with marks; a text area itself cannot have any.
function mark(places) {
  const text = $('editor').value, nodes = [];
  if (!changed('marks', [text, places])) return;
  let done = 0;
  for (const { from, to, className } of places.sort((a, b) => a.from - b.from)) {
    if (from < done) continue;
    nodes.push(text.slice(done, from), element('mark', text.slice(from, Math.max(to, from + 1)) || ' ', className));
    done = Math.max(to, from + 1);
  }
  nodes.push(text.slice(done) + '\n');
  $('marks').replaceChildren(...nodes);
  later(() => {
    const top = $('editor').scrollTop;
    return () => { $('marks').scrollTop = top; };
  });
}

function check() {
  const text = $('editor').value;
  const answer = ask({ do: 'check', text });
  const problems = answer.problems || [];
  mark(problems.map((p) => ({ from: p.from, to: p.to, className: 'problem' })));
  settle();
  $('problems').replaceChildren(...problems.map((p) => {
    const help = [p.label, ...p.help].filter(Boolean).join('; ');
    return button(`line ${p.line}, column ${p.column}: ${p.message}${help ? `\n${help}` : ''}`, () => {
      $('editor').focus();
      $('editor').setSelectionRange(p.from, Math.max(p.to, p.from + 1));
    });
  }));
  if (!problems.length) {
    $('problems').replaceChildren(element('p', answer.error || 'No problem: run it to see it.', 'small'));
  }
}

function runText() {
  // A text that is still the library's keeps its name.
  const text = $('editor').value;
  if (text === state.info.text) {
    load(state.wanted);
    return;
  }
  const set = Object.fromEntries(Object.entries(state.wanted.set || {})
    .filter(([name]) => state.info.parameters.some((p) => p.name === name)));
  const info = load({ text, set, profile: state.wanted.profile || '' });
  if (info.error) check();
  else $('pick').value = '';
}
