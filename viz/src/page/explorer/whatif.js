// What if: what can happen now, with keys; what cannot, with the reason; the branches so far.
function drawWhatIf() {
  const view = state.view;
  const quiet = state.asked && !state.asked.verdict;
  drawBranches();
  if (!changed('offers', [view.offers, view.withheld, view.part, quiet, state.predict])) return;
  const within = $('offers').contains(document.activeElement);
  $('offers').replaceChildren(...view.offers.map((offer, i) => {
    const line = button('', () => choose(i), offer.next && !state.predict ? 'next' : '');
    line.append(element('span', i < 9 ? String(i + 1) : '', 'key'),
      element('span', offer.sentence + (offer.next && !state.predict ? ' (as in this branch)' : '')));
    line.disabled = Boolean(view.part || quiet);
    const item = element('li');
    item.append(line);
    return item;
  }));
  if (view.offers.length === 0) {
    $('offers').replaceChildren(element('li', 'Nothing: this is the end.', 'nothing'));
  }
  // Who chooses with the keyboard goes on choosing.
  if (within) $('offers').querySelector('button:enabled')?.focus();
  $('withheld').replaceChildren(...view.withheld.map((who) => element('li', who.reason)));
  $('withheld-heading').hidden = view.withheld.length === 0;
  $('withheld').hidden = view.withheld.length === 0;
}

function drawBranches() {
  const view = state.view;
  if (!changed('branches', [view.branch, view.branches])) return;
  $('branches').replaceChildren(...view.branches.map((branch, i) => {
    const from = branch.from === null ? '' : `, left ${view.branches[branch.from].name} at ${branch.parted}`;
    const tab = button(`${branch.name} (${branch.length} steps${from})`,
      () => go(i, Math.min(state.view.at, branch.length), 0));
    tab.setAttribute('aria-pressed', String(i === view.branch));
    return tab;
  }));
}

function nextBranch() {
  const next = (state.view.branch + 1) % state.view.branches.length;
  go(next, Math.min(state.view.at, state.view.branches[next].length), 0);
}
