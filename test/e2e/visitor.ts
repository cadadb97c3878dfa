import { expect, test as base, type BrowserContext } from '@playwright/test';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';

interface Options {
  /** Whether the browser has never seen the page: then it measures and checks the graphics device first, and the recorded run plays. */
  firstVisit: boolean;
}

interface Shared {
  /** What a first run leaves behind of the device (kernels that suit it, the self-check), by address. */
  measured: [address: string, text: string][];
}

/** Tests of the page, for somebody who comes back unless a test says otherwise. */
export const test = base.extend<Options, Shared>({
  firstVisit: [false, { option: true }],
  measured: [
    async ({ browser }, provide, { project }) => {
      const { baseURL, serviceWorkers } = project.use;
      const context = await browser.newContext({ baseURL, serviceWorkers });
      const page = await context.newPage();
      const playground = new Playground(page);
      await page.goto(`./#${shortRun({ 'stages.distil.steps': '1' }).toString()}`);
      await playground.ready();
      // On software the device is checked when it is first needed.
      await playground.button('Run').click();
      const read = () =>
        page.evaluate(async () => {
          const kept = await caches.open('genrecal-device-1');
          return Promise.all(
            (await kept.keys()).map(async (key): Promise<[string, string]> => [
              key.url,
              await (await kept.match(key))!.text(),
            ]),
          );
        });
      await expect.poll(read).toHaveLength(2);
      const measured = await read();
      await context.close();
      await provide(measured);
    },
    { scope: 'worker' },
  ],
  context: async ({ context, firstVisit, measured }, provide) => {
    if (!firstVisit) {
      await returning(context, measured);
    }
    await provide(context);
  },
});

/** Makes a browser one that has been here before: it knows its device, and has seen the recorded run. */
export async function returning(context: BrowserContext, measured: Shared['measured']): Promise<void> {
  const page = await context.newPage();
  await page.goto('./icon.svg');
  await page.evaluate(async (entries) => {
    const kept = await caches.open('genrecal-device-1');
    for (const [address, text] of entries) await kept.put(address, new Response(text));
    localStorage.setItem('genrecal-story-seen', '1');
  }, measured);
  await page.close();
}
