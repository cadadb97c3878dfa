import { expect, test } from '@playwright/test';
import { Playground } from './playground.ts';

test('is accessible and fits the screen', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  await playground.expectAccessible();
  const overflow = () =>
    page.evaluate(() => ({
      x: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      y: document.documentElement.scrollHeight - document.documentElement.clientHeight,
    }));
  expect(await overflow()).toEqual({ x: 0, y: 0 });
  await page.setViewportSize({ width: 390, height: 844 });
  expect((await overflow()).x).toBe(0);
  await playground.expectAccessible();
});

test('says beside the field what is wrong and why Run waits', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  const rate = playground.number('1 · align', 'learning rate');
  const before = await rate.inputValue();
  for (const [text, message] of [
    ['', 'Enter a number.'],
    ['fast', 'Enter a number.'],
    ['2', 'Enter 1 or less.'],
  ] as const) {
    await rate.fill(text);
    await expect(page.getByRole('alert').filter({ hasText: message })).toBeVisible();
    await expect(playground.status).toHaveText(`Recipe, 1 · align, learning rate: ${message}`);
    await expect(playground.button('Run')).toBeDisabled();
  }
  await page.getByRole('button', { name: /^Reset learning rate to/ }).click();
  await expect(rate).toHaveValue(before);
  await expect(playground.button('Run')).toBeEnabled();
  await playground.number('Run', 'seed').fill('1.5');
  await expect(playground.status).toHaveText('Recipe, Run, seed: Enter a whole number.');
});

test('shows the keys on “?” and keeps them out of text fields', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  await playground.number('Run', 'seed').press('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.locator('body').click({ position: { x: 600, y: 10 } });
  await page.keyboard.press('Shift+?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toContainText('Run, pause or resume');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('works in two tabs at once', async ({ context }) => {
  const tabs = await Promise.all([context.newPage(), context.newPage()]);
  for (const page of tabs) await new Playground(page).open();
  for (const page of tabs) await new Playground(page).ready();
});
