import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { preview } from 'vite';
import { report } from '../bench/report.ts';
import { ProfileBrowser } from './abuse/browser.ts';
import { injureRuns } from './abuse/injured-runs.ts';
import { crashGpu, loseDevice } from './abuse/injuries.ts';
import { killBrowsers } from './abuse/kills.ts';
import { flat, saveOften } from './abuse/saves.ts';
import { recipe, told, TrainedPage } from './abuse/trained-page.ts';

/**
 * Whether a run survives what happens to browsers: lost graphics devices, crashes of the GPU process, browsers killed at any moment; and whether
 * memory stays flat however often a run is saved. `npm run build && npm run abuse -- [--losses n] [--crashes n] [--kills n] [--saves n] [--json file]`, on
 * the built page. Every run is compared with an undisturbed one, to the last bit; exits with 1 where one differs.
 */
const { values } = parseArgs({
  options: {
    losses: { type: 'string', default: '100' },
    crashes: { type: 'string', default: '20' },
    kills: { type: 'string', default: '20' },
    saves: { type: 'string', default: '200' },
    json: { type: 'string', default: 'results/abuse.json' },
  },
});
const counts = {
  losses: Number(values.losses),
  crashes: Number(values.crashes),
  kills: Number(values.kills),
};
const saves = Number(values.saves);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const server = await preview({ preview: { port: 4196, strictPort: true }, logLevel: 'error' });
const address = 'http://localhost:4196/';
const profile = mkdtempSync(path.join(tmpdir(), 'abuse-'));
const browser = await ProfileBrowser.open(profile);
try {
  const trained = new TrainedPage(await browser.context.newPage(), address);
  await trained.open();
  const adapter = await trained.page
    .locator('header')
    .getByText(/^(Software|GPU):/)
    .textContent();
  const began = performance.now();
  await trained.press('Run');
  await trained.says(/^Done\.$/);
  const runMs = performance.now() - began;
  const undisturbed = told(await trained.record());
  await trained.page.close();
  console.error(`undisturbed: ${Math.round(runMs)} ms`);

  const injured = (name: string, count: number, injure: typeof loseDevice) =>
    injureRuns(browser.context, address, { name, count, injure, undisturbed });
  const losses = await injured('loss', counts.losses, loseDevice);
  const crashes = await injured('crash', counts.crashes, crashGpu);
  await browser.kill();
  const found = {
    losses,
    crashes,
    kills: await killBrowsers(profile, address, { count: counts.kills, undisturbed, runMs }),
  };
  const heldOver = await saveOften(address, saves);
  console.error(`${saves} saves: ${JSON.stringify(heldOver)}`);
  const flags = Object.entries({ ...counts, saves }).map(([name, count]) => `--${name} ${count}`);
  report(
    `npm run abuse -- ${flags.join(' ')}`,
    { adapter, recipe, undisturbedMs: Math.round(runMs), ...found, saves: heldOver },
    values.json,
  );
  const whole = Object.entries(found).every(
    ([name, { survived }]) => survived >= counts[name as keyof typeof counts],
  );
  process.exitCode = whole && flat(heldOver) ? 0 : 1;
} finally {
  await browser.kill();
  await server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
}
process.exit();
