// Compare: this branch with another, or with the same choices under another Windows version or
// with one departure. The first difference is marked.
function drawCompare() {
  const view = state.view;
  // The list is long and seldom another one.
  if (changed('others', [view.branch, view.branches.map((b) => [b.name, b.semantics]), state.other])) {
    listOthers();
  }
  const other = /^b(\d+)$/.exec(state.other);
  $('to-difference').hidden = !other;
  state.parting = null;
  if (!other || !view.branches[Number(other[1])]) {
    $('sides').replaceChildren(element('p', 'Choose a branch, a Windows version or a departure from ' +
      'a rule: both runs are shown side by side, and where they part.', 'wide small'));
    return;
  }
  drawSides(Number(other[1]));
}

function listOthers() {
  const view = state.view;
  const entries = [['', 'nothing']];
  view.branches.forEach((branch, i) => {
    if (i !== view.branch) entries.push([`b${i}`, `branch ${called(branch)}`]);
  });
  library.profiles.forEach((name) => entries.push([`p${name}`, `the same choices as ${name}`]));
  library.deviations.forEach((d) => entries.push([`d${d.name}`, `the same with ${d.name}`]));
  options($('other'), entries, state.other);
}

// A branch under other semantics is named after them.
function called(branch) {
  return branch.name.startsWith(branch.semantics) ? branch.name : `${branch.name} (${branch.semantics})`;
}

function drawSides(right) {
  const view = state.view;
  const found = ask({ do: 'compare', branch: view.branch, with: right });
  const at = Math.min(view.at, view.branches[right].length);
  const other = ask({ do: 'view', branch: right, at, part: 0 });
  state.parting = found.alike ? null : found.at + 1;
  const differs = !found.alike && view.at === found.at + 1;
  const verdict = element('p', found.alike ? 'Both runs are alike in every step.' :
    `Both are alike for ${found.at} steps. The first difference is step ${found.at + 1}.`, 'wide');
  const side = (name, place, told) => {
    const box = element('div', undefined, differs ? 'differs' : '');
    box.append(element('h3', name));
    if (differs) box.append(element('p', 'first difference', 'small'));
    const lines = differs ? told : place.step ? [place.step.action, ...place.step.notes.map((n) => n.text)] : ['before the first step'];
    box.append(...(lines.length ? lines : ['it has ended']).map((text) => element('p', text)));
    box.append(...portNodes(place.ports, false));
    return box;
  };
  const name = (i) => called(view.branches[i]);
  $('to-difference').hidden = found.alike;
  $('to-difference').dataset.at = found.alike ? '' : found.at + 1;
  $('sides').replaceChildren(verdict, side(name(view.branch), view, found.left || []),
    side(name(right), other, found.right || []));
}

// Makes the other branch, if what was chosen is not one yet.
function compareWith(what) {
  const made = ask({ do: 'under', branch: state.view.branch, ...what });
  if (made.error) {
    alarm(made.error);
    $('other').value = state.other;
    return;
  }
  alarm('');
  state.other = `b${made.branch}`;
  go(state.view.branch, state.view.at, 0);
  $('compare').scrollIntoView({ block: 'nearest' });
}

function pickOther(value) {
  if (value.startsWith('p')) compareWith({ profile: value.slice(1) });
  else if (value.startsWith('d')) {
    compareWith({ profile: state.wanted.profile || '', deviate: [value.slice(1)] });
  } else {
    state.other = value;
    draw();
  }
}

function toDifference() {
  const at = Number($('to-difference').dataset.at);
  if (at) go(state.view.branch, Math.min(at, length()), 0);
}
