import { parseArgs } from 'node:util';
import type { Page } from 'playwright';
import { openSession, type TrainSession } from '../src/engine/session.ts';
import { executablePath, webGpu } from '../src/node/chromium.ts';
import { folderSource } from '../src/node/folder-source.ts';
import { openNodeDevice } from '../src/node/webgpu.ts';
import { countOption } from './count-option.ts';
import { measureGpu, profileStep, timeProducts } from './gpu/gpu.ts';
import { benchRecipe } from './recipe.ts';
import { measure, type Measurement } from './measure.ts';
import { report } from './report.ts';
import { measureStudents } from './students/measure.ts';

/**
 * The stage-2 step of a pair against the same step in stock tfjs and in jax-js, in turn in one run, in Chromium and on Node, with
 * generation and the rate of a matrix product:
 * `npm run bench -- [--rounds n] [--pair key] [--json file] [--only chromium|node]`. With `--scaling` instead the nano pair's shapes are
 * grown in one direction at a time, in Chromium; with `--students 1,4,16` that many seeds are trained in one list and in a list each, on Node.
 * Without a graphics card Chromium computes on SwiftShader.
 *
 * `npm run bench -- --gpu [--rounds n] [--pair key] [--questions n] [--recipe preset|file] [--python path] [--size n] [--json file]` measures in Node
 * what a graphics card is for: steps one at a time and back to back, answers, a whole run, five seeds of it, many students at once, matrix products of
 * n³ and of large models beside some tuned by hand (that alone with `--products` instead), kernel by kernel (`--profile`), the same in PyTorch. What is known is written after each part. It needs neither vite nor a browser: `node build/scripts/run.js --gpu` does the same beside `public/`, `pytorch/`, `bench/torch_step.py` and `node_modules/webgpu`.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    pair: { type: 'string', default: benchRecipe().pair },
    json: { type: 'string' },
    only: { type: 'string' },
    scaling: { type: 'boolean', default: false },
    gpu: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    products: { type: 'boolean', default: false },
    size: { type: 'string', default: '4096' },
    questions: { type: 'string', default: '2048' },
    recipe: { type: 'string', default: 'default' },
    python: { type: 'string', default: 'python3' },
    students: { type: 'string' },
  },
});
const rounds = countOption('rounds', values.rounds);
const { pair } = values;
const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`;
if (values.profile) {
  report(command, await profileStep({ pair, rounds }), values.json);
  process.exit(0);
}
const size = countOption('size', values.size, 32);
if (values.products) {
  report(command, await timeProducts({ rounds, size }), values.json);
  process.exit(0);
}
if (values.gpu) {
  const { recipe, python } = values;
  const questions = countOption('questions', values.questions);
  await measureGpu({ pair, rounds, questions, recipe, python, size }, (found) =>
    report(command, found, values.json),
  );
  process.exit(0);
}
const students = values.students?.split(',').map((count) => countOption('students', count));
const only = values.scaling || students !== undefined;
const results: { chromium?: Measurement; node?: Measurement } = {};
const scaling = values.scaling
  ? await inChromium((page) => page.evaluate((count) => window.scaling(count), rounds))
  : undefined;
if (!only && values.only !== 'node')
  results.chromium = await inChromium((page) =>
    page.evaluate(([count, key]) => window.bench(count, key), [rounds, pair] as const),
  );
const together =
  students && (await measureStudents(await nodeSession(), benchRecipe(pair), students, rounds));
if (!only && values.only !== 'chromium') {
  const session = await nodeSession();
  const { device } = session;
  // jax-js asks which browser it is in.
  Object.assign(navigator, { userAgent: 'Node' });
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
for (const { students: count, together: list, togetherRead, apart, apartRead, bytesEach } of together ?? [])
  console.log(
    `${count} students: ${list.toFixed(1)} ms an update in one list, ${apart.toFixed(1)} ms in a list each ` +
      `(with a readback ${togetherRead.toFixed(1)} and ${apartRead.toFixed(1)} ms); ` +
      `${(list / together![0]!.together).toFixed(2)} times the first line; ${(bytesEach / 2 ** 20).toFixed(0)} MiB a student`,
  );
if (values.json !== undefined)
  report(
    command,
    { ...results, ...(scaling && { scaling }), ...(together && { students: together }) },
    values.json,
  );
process.exit(0);

async function nodeSession(): Promise<TrainSession> {
  return openSession({ source: folderSource('public'), device: await openNodeDevice() }, pair);
}

async function inChromium<T>(work: (page: Page) => Promise<T>): Promise<T> {
  // Not there where the bench was carried without what builds it.
  const [{ createServer }, { chromium }] = await Promise.all([import('vite'), import('playwright')]);
  const server = await createServer({
    configFile: 'vite.config.ts',
    logLevel: 'error',
    server: { port: 4198, strictPort: true },
    // Known from the start: what is found later would reload the page.
    optimizeDeps: { include: ['@jax-js/jax'] },
  });
  await server.listen();
  const browser = await chromium.launch({ executablePath, args: webGpu });
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
