// Files for elsewhere: the chart as a picture, the branch as a diagram, this page at this step.
// The page as it came, before anything was drawn into it.
const AS_IT_CAME = `<!DOCTYPE html>\n${document.documentElement.outerHTML}`;
const FILES = [
  ['a picture of the chart (SVG)', 'svg', 'image/svg+xml', picture],
  ['a picture of the chart (PNG)', 'png', 'image/png', () => bitmap(picture())],
  ['a sequence diagram of this branch (Mermaid)', 'mmd', 'text/plain', diagram],
  ['this page, at this step (HTML)', 'html', 'text/html', pageHere],
];

function saveAs() {
  $('kinds').replaceChildren(...FILES.map(([text, ending, type, make]) =>
    button(text, () => save(ending, type, make), 'choice')));
  $('save').showModal();
}

async function save(ending, type, make) {
  $('save').close();
  const name = `${(state.info.name || 'scenario').replace(/[^\w.-]+/g, '-')}.${ending}`;
  try {
    const link = element('a');
    link.href = URL.createObjectURL(new Blob([await make()], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say(`Saved as ${name}.`);
  } catch (error) {
    alarm(`${name} could not be made: ${error.message}`);
  }
}

// The names and the chart side by side, with the colours that they have on the page.
function picture() {
  const parts = [$('names').firstChild, $('chart').firstChild];
  const of = (part, what) => Number(part.getAttribute(what));
  const width = Math.ceil(parts.reduce((sum, part) => sum + of(part, 'width'), 0));
  const height = Math.max(...parts.map((part) => of(part, 'height')));
  const svg = drawn('svg', { xmlns: SVG, width, height, role: 'img' });
  svg.append(drawn('title', {}, $('title').textContent),
    drawn('rect', { width, height, fill: getComputedStyle(document.body).backgroundColor }));
  let left = 0;
  for (const part of parts) {
    const group = drawn('g', { transform: `translate(${left} 0)` });
    group.append(...[...part.children].map(inked));
    svg.append(group);
    left += of(part, 'width');
  }
  return new XMLSerializer().serializeToString(svg);
}

// A copy that looks the same without the page's style sheet.
const INKS = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'font-size', 'font-family'];
function inked(node) {
  const copy = node.cloneNode(false), style = getComputedStyle(node);
  copy.removeAttribute('class');
  for (const name of INKS) copy.setAttribute(name, style.getPropertyValue(name));
  copy.append(...[...node.childNodes].map((child) => child.nodeType === Node.TEXT_NODE ?
    child.cloneNode() : inked(child)));
  return copy;
}

async function bitmap(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = element('canvas');
  [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
  const context = canvas.getContext('2d');
  context.scale(2, 2);
  context.drawImage(image, 0, 0);
  return new Promise((done) => canvas.toBlob(done));
}

// The branch for issues and documents that draw Mermaid, as `iocp view` writes it: its first steps;
// the others are counted.
const DIAGRAM_STEPS = 40;
function diagram() {
  const { branch } = state.view, count = Math.min(length(), DIAGRAM_STEPS);
  const { lanes, arrows } = ask({ do: 'lanes', branch, from: 0, to: count + 1 });
  const steps = Array.from({ length: count }, (_, i) => ask({ do: 'view', branch, at: i + 1, part: 0 }).step);
  const safe = (text) => text.replace(/[#;:<>&"%{}\\`,+-]/g, (c) => `#${c.codePointAt(0)};`).replace(/\p{Cc}/gu, ' ');
  const unstopped = (text) => text.replace(/\.$/, '');
  const part = (lane) => lane === null ? 'E' : `L${lane}`;
  const lines = ['sequenceDiagram', `    title ${safe(state.info.title)}`,
    ...lanes.map((lane, i) => `    participant ${part(i)} as ${safe(lane.name)}`)];
  if (steps.some((step) => step.lane === null)) lines.push('    participant E as environment');
  steps.forEach((step, i) => {
    const arrow = arrows.find(({ at, from }) => at === i + 1 && from === step.lane);
    const target = part(arrow ? arrow.to : step.lane), action = unstopped(step.action);
    const who = step.lane === null ? '' : `${lanes[step.lane].name} `;
    lines.push(`    ${part(step.lane)}->>${target}: ${i + 1} ${safe(action.startsWith(who) ? action.slice(who.length) : action)}`);
    const notes = step.notes.filter((note) => note.weight !== 'detail').map((note) => `${unstopped(note.text)} by ${note.rule}`);
    for (const note of [...notes, ...step.faults.map(unstopped)]) lines.push(`    Note over ${target}: ${safe(note)}`);
  });
  if (length() > count) lines.push(`    Note over ${lanes.length ? 'L0' : 'E'}: and ${length() - count} more steps`);
  return `${lines.join('\n')}\n`;
}

// The page with a link to this step in it; what it begins with has a place of its own.
async function pageHere() {
  const link = await linkHash();
  const [before, after] = AS_IT_CAME.split(/(?<=id="start"[>])[^<]*/);
  const start = JSON.stringify({ ...JSON.parse($('start').textContent), link });
  return before + start.replaceAll('<', '\\u003c') + after;
}
