import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { createServer } from 'vite';
import { openSession } from '../src/engine/session.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';
import { countOption } from './count-option.ts';
import { benchRecipe } from './recipe.ts';
import { measure, type Measurement } from './measure.ts';

/**
 * The stage-2 step of a pair against the same step in stock tfjs and in jax-js, in turn in one run, in Chromium and on Node, with
 * generation and the rate of a matrix product:
 * `npm run bench -- [--rounds n] [--pair key] [--json file] [--only chromium|node]`. With `--scaling` instead the nano pair's shapes are
 * grown in one direction at a time, in Chromium. Without a graphics card Chromium computes on SwiftShader.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    pair: { type: 'string', default: benchRecipe().pair },
    json: { type: 'string' },
    only: { type: 'string' },
    scaling: { type: 'boolean', default: false },
  },
});
const rounds = countOption('rounds', values.rounds);
const { pair } = values;
const results: { chromium?: Measurement; node?: Measurement } = {};
const scaling = values.scaling
  ? await inChromium((page) => page.evaluate((count) => window.scaling(count), rounds))
  : undefined;
if (!values.scaling && values.only !== 'node')
  results.chromium = await inChromium((page) =>
    page.evaluate(([count, key]) => window.bench(count, key), [rounds, pair] as const),
  );
if (!values.scaling && values.only !== 'chromium') {
  const device = await openNodeDevice();
  // jax-js asks which browser it is in.
  Object.assign(navigator, { userAgent: 'Node' });
  const session = await openSession({ source: folderSource('public'), device }, pair);
  results.node = await measure(device, session, benchRecipe(pair), rounds);
}
for (const [where, result] of Object.entries(results)) {
  const { adapter, ours, stockTfjs, jaxJs, ratios, dispatches, generation, peak } = result;
  console.log(
    `${where} (${adapter}): ours ${ours.known.median.toFixed(0)} ms (first epoch ${ours.fresh.median.toFixed(0)} ms), ` +
      `stock tfjs ${stockTfjs.median.toFixed(0)} ms: ${ratios.stockTfjs.toFixed(1)} times as fast ` +
      `(first epoch ${ratios.stockTfjsFirstEpoch.toFixed(1)}), ` +
      (jaxJs
        ? `jax-js ${jaxJs.known.median.toFixed(0)} ms (first epoch ${jaxJs.fresh.median.toFixed(0)} ms): ` +
          `${ratios.jaxJs!.toFixed(1)} times as fast (first epoch ${ratios.jaxJsFirstEpoch!.toFixed(1)}), `
        : '') +
      `${dispatches.known} dispatches; answers ${generation.tokensPerSecond.toFixed(0)} tokens/s ` +
      `(stock tfjs ${generation.stockTfjs.toFixed(0)}); ` +
      `${(100 * peak.fraction).toFixed(0)} % of ${peak.gflops.toFixed(1)} GFLOP/s`,
  );
}
for (const [name, { ours, stockTfjs }] of Object.entries(scaling ?? {}))
  console.log(
    `${name}: ours ${ours.toFixed(0)} ms, stock tfjs ${stockTfjs.toFixed(0)} ms: ${(stockTfjs / ours).toFixed(1)} times as fast`,
  );
if (values.json !== undefined) {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`;
  mkdirSync(path.dirname(values.json), { recursive: true });
  writeFileSync(
    values.json,
    `${JSON.stringify({ command, commit, date: new Date().toISOString().slice(0, 10), ...results, ...(scaling && { scaling }) }, null, 2)}\n`,
  );
}
process.exit(0);

async function inChromium<T>(work: (page: Page) => Promise<T>): Promise<T> {
  const server = await createServer({
    configFile: 'vite.config.ts',
    logLevel: 'error',
    server: { port: 4198, strictPort: true },
    // Known from the start: what is found later would reload the page.
    optimizeDeps: { include: ['@jax-js/jax'] },
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--enable-unsafe-webgpu', '--no-sandbox', '--no-first-run'],
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(1_800_000);
    page.on('pageerror', (error) => console.error(error.message));
    await page.goto('http://localhost:4198/bench/');
    await page.waitForFunction(() => 'bench' in window);
    return await work(page);
  } finally {
    await browser.close();
    await server.close();
  }
}
