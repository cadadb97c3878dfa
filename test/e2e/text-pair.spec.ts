import { expect } from '@playwright/test';
import { Playground } from './playground.ts';
import { test } from './visitor.ts';

/** A pair that reads no pictures: chosen, run to its verdict, asked and looked into. */
test('two decoders without eyes: questions as cards, a run to the verdict, a question in words', async ({
  page,
}) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const playground = new Playground(page);
  // A link that was made for pictures: the questions follow the pair.
  const link = new URLSearchParams({
    pair: 'text',
    'data.batchSize': '4',
    'data.examples': '64',
    'data.labelled': '0',
    'stages.align.steps': '3',
    'stages.distil.steps': '8',
    'stages.finetune.steps': '3',
    'evaluation.everySteps': '0',
    'evaluation.liveQuestions': '12',
    'evaluation.finalQuestions': '12',
    logEverySteps: '4',
    arms: '[]',
  });
  await page.goto(`./#${link.toString()}`);
  await playground.ready();
  const pair = page.getByRole('region', { name: 'Teacher and student' });
  await expect(pair).toContainText('Qwen3');
  const form = page.getByRole('form', { name: 'Recipe' });
  await expect(form.getByText('odd-one-out', { exact: true })).toBeVisible();
  await expect(form.getByText('vision encoder in stage 2')).toHaveCount(0);
  await expect(form.getByText('training pictures')).toHaveCount(0);
  await expect(page).toHaveURL(/evaluation\.split=held-out-text/);

  await test.step('runs to the verdict', async () => {
    await playground.button('Run').click();
    await playground.done();
    const wall = page.getByRole('toolbar', { name: /^12 questions about the held-out facts/ });
    await expect(wall.getByRole('button').first()).toContainText(/\?|\./);
    await expect(page.getByRole('region', { name: 'One question' })).toBeVisible();
    await expect(page.locator('[data-telling]')).toHaveText(/^The student (improved|did not improve)/);
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('larger');
    await expect(page.getByRole('region', { name: 'Side by side' }).getByRole('listitem')).toHaveCount(12);
  });

  await test.step('the drawing has no part for pictures', async () => {
    await playground.view('model');
    const parts = page.getByRole('list', { name: 'Parts of this stage' });
    await expect(parts).toContainText('decoder body');
    await expect(parts).not.toContainText('vision');
    await expect(page.locator('svg [data-part="studentBody"]')).toBeVisible();
    await expect(page.locator('svg [data-part="studentVision"]')).toHaveCount(0);
  });

  await test.step('answers a question in words, and shows its tokens', async () => {
    await playground.button('ask your own').click();
    const asking = page.getByRole('region', { name: 'Ask your own' });
    await expect(asking).toContainText('This pair reads no pictures: ask in words.');
    await expect(asking.getByRole('radio')).toHaveCount(0);
    await asking.getByRole('combobox', { name: 'Question' }).fill('What kind of thing is a dog?');
    await asking.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect(asking).toContainText('Answered live by the students after step 14.');
    await expect(asking).toContainText('Animal.');
    await asking.getByRole('button', { name: 'What kind of thing is a dog?' }).click();
    await expect(page.getByRole('dialog')).toContainText('Measured live with the student after step 14.');
    await page.keyboard.press('Escape');
  });

  await test.step('back to pictures, the questions follow', async () => {
    await pair.getByRole('combobox', { name: 'Pair' }).click();
    await page.getByRole('option', { name: 'Nano', exact: true }).click();
    await playground.ready();
    await expect(form.getByText('vision encoder in stage 2')).toBeVisible();
    await expect(page).not.toHaveURL(/held-out-text/);
  });
  expect(errors).toEqual([]);
});
