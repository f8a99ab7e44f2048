// What must be true of the explorer, a sentence each. Every check throws if it is not.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { violations } from './browser.mjs';

const text = (page, selector) => page.locator(selector).innerText();
const texts = (page, selector) => page.locator(selector).allInnerTexts();
const key = (page, name) => page.keyboard.press(name);
const place = (page) => text(page, '#place');

async function steps(page, count, name = 'ArrowRight') {
  for (let i = 0; i < count; i++) await key(page, name);
}

// Away from fields, where keys are letters.
async function awake(page) {
  await page.evaluate(() => document.activeElement && document.activeElement.blur());
}

// The keys that a page lists and those that do something in it, each in order and as one word.
export async function keysOf(page) {
  const told = (await page.locator('#help tbody tr td:first-child').allTextContents()).flatMap((keys) =>
    keys.split(', ').flatMap((name) => name === '1-9' ? [...'123456789'] : [name]));
  const NAMES = { ' ': 'Space', ArrowRight: 'Right', ArrowLeft: 'Left', PageUp: 'PgUp', PageDown: 'PgDn' };
  const does = await page.evaluate((names) => {
    const pressed = (key, shiftKey) => {
      const event = new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
      document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close());
      return event.defaultPrevented;
    };
    const after = (...keys) => {
      for (const [key, shiftKey] of keys) pressed(key, shiftKey);
      return document.querySelector('#place').textContent;
    };
    // With Shift, an arrow is another key if it leads elsewhere.
    const shifted = [['Home', 'Right'], ['End', 'Left']].filter(([from, arrow]) => {
      const twice = (shift) => after([from], [`Arrow${arrow}`, shift], [`Arrow${arrow}`, shift]);
      return twice(false) !== twice(true);
    }).map(([, arrow]) => `Shift+${arrow}`);
    const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
    const others = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown',
      'Enter', 'Backspace', 'Tab', 'Delete', 'F1'];
    return [...letters, ...others].filter((key) => pressed(key, false)).map((key) => names[key] || key).concat(shifted);
  }, NAMES);
  // These do what they do without us, or in the editor.
  const ours = told.filter((name) => name !== 'Esc' && !name.startsWith('Ctrl+'));
  return { listed: ours.sort(), does: does.sort() };
}

