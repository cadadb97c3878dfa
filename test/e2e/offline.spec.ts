import { expect, type Page } from '@playwright/test';
import { build } from 'vite';
import { Playground } from './playground.ts';
import { Site } from './site.ts';
import { test } from './visitor.ts';

test.use({ serviceWorkers: 'allow', firstVisit: true });

/** A run of seconds, as a link. */
const shortRun =
  '#pair=nano&arms=[]&data.examples=64&data.labelled=0&data.batchSize=4&stages.align.steps=2&stages.distil.steps=4&stages.finetune.steps=2' +
  '&evaluation.everySteps=0&evaluation.liveQuestions=8&evaluation.finalQuestions=8';

let site: Site;
test.beforeEach(async () => {
  site = await Site.open('dist');
});
test.afterEach(() => site.close());

/** Resolves when everything that one visit keeps is kept. */
async function kept(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready);
}

test('after one visit, without a network: reloads, runs the nano pair, plays the recorded run', async ({
  page,
  context,
}) => {
  const playground = new Playground(page);
  const address = site.url;
  await page.goto(address);
  await playground.ready();
  await kept(page);
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A window of its own, as every test has, is all that stands in the way.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);

  await context.setOffline(true);
  await site.close();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.reload();
  await playground.ready();
  await expect(page.getByRole('combobox', { name: 'Pair' })).toHaveValue(/mini/i);

  await page.goto('about:blank');
  await page.goto(address + shortRun);
  await playground.ready();
  await playground.button('Run').click();
  await expect(playground.status).toHaveText(/^Done/);
  await expect(page.getByRole('region', { name: 'Result' })).toContainText('%');
  await page.getByText(/^Software: /).hover();
  await expect(page.getByRole('tooltip')).toContainText(
    /Checked against PyTorch in [\d.]+ s: loss \de-[5-9], gradient \de-[4-9]/,
  );

  await playground.button('Commands').click();
  await page.getByRole('dialog', { name: 'Commands' }).getByText('Play a recorded run').click();
  await expect(page.getByRole('region', { name: 'Recorded run' })).toBeVisible();
  await playground.ready();
  expect(errors).toEqual([]);
});

test.describe('an update', () => {
  const next = 'build/next';
  test.beforeAll(() =>
    build({
      logLevel: 'error',
      build: { outDir: next },
      plugins: [
        {
          name: 'next-version',
          transform: (code, id) =>
            id.endsWith('keys-dialog.tsx') ? code.replaceAll('Keyboard', 'Keyboard, next') : undefined,
          transformIndexHtml: (html) =>
            html.replace('<title>', '<meta name="build" content="next" /><title>'),
        },
      ],
    }),
  );

  /** Which build the page is of, by what came first and by a part that loads when it is asked for. */
  async function builds(page: Page): Promise<{ first: boolean; later: boolean }> {
    await new Playground(page).button('Keyboard shortcuts').click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    const later = (await dialog.textContent())!.startsWith('Keyboard, next');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    return { first: (await page.locator('meta[name=build]').count()) === 1, later };
  }
  const old = { first: false, later: false };
  const fresh = { first: true, later: true };
  const lookForUpdate = (page: Page) =>
    page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

  test('waits until it is wanted, leaves a run alone, and never mixes with what was there', async ({
    page,
    context,
  }) => {
    const playground = new Playground(page);
    const notice = page.getByText('A new version of this page is ready.');
    await page.goto(site.url + shortRun.replace('distil.steps=4', 'distil.steps=4000'));
    await playground.ready();
    await kept(page);
    site.publish(next);
    await page.reload();
    await playground.ready();
    await playground.button('Run').click();
    await expect
      .poll(async () => {
        // Asked before the page listens, it hears nothing.
        await lookForUpdate(page);
        return page.evaluate(async () => (await navigator.serviceWorker.getRegistration())!.waiting !== null);
      })
      .toBe(true);
    await expect(playground.status).toHaveText('Training.');
    await expect(notice).toHaveCount(0);
    await expect.poll(() => builds(page)).toEqual(old);
    await playground.button('Stop').click();
    await expect(notice).toBeVisible();

    const other = await context.newPage();
    await other.goto(site.url);
    await expect.poll(() => builds(other)).toEqual(old);
    await playground.button('Reload').click();
    await expect(page.getByText('Close its other tabs, then reload.')).toBeVisible();
    await other.close();
    // The browser hears of a closed tab a little later.
    await expect
      .poll(async () => {
        try {
          await playground
            .button('Reload')
            .evaluateAll((buttons: HTMLElement[]) => buttons.forEach((button) => button.click()));
        } catch {
          // It reloads.
        }
        return page.locator('meta[name=build]').count();
      })
      .toBe(1);
    await expect.poll(() => builds(page)).toEqual(fresh);
    await expect(notice).toHaveCount(0);
  });
});

test('where the disk is full, the page works as it does online', async ({ page, context }) => {
  await page.goto(site.url + 'icon.svg');
  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(site.url).origin,
    quotaSize: 100_000,
  });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const playground = new Playground(page);
  await page.goto(site.url);
  await playground.ready();
  // Installing fails where nothing can be kept.
  await expect
    .poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length))
    .toBe(0);
  await expect(playground.alert).toHaveCount(0);
  await expect(playground.button('Run')).toBeEnabled();
  expect(errors).toEqual([]);
});
