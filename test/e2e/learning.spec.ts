import { expect } from '@playwright/test';
import { boxOf } from './box-of.ts';
import { Playground } from './playground.ts';
import { test } from './visitor.ts';

test('the palette finds a preset by keyboard, and offers nothing that cannot be done', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  // Also from a text field, where other keys rest.
  await playground.number('Run', 'seed').focus();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Commands' });
  const search = palette.getByRole('textbox', { name: 'Find a command' });
  await expect(search).toBeFocused();
  await expect(palette.getByRole('button', { name: 'Run', exact: false }).first()).toBeVisible();
  await expect(palette.getByText('Pause', { exact: true })).toHaveCount(0);
  await playground.expectAccessible();
  await search.fill('quick look');
  await page.keyboard.press('Enter');
  await expect(palette).toHaveCount(0);
  await expect(page.getByRole('combobox', { name: 'Preset' })).toHaveValue('Nano, quick look');
  await expect(page).toHaveURL(/#preset=nano-quick$/);
  await playground.ready();
});

test('keys work from anywhere but where somebody types', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const playground = new Playground(page);
  await page.goto('./#seed=9');
  await playground.ready();
  await page.keyboard.press('c');
  await expect(page.getByRole('banner').getByRole('status')).toHaveText('Link copied.');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/#seed=9$/);
  await playground.number('Run', 'seed').press('p');
  await expect(page).not.toHaveURL(/projector/);
  await page.keyboard.press('Escape');
  await playground.button('What we measured').focus();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(keys).toContainText('Projector mode');
  await playground.expectAccessible();
  await page.keyboard.press('p');
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
  await expect(page).not.toHaveURL(/projector/);
  await expect(playground.button('What we measured')).toBeFocused();
});

test('a key pressed while the keys are still loading counts', async ({ page }) => {
  let arrive = () => {};
  const wait = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/assets/keys-*.js', async (route) => {
    await wait;
    await route.continue();
  });
  const asked = page.waitForRequest('**/assets/keys-*.js');
  await page.goto('./');
  await asked;
  await expect(page.getByRole('main')).toBeVisible();
  // React listens a moment after it has drawn.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  await page.keyboard.press('l');
  const explanation = page.getByRole('heading', { name: 'Read along' });
  await expect(explanation).toHaveCount(0);
  arrive();
  await expect(explanation).toHaveCount(1);
});

for (const size of [
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
])
  test(`the tour leads by keyboard to its end and is offered once, ${size.width} px wide`, async ({
    page,
  }) => {
    await page.setViewportSize(size);
    const playground = new Playground(page);
    await playground.open();
    await playground.ready();
    await page.getByRole('button', { name: 'Take the tour' }).press('Enter');
    const stop = page.locator('.driver-popover');
    await expect(stop).toContainText('1 of 8');
    await playground.expectAccessible();
    for (let i = 1; i <= 8; i++) {
      await expect(stop).toContainText(`${i} of 8`);
      await expect(page.getByRole('button', { name: i === 8 ? 'Done' : 'Next' })).toBeFocused();
      await expect(async () => {
        const box = await boxOf(stop);
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(size.width);
        expect(box.y + box.height).toBeLessThanOrEqual(size.height);
      }).toPass();
      await page.keyboard.press(i % 2 === 0 ? 'ArrowRight' : 'Enter');
    }
    await expect(stop).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Take the tour' })).toHaveCount(0);
    await page.reload();
    await playground.ready();
    await expect(page.getByRole('button', { name: 'Take the tour' })).toHaveCount(0);
    await page.keyboard.press('t');
    await expect(stop).toContainText('1 of 8');
    await page.keyboard.press('Escape');
    await expect(stop).toHaveCount(0);
  });

