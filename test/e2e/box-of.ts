import { expect, type Locator } from '@playwright/test';

/** Where something is on the screen, in px. Between two renderings it may be hidden for a moment: waits until it is drawn. */
export async function boxOf(thing: Locator) {
  let box: Awaited<ReturnType<Locator['boundingBox']>> = null;
  await expect.poll(async () => (box = await thing.boundingBox())).not.toBeNull();
  return box!;
}
