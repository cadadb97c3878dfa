import { parseArgs } from 'node:util';
import { chromium, type Browser } from 'playwright';
import { preview } from 'vite';
import { executablePath, webGpu } from '../src/node/chromium.ts';
import { countOption } from './count-option.ts';
import { quantile, round } from './main-thread.ts';
import { report } from './report.ts';

/**
 * How soon the page is there: the built page from a static server on this machine, with an empty cache each time.
 * `npm run build && npm run bench:paint -- [--visits n] [--json file]`. The names are Lighthouse's; nothing is throttled.
 */
const { values } = parseArgs({
  options: { visits: { type: 'string', default: '7' }, json: { type: 'string' } },
});
const visits = countOption('visits', values.visits);

const server = await preview({ preview: { port: 4195, strictPort: true }, logLevel: 'error' });
const browser = await chromium.launch({ executablePath, args: webGpu });
try {
  // The first visit also starts the browser's own processes.
  await visit(browser);
  const found: Awaited<ReturnType<typeof visit>>[] = [];
  for (let i = 0; i < visits; i++) found.push(await visit(browser));
  const spread = (key: keyof (typeof found)[number]) => {
    const all = found.map((one) => one[key]);
    return { median: round(quantile(all, 0.5)), longest: round(Math.max(...all)) };
  };
  report(
    `npm run bench:paint -- --visits ${visits}`,
    {
      visits,
      firstContentfulPaintMs: spread('firstContentfulPaint'),
      largestContentfulPaintMs: spread('largestContentfulPaint'),
      readyToRunMs: spread('ready'),
      totalBlockingMs: spread('totalBlocking'),
      cumulativeLayoutShift: spread('layoutShift'),
      bytesBeforeFirstPaint: spread('bytes'),
    },
    values.json,
  );
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);

/** One visit by somebody who has never been here, until Run can be pressed. */
async function visit(from: Browser) {
  const context = await from.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.addInitScript(watch);
  await page.goto('http://localhost:4195/');
  await page
    .getByRole('region', { name: 'Run', exact: true })
    .getByRole('status')
    .filter({ hasText: 'Ready' })
    .waitFor();
  const seen = await page.evaluate(() => ({ ...window.seen, ready: performance.now() }));
  await context.close();
  return seen;
}

interface Seen {
  firstContentfulPaint: number;
  largestContentfulPaint: number;
  /** Sum over tasks of what they take beyond 50 ms. */
  totalBlocking: number;
  layoutShift: number;
  /** Compressed, of what had come when something was first seen. */
  bytes: number;
}

declare global {
  interface Window {
    seen: Seen;
  }
}

/** Runs in the page before its own code. */
function watch(): void {
  const seen: Seen = {
    firstContentfulPaint: 0,
    largestContentfulPaint: 0,
    totalBlocking: 0,
    layoutShift: 0,
    bytes: 0,
  };
  window.seen = seen;
  const on = (type: string, take: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  on('paint', ({ name, startTime }) => {
    if (name !== 'first-contentful-paint') return;
    seen.firstContentfulPaint = startTime;
    const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    for (const { responseEnd, encodedBodySize } of resources)
      if (responseEnd > 0 && responseEnd < startTime) seen.bytes += encodedBodySize;
  });
  on('largest-contentful-paint', ({ startTime }) => (seen.largestContentfulPaint = startTime));
  on('longtask', ({ duration }) => (seen.totalBlocking += Math.max(0, duration - 50)));
  on('layout-shift', (entry) => (seen.layoutShift += (entry as PerformanceEntry & { value: number }).value));
}