export const CHECKS = {
  async 'axe finds nothing, at the start, inside the run and with every box open'({ page }) {
    assert.deepEqual(await violations(page), []);
    await steps(page, 5);
    await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    assert.deepEqual(await violations(page), []);
    await key(page, '?');
    assert.deepEqual(await violations(page), []);
    await key(page, 'Escape');
  },

  async 'nothing makes the page scroll sideways'({ page }) {
    await steps(page, 6);
    await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    const [wide, room] = await page.evaluate(() =>
      [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `${wide} pixels in ${room}`);
  },

  async 'the waiter that came last gets the packet, and the page shows it'({ page, story }) {
    // The command says what happens; the page must say the same at every step.
    for (const [i, step] of story.steps.entries()) {
      await key(page, 'ArrowRight');
      assert.equal(await place(page), `${i + 1} / ${story.steps.length}`);
      assert.equal(await text(page, '#action'), step.action.replace(/\.$/, ''));
    }
    await key(page, 'Home');
    let stack = [];
    for (let i = 0; i < story.steps.length; i++) {
      const before = stack;
      await key(page, 'ArrowRight');
      stack = (await texts(page, '#ports .waiter')).map((t) => t.trim());
      const handed = (await texts(page, '#notes li')).map((t) => /hands the packet .* to (\S+)\./.exec(t)).find(Boolean);
      if (handed) assert.equal(handed[1], before[0], 'the top of the stack is released');
    }
  },

  async 'a rule says where its sources are and what they say'({ page }) {
    await key(page, 'Home');
    await steps(page, 5);
    const card = page.locator('#cards dl', { hasText: 'release-lifo' }).first();
    await card.locator('summary').click();
    assert.match(await card.locator('details').innerText(), /MS-IOCP: .*i-o-completion-ports\.md.*D03: .*LIFO over waiters/s);
    await key(page, 'ArrowRight');
    assert.ok(await page.locator('#cards details').first().evaluate((box) => box.open), 'they stay open');
    await awake(page);
  },

  async 'going back shows what was there'({ page }) {
    const seen = [];
    await key(page, 'Home');
    for (let i = 0; i < 8; i++) {
      seen.push(await text(page, '#ports'));
      await key(page, 'ArrowRight');
    }
    for (let i = 7; i >= 0; i--) {
      await key(page, 'ArrowLeft');
      assert.equal(await text(page, '#ports'), seen[i], `after ${i} steps`);
    }
  },

  async 'every effect of a micro-step is shown with its rule'({ page }) {
    await key(page, 'm');
    let inside = 0;
    for (let i = 0; i < 30; i++) {
      await key(page, 'ArrowRight');
      if ((await place(page)).includes('+')) {
        inside += 1;
        assert.ok((await text(page, '#notes .current .rule')).length > 3);
      }
    }
    assert.ok(inside > 8, `${inside} micro-steps`);
    await steps(page, 4, 'ArrowLeft');
    await key(page, 'm');
  },

  async 'another choice begins a branch and both are kept'({ page }) {
    await page.locator('#pick').selectOption('kq');
    await page.waitForFunction(() => document.title !== '' && document.querySelectorAll('#offers button').length > 1);
    await awake(page);
    const enabled = await page.locator('#offers button').count();
    assert.ok(enabled >= 2, 'there is a choice at the start');
    const other = await page.locator('#offers button:not(.next)').first().locator('.key').innerText();
    const before = await page.locator('#branches button').count();
    await key(page, other);
    assert.equal(await page.locator('#branches button').count(), before + 1);
    await key(page, 'r');
    await key(page, 'b');
    assert.equal(await page.locator('#branches button[aria-pressed=true]').count(), 1);
    assert.match(await text(page, '#branches'), /left run at 0/);
  },

  async 'who can do nothing is told why'({ page }) {
    await key(page, 'End');
    const reasons = await texts(page, '#withheld li');
    assert.ok(reasons.length > 0);
    for (const reason of reasons) assert.match(reason, /cannot|has to wait/);
  },

  async 'a link restores the exact step'({ page, url }) {
    await key(page, 'Home');
    await steps(page, 4);
    const seen = [await place(page), await text(page, '#ports'), await text(page, '#action')];
    await key(page, 's');
    await page.waitForFunction(() => location.hash.includes('c=iocp1'));
    const link = await page.evaluate(() => location.href);
    if (await page.locator('#text[open]').count()) await key(page, 'Escape');
    await page.goto('about:blank');
    await page.goto(link);
    await page.waitForFunction(() => document.querySelectorAll('#rows li').length > 0);
    assert.deepEqual([await place(page), await text(page, '#ports'), await text(page, '#action')], seen);
    assert.ok(await page.locator('#alarm').isHidden(), 'nothing to complain about');
    await page.goto('about:blank');
    await page.goto(link.replace(/h=[0-9a-f]+/, 'h=0000000000000001'));
    await page.waitForFunction(() => !document.querySelector('#alarm').hidden);
    assert.match(await text(page, '#alarm'), /not the one that the link was made from/);
    await page.goto('about:blank');
    await page.goto(url);
    await page.waitForFunction(() => document.querySelectorAll('#rows li').length > 0);
  },

  async 'predicting, nothing on the page tells the answer'({ page }) {
    await key(page, 'Home');
    await key(page, 'p');
    let asked = 0;
    for (let i = 0; i < 12 && asked < 2; i++) {
      await key(page, 'ArrowRight');
      if (!(await page.locator('#question h3').count())) continue;
      asked += 1;
      const now = Number((await place(page)).split(' ')[0]);
      const rows = await texts(page, '#rows button');
      assert.ok(rows.every((row) => Number(row.split(' ')[0]) <= now), 'the log stops here');
      assert.equal(await page.locator('#offers button.next').count(), 0, 'no choice is marked');
      const options = await texts(page, '#question button');
      assert.ok(options.includes('nobody') && options.includes('not determined by the rules'));
      await page.locator('#question button').first().click();
      assert.match(await text(page, '#question'), /Right|You said/);
      assert.ok(await page.locator('#question dl').count() >= 1, 'the rule that decides is shown');
      await page.getByRole('button', { name: 'go on' }).click();
    }
    assert.ok(asked >= 1, 'there was a question');
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('iocp-score-1')));
    assert.equal(kept.asked, asked, 'the score is remembered');
    await awake(page);
    await key(page, 'p');
  },

  async 'each picture has a table that says the same'({ page }) {
    await key(page, 'Home');
    await steps(page, 5);
    await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    const chips = (await texts(page, '#ports .waiter')).map((t) => t.trim());
    const cells = await page.locator('#ports table tr:has(th:text-matches("waiter"))').locator('td').allInnerTexts();
    assert.deepEqual(cells.map((t) => t.trim()), chips);
    const lanes = await page.locator('#names text').allTextContents();
    const rows = await page.locator('#now th').allTextContents();
    assert.deepEqual(rows.map((t) => t.slice(0, 14)), lanes);
    const handles = await page.locator('#tables caption').allTextContents();
    assert.ok(handles.includes('Handles') && handles.includes('Objects'));
  },

  async 'problems of a scenario are marked where they are'({ page }) {
    const before = await page.locator('#editor').inputValue();
    await page.locator('#editor').fill(before.replace('"title"', '"titel"'));
    await page.waitForSelector('#problems button');
    assert.match(await text(page, '#problems'), /line \d+, column \d+: .*titel/s);
    const marked = await page.locator('#marks mark.problem').allTextContents();
    assert.ok(marked.some((text) => text.includes('titel')), marked.join());
    await page.locator('#editor').fill(before);
    await page.waitForFunction(() => !document.querySelector('#problems button'));
    await page.locator('#editor').press('Control+Enter');
    await page.waitForFunction(() => document.querySelector('#place').textContent.startsWith('0 /'));
    await awake(page);
  },

  async 'the editor offers what fits at the cursor'({ page }) {
    const editor = page.locator('#editor');
    const before = await editor.inputValue();
    const offered = () => texts(page, '#hints [role=option]');
    // A text with the cursor where the bar is, and what is offered there.
    const at = async (bar) => {
      const place = bar.indexOf('|');
      await editor.fill(bar.replace('|', ''));
      await editor.evaluate((node, place) => node.setSelectionRange(place, place), place);
      await key(page, 'Control+ ');
      return offered();
    };
    const step = (text) => `{"version": 1, "ports": {"P": {}, "Q": {}}, "threads": {"A": {"program": [${text}]}}}`;
    assert.match((await at('{|}')).join(), /title/);
    assert.deepEqual(await at(step('{"call": "PostQ|"}')), ['PostQueuedCompletionStatus']);
    await key(page, 'Enter');
    assert.ok((await editor.inputValue()).includes('"PostQueuedCompletionStatus"}'), await editor.inputValue());
    assert.deepEqual(await at(step('{"call": "PostQueuedCompletionStatus", "port": |}')), ['P', 'Q']);
    assert.deepEqual(await violations(page), []);
    await key(page, 'ArrowDown');
    const chosen = page.locator('#hints [aria-selected=true]');
    assert.equal(await chosen.innerText(), 'Q');
    assert.equal(await chosen.getAttribute('id'), await editor.getAttribute('aria-activedescendant'));
    await key(page, 'Escape');
    assert.ok(await page.locator('#hints').isHidden());
    assert.equal(await page.evaluate(() => document.activeElement.id), 'editor', 'the focus stays');
    // What belongs to other calls and what is there already does not fit.
    const nothing = ['nothing is known that fits here'];
    assert.deepEqual(await at(step('{"call": "PostQueuedCompletionStatus", "alertable|"}')), nothing);
    await at(step('{"call": "PostQueuedCompletionStatus", "port": "P", "|": 7}'));
    assert.deepEqual((await offered()).filter((line) => /^(call|port|peer)\b/.test(line)), []);
    await page.keyboard.type('ke');
    assert.match((await offered())[0], /^key .+/, 'with what it means');
    await page.locator('#hints [role=option]').first().click();
    assert.ok((await editor.inputValue()).includes('"key": 7}'), await editor.inputValue());
    await page.locator('#hint').click();
    await page.waitForSelector('#hints:not([hidden])');
    const inside = await page.evaluate(() => document.querySelector('#hints').getBoundingClientRect().right <= innerWidth);
    assert.ok(inside, 'the list is on the screen');
    await key(page, 'Escape');
    await editor.fill(before);
    await awake(page);
  },

  async 'compared with another order of release, the first difference is marked'({ page }) {
    await page.locator('#other').selectOption('dwake-order=fifo');
    await page.waitForSelector('#to-difference:not([hidden])');
    await awake(page);
    await key(page, 'd');
    assert.equal(await page.locator('#sides .differs').count(), 2);
    const [left, right] = await texts(page, '#sides .differs');
    assert.notEqual(left, right);
    const parting = await texts(page, '#rows button:has(.parting)');
    assert.equal(parting.length, 1, 'the log says where they part');
    assert.ok(parting[0].startsWith(`${(await place(page)).split(' ')[0]} `), parting[0]);
    await page.locator('#other').selectOption('');
    assert.equal(await page.locator('#rows .parting').count(), 0);
    await awake(page);
  },

  async 'two Windows versions are compared side by side, and so are two branches'({ page }) {
    await page.locator('#other').selectOption('pxp');
    await page.waitForFunction(() => document.querySelectorAll('#sides > div').length === 2);
    const heads = await texts(page, '#sides h3');
    assert.ok(heads.some((text) => text.includes('(win11)')) && heads.includes('xp'), heads.join());
    await awake(page);
    await key(page, 'Home');
    await steps(page, 5);
    const before = await page.locator('#branches button').count();
    await page.locator('#offers button:not(.next)').first().click();
    assert.equal(await page.locator('#branches button').count(), before + 1);
    await page.locator('#other').selectOption('b0');
    await page.waitForSelector('#to-difference:not([hidden])');
    await awake(page);
    await key(page, 'd');
    assert.match(await text(page, '#sides'), /The first difference is step 6/);
    assert.equal(await page.locator('#sides .differs').count(), 2);
    const [left, right] = await texts(page, '#sides .differs');
    assert.notEqual(left, right);
    await page.locator('#other').selectOption('');
    await page.locator('#branches button').first().click();
    await awake(page);
  },

  async 'a lesson asks before it answers, and the model checks the exercise'({ page }) {
    await page.locator('#lessons').selectOption({ index: 1 });
    await page.waitForSelector('#lesson-text .choice');
    assert.equal((await text(page, '#lesson-answer')).trim(), '', 'no answer yet');
    await page.locator('#lesson-text .choice').first().click();
    await page.waitForSelector('#solution');
    assert.match(await text(page, '#lesson-answer'), /Right|It is answer/);
    await page.locator('#lesson-text').getByRole('button', { name: 'check' }).click();
    await page.waitForFunction(() => /met:|cannot|problem|not/.test(document.querySelector('#lesson-answer [aria-live]').textContent));
    assert.ok(!/Solved/.test(await text(page, '#lesson-answer')), 'unsolved as it is given');
    await page.locator('#lessons').selectOption('');
    await awake(page);
  },

  async 'a run can be copied as a Rust test and as C'({ page }) {
    for (const [id, part] of [['rust', '#[test]'], ['c', 'CreateIoCompletionPort']]) {
      await page.locator(`#${id}`).click();
      assert.ok((await page.locator('#text-body').inputValue()).includes(part), id);
      await key(page, 'Escape');
    }
  },

  async 'the log leaves out what is not wanted'({ page }) {
    await key(page, 'End');
    const all = await texts(page, '#rows button');
    const rule = await page.locator('#rows .rule').first().innerText();
    await key(page, 'o');
    await page.keyboard.type(rule.split(' ')[0]);
    const left = await texts(page, '#rows button');
    assert.ok(left.length > 0 && left.length < all.length, `${left.length} of ${all.length}`);
    assert.deepEqual(left.filter((row) => row.includes(rule.split(' ')[0])), []);
    await page.locator('#hide').fill('');
    assert.deepEqual(await texts(page, '#rows button'), all);
    await awake(page);
  },

  async 'what is saved is what is shown'({ page, size, theme, story }) {
    await key(page, 'Home');
    await steps(page, 6);
    const saved = async (words) => {
      await key(page, 'x');
      const file = page.waitForEvent('download');
      await page.locator('#kinds button', { hasText: words }).click();
      const download = await file;
      assert.match(await page.locator('#live').textContent(), new RegExp(`^Saved as ${download.suggestedFilename()}`));
      return download.path();
    };
    const svg = readFileSync(await saved('SVG'), 'utf8');
    const drawing = await page.evaluate((text) => {
      const read = new DOMParser().parseFromString(text, 'image/svg+xml');
      return { bad: read.querySelector('parsererror')?.textContent || '', texts: [...read.querySelectorAll('text')].map((t) => t.textContent),
        width: Number(read.documentElement.getAttribute('width')) };
    }, svg);
    assert.equal(drawing.bad, '');
    const shown = await page.locator('#names text, #chart text').allTextContents();
    assert.deepEqual(drawing.texts, shown);
    const png = readFileSync(await saved('PNG'));
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    assert.equal(png.readUInt32BE(16), 2 * drawing.width, 'twice as wide as the picture');
    assert.equal(readFileSync(await saved('Mermaid'), 'utf8'), story.diagram, 'as `iocp view` draws it');
    const html = await saved('HTML');
    const seen = [await place(page), await text(page, '#ports'), await text(page, '#action')];
    const copy = join(tmpdir(), `iocp-saved-${process.pid}-${size}-${theme}.html`);
    copyFileSync(html, copy);
    const other = await page.context().newPage();
    await other.goto(String(pathToFileURL(copy)));
    await other.waitForFunction(() => document.querySelectorAll('#rows li').length > 0);
    assert.deepEqual([await place(other), await text(other, '#ports'), await text(other, '#action')], seen);
    assert.deepEqual(await violations(other), []);
    rmSync(copy);
  },

  async 'the list of keys opens at its top, and is closed with the keyboard'({ page }) {
    await key(page, '?');
    const [scrolled, top, head] = await page.evaluate(() => [document.querySelector('#help').scrollTop,
      document.querySelector('#help').getBoundingClientRect().top, document.querySelector('#help-heading').getBoundingClientRect().top]);
    assert.equal(scrolled, 0);
    assert.ok(head >= top, `the heading is at ${head}, the list begins at ${top}`);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'help-heading');
    await key(page, 'Tab');
    await key(page, 'Enter');
    assert.equal(await page.locator('#help[open]').count(), 0);
  },

  async 'the bar at the bottom never covers what has the focus'({ page }) {
    await page.locator('#offers button, #run-on').last().focus();
    await page.evaluate(() => document.activeElement.scrollIntoView({ block: 'end' }));
    const [bottom, top] = await page.evaluate(() => [document.activeElement.getBoundingClientRect().bottom,
      document.querySelector('#bar').getBoundingClientRect().top]);
    assert.ok(bottom <= top + 1, `${bottom} below ${top}`);
    await awake(page);
  },

  async 'no character needs a font that may be missing'({ page }) {
    await key(page, 'Home');
    await steps(page, 5);
    const odd = await page.evaluate(() => [...document.body.innerText].filter((c) =>
      c.codePointAt(0) > 0x2bf && !'\u2018\u2019\u201c\u201d\u2013\u2014\u2026'.includes(c)));
    assert.deepEqual(odd, []);
  },

  async 'everything that can be pressed has a name and room for a finger'({ page, size }) {
    const small = await page.evaluate(() => [...document.querySelectorAll('button,select,summary')]
      .filter((b) => b.offsetParent && (b.getBoundingClientRect().height < 24 || !(b.textContent.trim() || b.labels?.length)))
      .map((b) => b.outerHTML.slice(0, 80)));
    assert.deepEqual(small, [], size);
  },

  async 'every key of the list does what it says'({ page }) {
    await key(page, 'Home');
    const shown = await page.locator('#help tbody tr td:first-child').allTextContents();
    assert.ok(shown.length >= 15, `${shown.length} keys are listed`);
    await key(page, 'End');
    const [at, all] = (await place(page)).split(' / ');
    assert.equal(at, all);
    await key(page, 'Home');
    assert.match(await place(page), /^0 /);
    for (const [name, id] of [['/', 'filter'], ['o', 'hide'], ['e', 'editor'], ['l', 'lessons'], ['w', 'action'], ['h', 'graph']]) {
      await key(page, name);
      assert.equal(await page.evaluate(() => document.activeElement.id), id, name);
      await awake(page);
    }
    await key(page, 'g');
    await page.locator('#ask-number').fill('2');
    await key(page, 'Enter');
    await page.waitForFunction(() => document.querySelector('#place').textContent.startsWith('2 /'));
    await key(page, 'Shift+ArrowRight');
    const after = Number((await place(page)).split(' ')[0]);
    assert.ok(after >= 3, `the next call of the program after step 2 is at step ${after}`);
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme || '');
    await key(page, 't');
    assert.equal(await theme(), 'light');
    await key(page, 't');
    assert.equal(await theme(), 'dark');
    await key(page, 't');
    await key(page, '?');
    assert.equal(await page.locator('#help[open]').count(), 1);
    await key(page, 'Escape');
  },

  async 'the list has every key that does something, and no other'({ page }) {
    const { listed, does } = await keysOf(page);
    assert.deepEqual(does, listed);
  },

  async 'what happens is said to those who do not see it'({ page }) {
    await key(page, 'Home');
    await key(page, 'ArrowRight');
    const said = await text(page, '#live').catch(() => '') || await page.locator('#live').textContent();
    assert.ok(said.includes(await text(page, '#action')));
  },
};
