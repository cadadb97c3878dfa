import { expect, test, type Browser, type BrowserContextOptions } from '@playwright/test';
import { boxOf } from './box-of.ts';
import { crowdedText } from './crowded.ts';
import { Playground } from './playground.ts';
import { watchShifts } from './shifts.ts';
import { browserWithoutWebGpu, visitor } from './without-webgpu.ts';

/** A browser without a graphics card, which has never seen the page: the recorded run needs none. */
let browser: Browser;
test.beforeAll(async () => {
  browser = await browserWithoutWebGpu();
});
test.afterAll(() => browser.close());

const visit = (baseURL: string | undefined, options?: BrowserContextOptions) =>
  visitor(browser, baseURL, options);

const bar = ({ page }: Playground) => page.getByRole('region', { name: 'Recorded run' });
const wall = ({ page }: Playground) => page.getByRole('toolbar', { name: /questions about pictures in the/ });
const offer = (playground: Playground) => playground.button('Watch a recorded run (30 s)');

test('at a first visit the recorded run plays by itself, and a person’s own things are left alone', async ({
  baseURL,
}) => {
  const visitor = await visit(baseURL);
  const { page } = visitor;
  const right = wall(visitor).locator('[data-state=right]');
  await visitor.open();

  await test.step('nobody has clicked: steps are counted, pictures turn right, an answer changes', async () => {
    await expect(bar(visitor)).toContainText('nothing is being trained now');
    await expect(wall(visitor).getByRole('button')).toHaveCount(96);
    // The device's chip comes by itself, whenever the browser has said that there is none.
    await expect(visitor.alert).toContainText('Training is not possible in this browser');
    await watchShifts(page);
    await expect.poll(() => visitor.step()).toBeGreaterThan(0);
    const seen = await visitor.notes('section[aria-label="One picture"] [data-who=now]');
    await expect.poll(async () => (await seen()).length).toBeGreaterThan(2);
    await expect.poll(() => right.count()).toBeGreaterThan(40);
    await expect(page.locator('[data-telling]')).toHaveText(/^The student improved/);
    await expect.poll(() => page.evaluate(() => window.shifts)).toEqual([]);
  });

  await test.step('what is newly right comes first', async () => {
    const first = page.getByRole('region', { name: 'Side by side' }).getByRole('listitem').first();
    await expect(first.locator('[data-who=before] [data-right=false]')).toHaveCount(1);
    await expect(first.locator('[data-who=now] [data-right=true]')).toHaveCount(1);
  });

  await test.step('arrow keys go over the wall and choose the large picture', async () => {
    const large = wall(visitor).locator('[data-large]');
    await large.focus();
    const name = await large.getAttribute('aria-label');
    await page.keyboard.press('ArrowRight');
    await expect(large).not.toHaveAttribute('aria-label', name!);
    await expect(large).toBeFocused();
    await visitor.expectAccessible();
  });

  await test.step('it gives way, and is not shown again unasked', async () => {
    await visitor.number('Run', 'seed').fill('7');
    await visitor.button('Close the recorded run').click();
    await expect(bar(visitor)).toHaveCount(0);
    await expect(visitor.number('Run', 'seed')).toHaveValue('7');
    await page.goto('./');
    await page.reload();
    await expect(offer(visitor)).toBeVisible();
    await expect(bar(visitor)).toHaveCount(0);
    await offer(visitor).click();
    await expect(bar(visitor)).toBeVisible();
  });
  await page.context().close();
});

test('nothing plays by itself for who wants no motion, or came for a recipe', async ({ baseURL }) => {
  const still = await visit(baseURL, { reducedMotion: 'reduce' });
  await still.open();
  await expect(still.alert).toContainText('Training is not possible in this browser');
  await expect(bar(still)).toHaveCount(0);
  await offer(still).click();
  await expect(bar(still)).toBeVisible();
  await still.page.context().close();

  const sent = await visit(baseURL);
  await sent.page.goto('./#pair=nano&seed=5');
  await expect(sent.alert).toContainText('Training is not possible in this browser');
  await expect(bar(sent)).toHaveCount(0);
  await offer(sent).click();
  await expect(bar(sent)).toContainText('mini');
  await expect(sent.page.getByRole('combobox', { name: 'Pair' })).toHaveValue(/nano/i);
  await expect(sent.number('Run', 'seed')).toHaveValue('5');
  await sent.page.context().close();
});

