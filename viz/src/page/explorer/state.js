// Where the reader is: what is loaded, which branch, which step. The only place that changes it.
const SCORE = 'iocp-score-1';
const state = {
  info: null, // what the model says of the loaded scenario
  loads: 0, // how often one was loaded
  wanted: {}, // what was asked for when it was loaded
  view: null, // everything about the current place
  micro: false,
  predict: false,
  asked: null, // the question on the table, with the place it is about
  score: remembered(SCORE) || { right: 0, asked: 0 },
  other: '', // what this branch is compared with
  parting: null, // the step at which the two differ
  filter: '',
  hide: '',
  timer: null,
};

function load(wanted, run) {
  const info = ask({ do: 'load', ...wanted, text: wanted.text ?? library.texts.get(wanted.scenario) });
  if (info.error) {
    alarm(info.problems ? `${info.error}: ${info.problems[0].message}` : info.error);
    return info;
  }
  alarm('');
  state.info = info;
  state.loads += 1;
  state.wanted = wanted;
  state.other = '';
  state.asked = null;
  if (run !== false) go(0, 0, 0);
  return info;
}

// Goes to a place: a branch, a number of steps, and effects of the step that follows.
function go(branch, at, part) {
  arrive(ask({ do: 'view', branch, at, part: part || 0 }));
}

function arrive(view) {
  if (view.error) {
    alarm(view.error);
    return;
  }
  state.view = view;
  draw();
}

const length = () => state.view.branches[state.view.branch].length;

function forward() {
  const { branch, at, part, next_parts: parts } = state.view;
  if (at >= length() && part === 0) return false;
  if (state.predict && part === 0 && pose()) return true;
  if (state.micro && parts > 1 && part + 1 < parts) go(branch, at, part + 1);
  else go(branch, at + 1, 0);
  return true;
}

function backward() {
  const { branch, at, part } = state.view;
  if (part > 0) go(branch, at, part - 1);
  else if (state.micro && at > 0) {
    const before = ask({ do: 'view', branch, at: at - 1, part: 0 });
    go(branch, at - 1, Math.max(0, (before.next_parts || 1) - 1));
  } else if (at > 0) go(branch, at - 1, 0);
}

function nextCall(back) {
  const { branch, at } = state.view;
  arrive(ask({ do: 'next_call', branch, at, back }));
}

function choose(number) {
  const offer = state.view.offers[number];
  if (!offer || state.asked || state.view.part) return;
  const { branch, at } = state.view;
  arrive(ask({ do: 'step', branch, at, choice: offer.choice }));
}

function runOn() {
  arrive(ask({ do: 'run', branch: state.view.branch, steps: 1000 }));
}
