import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { ProfileBrowser } from './browser.ts';
import { savedStep } from './injuries.ts';
import { recipe, TrainedPage } from './trained-page.ts';

/** What the page holds on to after so many saved states. */
export interface Held {
  saves: number;
  /** JavaScript heap of the page with the memory behind its arrays, after a collection. */
  heapBytes: number;
  /** As the run bar says it. */
  gpuMemory: string;
}

/**
 * Moves a paused run on step by step, with a saved state after each, and says what is held on the way: four times, evenly spaced. The run
 * must have more than `saves` steps left.
 */
export async function heldOverSaves(page: Page, saves: number): Promise<Held[]> {
  const bar = page.getByRole('region', { name: 'Run', exact: true });
  const gpu = bar.locator('dl > div', { hasText: 'GPU memory' }).locator('dd');
  const devtools = await page.context().newCDPSession(page);
  const held: Held[] = [];
  for (let done = 1; done <= saves; done++) {
    const before = await savedStep(page);
    await bar.getByRole('button', { name: 'Step', exact: true }).click();
    while ((await savedStep(page)) === before) await page.waitForTimeout(50);
    if (done % Math.floor(saves / 4) !== 0) continue;
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize, ...more } = await devtools.send('Runtime.getHeapUsage');
    const { embedderHeapUsedSize = 0, backingStorageSize = 0 } = more as Record<string, number>;
    const heapBytes = usedSize + embedderHeapUsedSize + backingStorageSize;
    held.push({ saves: done, heapBytes, gpuMemory: (await gpu.textContent()) ?? '' });
  }
  await devtools.detach();
  return held;
}

/**
 * Whether memory is flat: GPU bytes the same, and the heap, once the page has warmed up, within 1 MB, a fraction of the smallest saved state; a run's
 * own record grows by a few kB a step.
 */
export function flat(held: readonly Held[]): boolean {
  const [, warm] = held;
  return (
    new Set(held.map(({ gpuMemory }) => gpuMemory)).size === 1 &&
    held.at(-1)!.heapBytes - warm!.heapBytes < 2 ** 20
  );
}

/** {@link heldOverSaves} of a run of its own, in a browser of its own. */
export async function saveOften(address: string, saves: number): Promise<Held[]> {
  const profile = mkdtempSync(path.join(tmpdir(), 'abuse-saves-'));
  const browser = await ProfileBrowser.open(profile);
  try {
    const trained = new TrainedPage(await browser.context.newPage(), address);
    await trained.open(
      recipeSchema.parse({
        ...recipe,
        stages: { ...recipe.stages, distil: { ...recipe.stages.distil, steps: saves + 60 } },
        evaluation: { ...recipe.evaluation, everySteps: 0 },
      }),
    );
    await trained.press('Run');
    await trained.says(/^Training\.$/);
    await trained.press('Pause');
    await trained.says(/^Paused after step/);
    return await heldOverSaves(trained.page, saves);
  } finally {
    await browser.kill();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
}