test('a browser that remembers nothing still works', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new DOMException('refused', 'SecurityError');
      },
    });
  });
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  await page.keyboard.press('t');
  await expect(page.locator('.driver-popover')).toContainText('1 of 8');
  await page.keyboard.press('Escape');
  await expect(page.locator('.driver-popover')).toHaveCount(0);
});

test('the explanation stands beside the run, with the pair’s numbers and typeset equations', async ({
  page,
}) => {
  const refused: string[] = [];
  // What the content-security policy refuses shows here.
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  await page
    .getByRole('banner')
    .getByRole('button', { name: /^Read along/ })
    .click();
  const text = page.getByRole('region', { name: 'Read along' });
  await expect(text.getByRole('heading', { level: 3 })).toHaveCount(9);
  await expect(text).toContainText('2.79 M parameters');
  await expect(text).toContainText('press Run to measure');
  await expect(text.locator('math').first()).toBeAttached();
  await expect(text.locator('.katex-error')).toHaveCount(0);
  await expect(text).toContainText(/GenRecal is (above|below)|cannot be told apart/);
  await expect(page.getByRole('form', { name: 'Recipe' })).toBeHidden();
  await playground.expectAccessible();
  // The space bar scrolls here instead of starting a run.
  await expect(text.getByRole('group', { name: 'Read along' })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(playground.status).toHaveText('Ready. Press Run.');
  await page.keyboard.press('Escape');
  await expect(text).toHaveCount(0);
  await expect(page.getByRole('form', { name: 'Recipe' })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.press('l');
  await expect(text).toBeVisible();
  await expect.poll(() => playground.overflow()).toMatchObject({ x: 0 });
  await playground.expectAccessible();
  expect(refused).toEqual([]);
});

test('the projector mode has larger type and no recipe, and is in the link', async ({ page }) => {
  const playground = new Playground(page);
  await page.goto('./#seed=3');
  await playground.ready();
  const size = () =>
    page.evaluate(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
  const before = await size();
  await page.keyboard.press('p');
  await expect(page).toHaveURL(/\?view=projector#seed=3$/);
  await expect.poll(size).toBeGreaterThan(before * 1.1);
  await expect(page.getByRole('form', { name: 'Recipe' })).toHaveCount(0);
  await page.reload();
  await playground.ready();
  await expect(page.getByRole('form', { name: 'Recipe' })).toHaveCount(0);
  await expect.poll(() => playground.overflow()).toMatchObject({ y: 0 });
  await playground.expectAccessible();
  await page.getByRole('button', { name: 'Projector mode' }).click();
  await expect(page.getByRole('form', { name: 'Recipe' })).toBeVisible();
  await expect(page).toHaveURL(/\/#seed=3$/);
});

test('an embedded page shows the run alone, in a frame, less what the address hides', async ({
  page,
  baseURL,
}) => {
  const playground = new Playground(page);
  await page.goto('./?view=embed');
  await playground.ready();
  await expect(page.getByRole('form', { name: 'Recipe' })).toHaveCount(0);
  await expect(page.getByRole('banner')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Teacher and student' })).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Pictures' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Side by side' })).toBeVisible();
  await playground.expectAccessible();
  await page.setContent(
    `<iframe src="${baseURL}/?view=embed&hide=answers#pair=nano" width="1000" height="600"></iframe>`,
  );
  const frame = page.frameLocator('iframe');
  await expect(frame.getByRole('status')).toHaveText('Ready. Press Run.');
  await expect(frame.getByRole('region', { name: 'Pictures' })).toBeVisible();
  await expect(frame.getByRole('region', { name: 'Side by side' })).toHaveCount(0);
  const opened = page.waitForEvent('popup');
  await frame.getByRole('link', { name: /^Open with its recipe/ }).click();
  const popup = await opened;
  await expect(popup).toHaveURL(/\/#pair=nano$/);
  await page.goto('./?view=cinema');
  await expect(playground.alert).toContainText('view=cinema');
  await expect(page.getByRole('form', { name: 'Recipe' })).toBeVisible();
});
