import { expect } from '@playwright/test';
import { boxOf } from './box-of.ts';
import { Playground } from './playground.ts';
import { watchShifts } from './shifts.ts';
import { test } from './visitor.ts';

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

test('words of the field say what they mean: by pointer, keyboard and finger', async ({ browser, page }) => {
  const playground = new Playground(page);
  await playground.open();
  await playground.view('curves');
  await playground.ready();
  const cards = page.getByRole('button', { name: 'What both models are' });
  await cards.click();
  const word = (where: string, name: string) =>
    page.getByRole('region', { name: where }).getByRole('button', { name, exact: true }).first();
  const meaning = page.getByRole('tooltip').filter({ hasText: /[a-z]/ });
  await expect(word('Teacher and student', 'image tokens')).toBeVisible();
  await watchShifts(page);
  await word('Teacher and student', 'image tokens').hover();
  await expect(meaning).toHaveText(/^In how many pieces the language model reads one picture/);
  await page.mouse.move(5, 5);
  await expect(meaning).toHaveCount(0);
  await cards.click();
  await word('Curves', 'L_main').focus();
  await expect(meaning).toHaveText(/^The loss by which the student learns from the teacher/);
  await expect(word('Curves', 'L_main')).toHaveAccessibleDescription(/^The loss by which/);
  const box = await boxOf(meaning);
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(1280);
  await playground.expectAccessible();
  await word('Curves', 'L_main').focus();
  await page.keyboard.press('Escape');
  await expect(meaning).toHaveCount(0);
  for (const [where, name] of [
    ['Curves', 'L_sft'],
    ['Curves', 'L_reg'],
    ['Curves', 'nats'],
    ['Curves', 'Held-out'],
    ['Result', 'exact match'],
    ['Result', 'SFT'],
    ['Recipe', 'Recalibrator'],
  ] as const)
    await expect(word(where, name)).toHaveCount(1);
  await expect.poll(() => page.evaluate(() => window.shifts)).toEqual([]);

  const phone = await browser.newContext({
    hasTouch: true,
    // Nothing plays by itself, and moves the page.
    reducedMotion: 'reduce',
    viewport: { width: 390, height: 844 },
  });
  const held = await phone.newPage();
  await held.goto(page.url());
  const tapped = held.getByRole('region', { name: 'Result' }).getByRole('button', { name: 'exact match' });
  await tapped.tap();
  const said = held.getByRole('tooltip').filter({ hasText: 'word for word' });
  await expect(said).toBeVisible();
  const { x, width } = await boxOf(said);
  expect(x).toBeGreaterThanOrEqual(0);
  expect(x + width).toBeLessThanOrEqual(390);
  await held.getByRole('heading', { name: 'Result' }).tap();
  await expect(said).toHaveCount(0);
  await phone.close();
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

test('takes a recipe from a link as far as it is understood, and keeps the address in step', async ({
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
  await page.goto('./?view=huge#pair=nanoo&amp;seed=7&stages.distil.learningRate=fast&fbclid=IwAR0.');
  await expect(playground.alert).toContainText('Not all of the address was taken');
  for (const part of [
    'a view this page does not have: view=huge',
    'stages.distil.learningRate: Enter a number.',
    'no field “fbclid”',
    'There is no pair “nanoo” here; “mini” was taken instead. Did you mean “nano”?',
  ])
    await expect(playground.alert).toContainText(part);
  await expect(playground.number('Run', 'seed')).toHaveValue('7');
  await playground.button('Understood').click();
  await expect(playground.alert).toHaveCount(0);
  await playground.ready();
  await expect(page).toHaveURL(/#seed=7$/);

  await playground.button('Share and save').click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: 'Open a run from a file' }).click();
  const recipe = Buffer.from(JSON.stringify({ version: 1, pair: 'nano', seed: 11 }));
  await (await chooser).setFiles({ name: 'recipe.json', mimeType: 'application/json', buffer: recipe });
  await expect(playground.number('Run', 'seed')).toHaveValue('11');
  await playground.ready();
  await expect(page).toHaveURL(/#pair=nano&seed=11$/);

  // A preset is taken back by the form's own button, and by “Back”, which stays on the page.
  for (const back of [() => playground.button('back to the recipe before').click(), () => page.goBack()]) {
    await page.getByRole('combobox', { name: 'Preset' }).click();
    await page.getByRole('option', { name: 'Nano, quick look' }).click();
    await expect(playground.number('Run', 'seed')).toHaveValue('1');
    await expect(page).toHaveURL(/#preset=nano-quick$/);
    await back();
    await expect(playground.number('Run', 'seed')).toHaveValue('11');
    await expect(page).toHaveURL(/#pair=nano&seed=11$/);
    await expect(playground.button('back to the recipe before')).toHaveCount(0);
  }
});

test('“Back” pressed at once leads back, however late the page hears of it', async ({ page }) => {
  // The event comes half a second after the address has changed: longer than the address waits for a change.
  await page.addInitScript(() =>
    window.addEventListener('hashchange', (event) => {
      if (!event.isTrusted) return;
      event.stopImmediatePropagation();
      setTimeout(() => window.dispatchEvent(new HashChangeEvent('hashchange')), 500);
    }),
  );
  const playground = new Playground(page);
  await page.goto('./#pair=nano&seed=11');
  await playground.ready();
  await page.getByRole('combobox', { name: 'Preset' }).click();
  await page.getByRole('option', { name: 'Nano, quick look' }).click();
  await playground.button('back to the recipe before').click();
  await expect(playground.number('Run', 'seed')).toHaveValue('11');
  await expect(page).toHaveURL(/#pair=nano&seed=11$/);
});

test('trains a student by LoRA where the recipe says so, and carries that in its link', async ({ page }) => {
  const playground = new Playground(page);
  await page.goto('./#pair=nano&student.visionEncoder=trained');
  await playground.ready();
  const group = page.getByRole('group', { name: /^LoRA/ });
  await expect(group.getByRole('textbox', { name: 'rank' })).toHaveCount(0);
  const lora = group.getByText('train the student by LoRA');
  await lora.click();
  await expect(playground.status).toContainText('LoRA leaves the student’s own weights as they are');
  await page.getByRole('button', { name: 'Reset vision encoder in stage 2 to frozen' }).click();
  await playground.ready();
  await playground.number('LoRA', 'rank').fill('4');
  await group.getByText('gate', { exact: true }).click();
  await expect(page).toHaveURL(/student\.lora\.rank=4&student\.lora\.alpha=16&student\.lora\.targets=/);
  await lora.click();
  await expect(page).toHaveURL(/#pair=nano$/);
});

test('reads numbers as people type them, and says what could be two', async ({ page }) => {
  const playground = new Playground(page);
  await page.goto('./#pair=nano');
  await playground.ready();
  await playground.number('Run', 'training questions').fill('10,000');
  await playground.number('2 · distil', 'learning rate').fill('0,003');
  await expect(page).toHaveURL(/data\.examples=10000&stages\.distil\.learningRate=0\.003$/);
  await playground.number('Losses', 'L_sft weight').fill('1,000');
  const hint = 'L_sft weight: “1,000” could be 1000 or 1: write 1000 or 1.';
  await expect(playground.status).toContainText(hint);
  await expect(playground.button('Run')).toBeDisabled();
  await playground.number('Losses', 'L_sft weight').fill('1');
  await playground.ready();

  await page.getByRole('radiogroup', { name: 'Centre' }).getByText('runs', { exact: true }).click();
  await playground.button('Sweep').click();
  const sweep = page.getByRole('dialog', { name: 'Sweep' });
  const values = sweep.getByRole('textbox', { name: /^values/ });
  await values.fill('0,001; 0,002; 0,001');
  await expect(sweep.getByRole('status')).toContainText(
    '2 settings · 1 more setting is the same as another and not run again',
  );
  await values.fill('0,5');
  await expect(sweep.getByRole('status')).toContainText('could be one number or 2');
  await values.fill('1e-3');
  await sweep.getByRole('textbox', { name: 'seeds for each' }).fill('1,000');
  await expect(sweep.getByRole('status')).toHaveText('seeds for each: Enter a whole number from 1 to 10.');
  await expect(sweep.getByRole('button', { name: 'Start the sweep' })).toBeDisabled();
});

test('leaves a run and its curves alone when another recipe is entered into the address', async ({
  page,
}) => {
  const playground = new Playground(page);
  await page.goto(
    './#pair=nano&data.examples=32&data.labelled=8&data.batchSize=4&arms=[]&stages.align.steps=0' +
      '&stages.distil.steps=450&stages.finetune.steps=0&evaluation.everySteps=0&evaluation.liveQuestions=8' +
      '&evaluation.finalQuestions=8&logEverySteps=1',
  );
  await playground.ready();
  await playground.button('Run').click();
  await expect.poll(() => playground.step()).toBeGreaterThan(0);
  await page.evaluate(() => (window.location.hash = '#pair=medium&seed=3'));
  await expect(playground.alert).toContainText('The link was not taken');
  await expect(page).toHaveURL(/#pair=nano&.*stages\.distil\.steps=450/);
  await playground.button('Stop').click();
  await expect(playground.status).toHaveText(/^Stopped after step/);
  await playground.button('Understood').click();
  await playground.view('curves');
  await expect.poll(async () => Object.keys(await playground.latest()).length).toBeGreaterThan(0);
  await playground.button('Run').click();
  await expect.poll(() => playground.step()).toBeGreaterThan(0);
  await playground.button('Stop').click();
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
  await expect(dialog).toContainText('npm run study -- default');
  await playground.expectAccessible();
});

test('works in two tabs at once', async ({ context }) => {
  const tabs = await Promise.all([context.newPage(), context.newPage()]);
  for (const page of tabs) await new Playground(page).open();
  for (const page of tabs) await new Playground(page).ready();
});
