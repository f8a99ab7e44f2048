// The browser under the tests: Debian's Chromium, headless, without a network, and pages in it that
// complain about everything that reaches for one.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const SIZES = {
  desktop: { width: 1280, height: 900 },
  tablet: { width: 800, height: 1000 },
  phone: { width: 360, height: 740 },
};

// How much slower a processor the pages believe to have.
let slowness = 1;

export async function launch(slow = 1) {
  slowness = slow;
  return chromium.launch({
    executablePath: process.env.IOCP_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

// A page with the file open; `troubles` fills with errors and with requests that leave the file.
export async function open(browser, url, size, theme) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: theme,
    reducedMotion: 'reduce' });
  const page = await context.newPage();
  if (slowness > 1) {
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowness });
  }
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const target = request.url();
    if (target.split('#')[0] !== url.split('#')[0] && !target.startsWith('data:')) {
      troubles.push(`request: ${target}`);
    }
  });
  await page.goto(url);
  await page.waitForFunction(() => document.querySelectorAll('#rows li').length > 0 ||
    !document.querySelector('#alarm')?.hidden);
  return { page, context, troubles };
}

// What axe finds wrong with the page as it is now.
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  }));
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
}
