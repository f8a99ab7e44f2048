// Everything drawn, keys and buttons, and the start.
let library = null;

function draw() {
  const view = state.view;
  drawWhy();
  drawQuestion();
  drawPorts();
  drawWhatIf();
  drawLanes();
  drawHandles();
  drawCompare();
  drawLog();
  drawEditor();
  $('title').textContent = state.info.title || state.info.name;
  document.title = $('title').textContent;
  $('semantics').textContent = view.branches[view.branch].semantics +
    state.info.parameters.map((p) => `, ${p.name}=${p.value}`).join('');
  $('notice').textContent = state.info.notice.join(' ');
  $('slider').max = length();
  $('slider').value = view.at;
  $('slider').setAttribute('aria-valuetext', `step ${view.at} of ${length()}`);
  $('place').textContent = `${view.at}${view.part ? `+${view.part}` : ''} / ${length()}`;
  $('micro').setAttribute('aria-pressed', String(state.micro));
  $('predict').setAttribute('aria-pressed', String(state.predict));
  settle();
}

function play() {
  if (state.timer) {
    clearInterval(state.timer);
    state.timer = null;
  } else {
    state.timer = setInterval(() => {
      if (!forward() || state.asked) play();
    }, 900);
  }
  $('play').setAttribute('aria-pressed', String(Boolean(state.timer)));
}

function micro() {
  state.micro = !state.micro;
  go(state.view.branch, state.view.at, 0);
}

function predict() {
  state.predict = !state.predict;
  state.asked = null;
  draw();
}

function goTo() {
  $('ask-number').value = state.view.at;
  $('ask-number').max = length();
  $('ask').showModal();
}

function showText(what, about, text) {
  $('text-heading').textContent = what;
  $('text-about').textContent = about;
  $('text-body').value = text;
  $('text').showModal();
}

function copyCode(language, what, about) {
  const found = ask({ do: language, branch: state.view.branch });
  showText(what, found.error || about, found.text || '');
}

const keys = {
  ArrowRight: forward, ArrowLeft: backward, Home: () => go(state.view.branch, 0, 0),
  End: () => go(state.view.branch, length(), 0), ' ': play, m: micro, p: predict, t: theme, g: goTo,
  r: runOn, b: nextBranch, s: copyLink, x: saveAs,
  d: () => $('to-difference').hidden ? $('other').focus() : toDifference(),
  w: () => $('action').focus(), h: () => $('graph').focus(), e: () => $('editor').focus(), l: () => $('lessons').focus(),
  '/': () => $('filter').focus(), o: () => $('hide').focus(), '?': () => $('help').showModal(),
};
for (let i = 1; i <= 9; i++) keys[String(i)] = () => choose(i - 1);

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && event.ctrlKey && event.target === $('editor')) {
    runText();
    return;
  }
  // What had the focus in a dialog keeps it for a moment after the dialog has closed.
  const at = event.target.closest('dialog:not([open])') ? document.body : event.target;
  const writes = at.matches('input:not([type=range]),textarea,select');
  const free = !state.view || event.ctrlKey || event.altKey || event.metaKey || writes ||
    document.querySelector('dialog[open]') || (event.key === ' ' && at.matches('button,summary'));
  if (free || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  if (event.shiftKey && event.key.startsWith('Arrow')) nextCall(event.key === 'ArrowLeft');
  else keys[event.key]();
});

function wire() {
  const buttons = { first: keys.Home, back: backward, play, next: forward, last: keys.End, micro,
    predict, theme, keys: keys['?'], 'run-on': runOn, share: copyLink, load: runText, export: saveAs,
    'to-difference': toDifference, 'text-copy': () => copied($('text-body').value, 'The text'),
    rust: () => copyCode('rust', 'A Rust test', 'Put it into tests/ of a package that depends on the iocp crates.'),
    c: () => copyCode('c', 'A C program', 'Compile it with a C compiler for Windows, or with mingw.') };
  for (const id in buttons) $(id).addEventListener('click', buttons[id]);
  $('slider').addEventListener('input', () => go(state.view.branch, Number($('slider').value), 0));
  for (const id of ['filter', 'hide']) {
    $(id).addEventListener('input', () => {
      state[id] = $(id).value;
      drawLog();
      settle();
    });
  }
  $('editor').addEventListener('input', () => {
    clearTimeout(checking);
    checking = setTimeout(check, 250);
  });
  $('editor').addEventListener('scroll', () => { $('marks').scrollTop = $('editor').scrollTop; });
  $('pick').addEventListener('change', () => $('pick').value && load({ scenario: $('pick').value,
    profile: state.wanted.profile || '' }));
  $('profile').addEventListener('change', () => load({ ...state.wanted, deviate: [], profile: $('profile').value }));
  $('other').addEventListener('change', () => pickOther($('other').value));
  $('lessons').addEventListener('change', () => openLesson($('lessons').value));
  $('ask').addEventListener('close', () => {
    const number = Number($('ask-number').value);
    if ($('ask').returnValue === 'go' && Number.isInteger(number)) go(state.view.branch, Math.max(0, number), 0);
  });
  addEventListener('hashchange', () => location.hash !== linked && follow(location.hash));
}

async function start() {
  const wanted = JSON.parse($('start').textContent);
  try {
    await openModel();
  } catch (error) {
    alarm(`This browser cannot run the model (${error.message}); the run as text is in the page's source.`);
    return;
  }
  library = { ...ask({ do: 'library' }), texts: new Map(wanted.library.map((s) => [s.name, s.text])),
    lessons: wanted.lessons, hints: wanted.hints, grounds: wanted.grounds };
  const groups = wanted.library.map((s) => [s.name, s.name]);
  options($('pick'), [['', 'your own'], ...groups], wanted.scenario || '');
  options($('profile'), [['', 'the scenario asks'], ...library.profiles.map((p) => [p, p])], wanted.profile || '');
  drawLegend();
  listLessons();
  wire();
  wireHints();
  if (await follow(location.hash || wanted.link)) return;
  const complaint = $('alarm').textContent;
  const { token, at, link, lesson: first, library: all, lessons, hints, grounds, version, ...what } = wanted;
  if (load(what, !token).error) return;
  if (token) restore(new URLSearchParams({ c: token, i: at || 0 }));
  if (complaint) alarm(complaint);
  if (first) openLesson(first);
}
start();
