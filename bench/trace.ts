import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { preview } from 'vite';
import { mainThreadTasks, quantile, round, traceCategories, type TraceEvent } from './main-thread.ts';

/**
 * Whether the page stays smooth while it trains: a Chromium trace of the main thread during a run of the nano pair with its control arm, on
 * the built page. `npm run build && npm run trace -- [--seconds n] [--json file]`. Without a graphics card the training itself
 * competes with the page for the same cores.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, json: { type: 'string' } },
});
const seconds = Number(values.seconds);

const server = await preview({ preview: { port: 4197, strictPort: true }, logLevel: 'error' });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--enable-unsafe-webgpu', '--no-sandbox', '--no-first-run'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(900_000);
  await startRun(page);
  const before = await steps(page);
  await browser.startTracing(page, {
    categories: traceCategories,
  });
  const frames = page.evaluate(countFrames, seconds * 1000);
  const intervals = await frames;
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const updates = (await steps(page)) - before;
  const tasks = mainThreadTasks(traceEvents).map(({ wallMs }) => wallMs);
  const result = {
    command: `npm run trace -- --seconds ${seconds}`,
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    date: new Date().toISOString().slice(0, 10),
    adapter: await page
      .locator('header')
      .getByText(/^(Software|GPU):/)
      .textContent(),
    seconds,
    updates,
    mainThread: {
      tasks: tasks.length,
      longestMs: round(Math.max(...tasks)),
      over50Ms: tasks.filter((ms) => ms > 50).length,
      over16Ms: tasks.filter((ms) => ms > 16.7).length,
      busy: round(tasks.reduce((a, b) => a + b, 0) / (seconds * 1000)),
    },
    frames: {
      perSecond: round(intervals.length / seconds),
      medianMs: round(quantile(intervals, 0.5)),
      p99Ms: round(quantile(intervals, 0.99)),
    },
  };
  console.log(JSON.stringify(result, null, 1));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 1)}\n`);
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);

async function startRun(page: Page): Promise<void> {
  const status = page.getByRole('region', { name: 'Run' }).getByRole('status');
  await page.goto('http://localhost:4197/');
  await status.filter({ hasText: 'Ready' }).waitFor();
  await page.getByRole('combobox', { name: 'Preset' }).click();
  await page.getByRole('option', { name: 'Nano, quick look' }).click();
  await status.filter({ hasText: 'Ready' }).waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await status.filter({ hasText: 'Training.' }).waitFor();
  // Into stage 2, past its compilation and a first evaluation.
  await page.getByText('student at step 40').waitFor();
}

async function steps(page: Page): Promise<number> {
  const text = await page.getByRole('region', { name: 'Run' }).locator('dl').textContent();
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
