// What the explorer is drawn with: buttons, tables, prose, and what this browser remembers.
function button(text, does, className) {
  const node = element('button', text, className);
  node.type = 'button';
  node.addEventListener('click', does);
  return node;
}

// A table with a caption; rows are lists of texts, the first of each a heading.
function table(caption, heads, rows) {
  const node = element('table');
  node.append(element('caption', caption, 'small'));
  const head = element('tr');
  for (const text of heads) {
    const cell = element('th', text);
    cell.scope = 'col';
    head.append(cell);
  }
  const top = element('thead'), body = element('tbody');
  top.append(head);
  body.append(...rows.map((cells) => row(cells)));
  node.append(top, body);
  return node;
}

function row(cells) {
  const line = element('tr');
  cells.forEach((text, i) => {
    const cell = element(i === 0 ? 'th' : 'td', text);
    if (i === 0) cell.scope = 'row';
    line.append(cell);
  });
  return line;
}

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => {
    const option = element('option', text);
    option.value = value;
    option.selected = value === chosen;
    return option;
  }));
}

// What needs the layout waits until everything is drawn: first all is measured, then all is moved,
// and the page is laid out once.
const waiting = [];

function later(measure) {
  waiting.push(measure);
}

function settle() {
  waiting.splice(0).map((measure) => measure()).forEach((move) => move());
}

// Whether something is to be drawn that is not there already.
const drawnOf = new Map();

function changed(name, what) {
  const key = JSON.stringify(what);
  if (drawnOf.get(name) === key) return false;
  drawnOf.set(name, key);
  return true;
}

// A page from a file may have no storage; then this lasts as long as the page.
const memory = new Map();

function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? memory.get(name);
  } catch {
    return memory.get(name);
  }
}

function remember(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // It is in the memory.
  }
}

function say(text) {
  $('live').textContent = text;
}

// What went wrong, where everybody sees it; nothing takes it away but success.
function alarm(text) {
  $('alarm').hidden = !text;
  $('alarm').textContent = text || '';
}

// Light Markdown as nodes: paragraphs, lists, code, *emphasis*, tables as they are written.
function prose(text) {
  const blocks = [];
  let fence = null, list = null, lines = [];
  const flush = () => {
    if (lines.length) {
      const p = element('p');
      inline(p, lines.join(' '));
      blocks.push(p);
    }
    lines = [];
    list = null;
  };
  for (const line of text.split('\n')) {
    if (fence) {
      if (line.startsWith('```')) fence = null; else fence.textContent += line + '\n';
      continue;
    }
    const item = /^(?:[-*]|\d+\.)\s+(.*)$/.exec(line);
    if (line.startsWith('```') || line.startsWith('|')) {
      const last = blocks[blocks.length - 1];
      if (line.startsWith('|') && !lines.length && last && last.dataset.rows) {
        last.textContent += line + '\n';
        continue;
      }
      flush();
      const block = element('pre', line.startsWith('|') ? line + '\n' : '');
      block.tabIndex = 0;
      blocks.push(block);
      if (line.startsWith('|')) block.dataset.rows = 'yes'; else fence = block;
    } else if (item) {
      if (lines.length) flush();
      if (!list) {
        list = element(/^\d/.test(line) ? 'ol' : 'ul');
        blocks.push(list);
      }
      const node = element('li');
      inline(node, item[1]);
      list.append(node);
    } else if (/^#+\s/.test(line)) {
      flush();
      blocks.push(element('h3', line.replace(/^#+\s*/, '')));
    } else if (line.trim() === '') {
      flush();
    } else {
      list = null;
      lines.push(line.trim());
    }
  }
  flush();
  return blocks;
}

function inline(node, text) {
  for (const part of text.split(/(`[^`]+`|\*[^*]+\*)/)) {
    if (part.startsWith('`') && part.length > 2) node.append(element('code', part.slice(1, -1)));
    else if (part.startsWith('*') && part.length > 2) node.append(element('em', part.slice(1, -1)));
    else if (part) node.append(part);
  }
}