for (const [width, height] of [
  [1366, 625],
  [1280, 720],
  [1024, 768],
  [390, 844],
] as const)
  test(`the end of a run has its room, ${width} × ${height}`, async ({ baseURL }) => {
    const visitor = await visit(baseURL, { viewport: { width, height } });
    const { page } = visitor;
    await visitor.open();
    await visitor.button('To the end').click();
    await expect(page.locator('[data-telling]')).toHaveText(/^The student improved/);
    const table = page.getByRole('region', { name: 'Result' }).getByRole('table');
    const card = page.getByRole('region', { name: 'Side by side' }).getByRole('listitem').first();
    const pictures = page.getByRole('region', { name: 'Pictures' });
    const topOf = async (locator: typeof table) => (await boxOf(locator)).y;
    await expect.poll(() => visitor.overflow()).toMatchObject({ x: 0 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
      if (width > 1000) {
        await expect.poll(() => topOf(page.getByRole('main'))).toBeLessThanOrEqual(120);
        for (const whole of [table, card]) await expect(whole).toBeInViewport({ ratio: 1 });
      } else
        await expect
          .poll(
            async () =>
              (await topOf(pictures)) < (await topOf(table)) && (await topOf(table)) < (await topOf(card)),
          )
          .toBe(true);
      for (const view of ['pictures', 'curves'] as const) {
        await visitor.view(view);
        if (view === 'curves') await visitor.drawn();
        await expect.poll(() => page.evaluate(crowdedText)).toEqual({ overlapping: [], broken: [] });
      }
      await visitor.view('pictures');
    }
    await page.context().close();
  });

test('beside the explanation and on a projector every answer is read whole', async ({ baseURL }) => {
  const visitor = await visit(baseURL, { viewport: { width: 1280, height: 720 } });
  const { page } = visitor;
  await visitor.open();
  await visitor.button('To the end').click();
  await expect(page.locator('[data-telling]')).toHaveText(/^The student improved/);
  const cut = () =>
    page
      .getByRole('region', { name: 'Side by side' })
      .locator('dd span')
      .evaluateAll((answers) =>
        answers
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map((one) => one.textContent),
      );
  for (const [key, there] of [
    ['l', page.getByRole('heading', { name: 'Read along' })],
    ['p', page.locator(':root[data-view="projector"]')],
  ] as const) {
    await page.keyboard.press(key);
    await expect(there).toHaveCount(1);
    await expect.poll(() => page.evaluate(crowdedText)).toEqual({ overlapping: [], broken: [] });
    await expect.poll(cut).toEqual([]);
    await expect.poll(() => visitor.overflow()).toMatchObject({ x: 0 });
    await page.keyboard.press(key);
    await expect(there).toHaveCount(0);
  }
  await page.context().close();
});

test('in a low window, and enlarged twice, everything can be reached', async ({ baseURL }) => {
  for (const viewport of [
    { width: 1280, height: 400 },
    { width: 640, height: 360 },
  ]) {
    const visitor = await visit(baseURL, { viewport });
    await visitor.open();
    await visitor.button('To the end').click();
    await expect.poll(() => visitor.overflow()).toMatchObject({ x: 0 });
    const asking = visitor.page.getByRole('region', { name: 'Ask your own' });
    const cards = visitor.page.getByRole('region', { name: 'Side by side' }).getByRole('listitem');
    for (const part of [
      cards.last(),
      visitor.number('Measuring', 'final questions'),
      visitor.page.getByRole('region', { name: 'Result' }).getByRole('row').last(),
    ]) {
      // What loads later may move it.
      await expect
        .poll(async () => {
          await part.scrollIntoViewIfNeeded();
          return part.evaluate(shareInView);
        })
        .toBeGreaterThanOrEqual(0.9);
    }
    // The cards are scrolled to their end: what opens above them comes into sight, whole.
    await cards.last().scrollIntoViewIfNeeded();
    await visitor.button('ask your own').click();
    await expect(asking).toContainText('WebGPU');
    await expect(asking).toBeInViewport({ ratio: 0.9 });
    await visitor.page.context().close();
  }
});

/** How much of an element is inside the window, 0–1. */
function shareInView(element: Element): Promise<number> {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver(([entry]) => {
      observer.disconnect();
      resolve(entry!.intersectionRatio);
    });
    observer.observe(element);
  });
}
