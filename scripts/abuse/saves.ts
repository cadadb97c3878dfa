import type { Page } from 'playwright';
import { savedStep } from './injuries.ts';

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
