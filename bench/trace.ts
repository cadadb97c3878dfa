import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium, type Locator, type Page } from 'playwright';
import { preview } from 'vite';
import { executablePath, webGpu } from '../src/node/chromium.ts';
import { countOption } from './count-option.ts';
import { frameSummary, taskSummary, traceCategories, type TraceEvent } from './main-thread.ts';
import { report } from './report.ts';

/**
 * Whether the page stays smooth while it trains: a Chromium trace of the main thread during a run of the nano pair with its control arm, on
 * the built page, with each of its views open in turn and two finished runs drawn behind the curves.
 * `npm run build && npm run trace -- [--seconds n] [--json file]`. Times on the processor (`cpu`) do not count what other processes took
 * from it; `wall` does: without a graphics card the training itself competes with the page for the same cores.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '15' }, json: { type: 'string' } },
});
const seconds = countOption('seconds', values.seconds);

/** What is open, and how one gets there. */
const views: Record<string, (page: Page) => Promise<void>> = {
  'pictures, answers': (page) => choose(page, 'pictures', 'answers'),
  'curves with two runs drawn behind, answers': (page) => choose(page, 'curves', 'answers'),
  'the same, difference and bands': (page) =>
    page.getByRole('button', { name: 'difference', exact: true }).click(),
  'feature map, inside': (page) => choose(page, 'feature map', 'inside'),
  'model, inside': (page) => choose(page, 'model', 'inside'),
  'runs, answers': (page) => choose(page, 'runs', 'answers'),
  'curves, read along': async (page) => {
    await choose(page, 'curves', 'answers');
    await page.getByRole('button', { name: 'Read along' }).click();
  },
};

const server = await preview({ preview: { port: 4197, strictPort: true }, logLevel: 'error' });
const browser = await chromium.launch({ executablePath, args: webGpu });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(900_000);
  await openTwoRuns(page);
  await startRun(page);
  const found: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const [name, open] of Object.entries(views)) {
    await open(page);
    // What opening costs is another question.
    await page.waitForTimeout(2000);
    found[name] = await measure(page);
    console.error(name, JSON.stringify(found[name]));
  }
  const adapter = await page
    .locator('header')
    .getByText(/^(Software|GPU):/)
    .textContent();
  report(
    `npm run trace -- --seconds ${seconds}`,
    { adapter, secondsEach: seconds, views: found },
    values.json,
  );
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);

async function measure(page: Page) {
  const before = await steps(page);
  await browser.startTracing(page, { categories: traceCategories });
  const intervals = await page.evaluate(countFrames, seconds * 1000);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  return {
    updates: (await steps(page)) - before,
    ...taskSummary(traceEvents, seconds),
    frames: frameSummary(intervals, seconds),
  };
}

async function choose(page: Page, centre: string, explain: string): Promise<void> {
  await page.getByRole('radiogroup', { name: 'Centre' }).getByText(centre, { exact: true }).click();
  await page.getByText(explain, { exact: true }).click();
}

/** The committed recording, twice, as finished runs of this page, drawn behind the curves. */
async function openTwoRuns(page: Page): Promise<void> {
  const recorded = JSON.parse(readFileSync('public/recorded/default.json', 'utf8')) as object;
  const runs = ['a', 'b'].map((id) => ({ ...recorded, id }));
  const file = {
    name: 'runs.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ format: 'genrecal-runs', version: 1, runs })),
  };
  await page.goto('http://localhost:4197/');
  await status(page).filter({ hasText: 'Ready' }).waitFor();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Share and save' }).click();
  await page.getByRole('menuitem', { name: 'Open a run from a file' }).click();
  await (await chooser).setFiles(file);
  const boxes = page.getByRole('checkbox', { name: /^Draw .* in the charts$/ });
  await boxes.nth(1).waitFor();
  for (const i of [0, 1]) await boxes.nth(i).check();
}

async function startRun(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'Preset' }).click();
  await page.getByRole('option', { name: 'Nano, quick look' }).click();
  await status(page).filter({ hasText: 'Ready' }).waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await status(page).filter({ hasText: 'Training.' }).waitFor();
  // Into stage 2, past its compilation.
  while ((await steps(page)) < 30) await page.waitForTimeout(500);
}

function status(page: Page): Locator {
  return page.getByRole('region', { name: 'Run', exact: true }).getByRole('status');
}

async function steps(page: Page): Promise<number> {
  const text = await page.getByRole('region', { name: 'Run', exact: true }).locator('dl').textContent();
  return Number(/step(\d+) \//.exec(text ?? '')?.[1]);
}

/** Milliseconds between animation frames. */
function countFrames(duration: number): Promise<number[]> {
  return new Promise((resolve) => {
    const found: number[] = [];
    const start = performance.now();
    let last = start;
    const frame = (now: number) => {
      found.push(now - last);
      last = now;
      if (now - start < duration) requestAnimationFrame(frame);
      else resolve(found.slice(1));
    };
    requestAnimationFrame(frame);
  });
}
