import path from 'node:path';
import { parseArgs } from 'node:util';
import react from '@vitejs/plugin-react';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { executablePath } from '../../src/node/chromium.ts';
import { frameSummary, round, taskSummary, traceCategories, type TraceEvent } from '../main-thread.ts';
import { report } from '../report.ts';

/**
 * What drawing a long run costs the page's main thread: the built page, its store fed with noise in the shape of events, nothing trained.
 * `npm run bench:charts -- [--seconds n] [--past steps] [--rate steps/s] [--json file] [--picture file]`. Times on the
 * processor (`cpu`) do not count what other processes took from it; `wall` does.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    past: { type: 'string', default: '3000' },
    rate: { type: 'string', default: '20' },
    json: { type: 'string' },
    picture: { type: 'string' },
  },
});
const [seconds, past, rate] = [values.seconds, values.past, values.rate].map(Number) as [
  number,
  number,
  number,
];
const port = 4196;
const site = { root: 'bench/charts', outDir: path.resolve('build/charts') };

await build({
  configFile: false,
  root: site.root,
  base: './',
  publicDir: path.resolve('public'),
  logLevel: 'error',
  plugins: [react()],
  worker: { format: 'es' },
  build: { target: 'es2023', outDir: site.outDir, emptyOutDir: true, copyPublicDir: false },
});
const server = await preview({
  configFile: false,
  root: site.root,
  build: { outDir: site.outDir },
  preview: { port, strictPort: true },
  logLevel: 'error',
});
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--no-first-run'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(`http://localhost:${port}/`);
  await page.waitForFunction(() => 'prepare' in window);
  await page.evaluate((steps) => window.prepare(steps), past);
  await page.locator('figure path.recharts-line-curve').first().waitFor({ state: 'attached' });
  await page.waitForTimeout(3000);
  await browser.startTracing(page, { categories: traceCategories });
  const seen = await page.evaluate(([s, r]) => window.stream(s, r), [seconds, rate] as const);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  if (values.picture !== undefined) await page.screenshot({ path: values.picture });
  report(
    `npm run bench:charts -- --seconds ${seconds} --past ${past} --rate ${rate}`,
    {
      ...taskSummary(traceEvents, seconds),
      longTasks: seen.longTasks.length,
      layoutShift: round(seen.layoutShift),
      frames: frameSummary(seen.frames, seconds),
    },
    values.json,
  );
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);
