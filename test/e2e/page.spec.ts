import { expect, test } from '@playwright/test';
import { Playground } from './playground.ts';

test('is accessible and fits the screen', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  await playground.expectAccessible();
  await expect.poll(() => playground.overflow()).toEqual({ x: 0, y: 0 });
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(() => playground.overflow()).toMatchObject({ x: 0 });
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

test('takes a recipe from a link, keeps the address in step, and refuses a wrong link whole', async ({
  page,
  context,
}) => {
  const playground = new Playground(page);
  await page.goto('./#pair=nano&stages.distil.steps=77');
  await playground.ready();
  await expect(playground.number('2 · distil', 'steps')).toHaveValue('77');
  await playground.number('Run', 'seed').fill('5');
  await expect(page).toHaveURL(/#pair=nano&seed=5&stages\.distil\.steps=77$/);

  const other = await context.newPage();
  await other.goto(page.url());
  await new Playground(other).ready();
  await expect(new Playground(other).number('Run', 'seed')).toHaveValue('5');
  await other.close();

  await page.goto('about:blank');
  await page.goto('./#pair=nano&stages.distil.learningRate=fast');
  await expect(playground.alert).toContainText('stages.distil.learningRate: Enter a number.');
  await playground.button('Go on with the defaults').click();
  await expect(playground.alert).toHaveCount(0);
  await playground.ready();
});

test('offers arms that fit the pair, and says why others do not', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  const arms = page.getByRole('group', { name: 'beside it' });
  await expect(arms.getByRole('checkbox', { name: 'SFT, labels alone' })).toBeChecked();
  await expect(arms.getByRole('checkbox', { name: 'GKD' })).toBeDisabled();
  await arms.getByText('Sequence KD', { exact: true }).click();
  await expect(page).toHaveURL(/seq-kd/);
  await page.goto('about:blank');
  await page.goto('./#objective=gkd');
  await expect(playground.status).toContainText('GKD compares token by token');
  await expect(playground.button('Run')).toBeDisabled();
});

test('shows what was measured, from the committed files', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.ready();
  await playground.button('What we measured').click();
  const dialog = page.getByRole('dialog', { name: 'What we measured' });
  await expect(dialog.getByRole('row', { name: /^Teacher/ }).first()).toContainText('%');
  await expect(dialog).toContainText('npm run evaluate -- --preset figure1');
  await playground.expectAccessible();
});

test('works in two tabs at once', async ({ context }) => {
  const tabs = await Promise.all([context.newPage(), context.newPage()]);
  for (const page of tabs) await new Playground(page).open();
  for (const page of tabs) await new Playground(page).ready();
});
