import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { ownPictures } from '../own-pictures.ts';
import { ownQuestions } from '../own-questions.ts';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';
import { test } from './visitor.ts';

/** A person's own pictures with questions, from the choice of a zip to the verdict, and what a link about them says where they are not. */
const count = 200;
const badRows = [
  '{"file_name": "things/none.png", "question": "What is this?"}',
  '{"file_name": "things/notes.png", "question": "What is this?"}',
  '{"file_name": "things/001.png"}',
  '{"file_name": "things/001.png", "questi',
];

async function choose(page: Page, name: string, zip: Uint8Array): Promise<void> {
  const input = page.getByRole('dialog', { name: 'Your own pictures' }).locator('input[accept*=".zip"]');
  await input.setInputFiles({ name, mimeType: 'application/zip', buffer: Buffer.from(zip) });
}

test('200 pictures from a zip are looked at, trained on and measured by; a link about them asks for them', async ({
  page,
}) => {
  const { files } = await ownPictures(count, badRows);
  const zip = zipSync({ ...files, 'things/notes.png': new TextEncoder().encode('no picture') }, { level: 0 });
  const playground = new Playground(page);
  await page.goto(
    `./#${shortRun({ 'stages.distil.steps': '4', 'evaluation.everySteps': '0', 'evaluation.finalQuestions': '40' }).toString()}`,
  );
  await playground.ready();
  const recipe = page.getByRole('form', { name: 'Recipe' });
  await expect(recipe).toContainText('kinds of question');

  const pair = page.getByRole('region', { name: 'Teacher and student' });
  await pair.getByRole('combobox', { name: 'Pair' }).click();
  await page.getByRole('option', { name: 'Your own pictures…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your own pictures' });
  await choose(page, 'empty.zip', zipSync({ 'things/001.png': files['things/001.png']! }));
  await expect(dialog.getByRole('alert')).toContainText('no metadata.jsonl and no metadata.csv');
  // What was loaded is as it was.
  await expect(playground.status).toHaveText('Ready. Press Run.');

  await choose(page, 'things.zip', zip);
  await expect(dialog.getByRole('row', { name: /^to train on/ })).toBeVisible();
  const asked = await dialog
    .getByRole('row', { name: /^(?:to|held)/ })
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map(({ textContent }) => Number(textContent))),
    );
  const [training, validation, heldOut] = asked as [number[], number[], number[]];
  expect(training[0]! + validation[0]! + heldOut[0]!).toBe(count);
  // What is set aside has answers; of the others every fourth has none.
  expect(heldOut[1]).toBe(heldOut[2]);
  expect(training[1]! - training[2]!).toBe(count / 4);
  await expect(dialog.getByRole('list', { name: 'Some of the pictures' }).getByRole('img')).toHaveCount(10);
  await expect(dialog).toContainText('held-out questions tell little');
  const notTaken = dialog.getByRole('list', { name: 'Rows that are not taken' });
  await expect(notTaken.getByRole('listitem')).toHaveText([
    'metadata.jsonl:201 The picture “things/none.png” is not among the files.',
    'metadata.jsonl:202 “things/notes.png” is not a picture.',
    'metadata.jsonl:203 There is no question.',
    'metadata.jsonl:204 The line is not JSON.',
  ]);
  await dialog.getByRole('button', { name: 'Use these pictures' }).click();
  await expect(dialog).toBeHidden();
  await playground.ready();
  await expect(recipe).not.toContainText('kinds of question');
  await expect(playground.number('Run', 'training questions')).toHaveValue(String(training[1]));
  await expect(playground.number('Comparison', 'labelled examples')).toHaveValue(String(training[2]));
  await expect(page).toHaveURL(/data\.own=things(@|%40)[0-9a-f]{12}/);

  await playground.button('Run').click();
  await playground.done();
  await expect(page.getByRole('group', { name: 'The result in words' })).toContainText(
    `Exact answers to ${heldOut[1]} questions about pictures of “things” that were set aside from training.`,
  );
  await expect(page.getByRole('region', { name: 'Side by side' })).toContainText('held-out pictures ·');
  await playground.view('runs');
  await expect(page.getByRole('button', { name: /^Open nano · .*things/ })).toBeVisible();

  // Pictures stay where they are: whoever comes with the link opens them again, and has the same recipe.
  await page.reload();
  await expect(page.getByText(/The pictures “things@[0-9a-f]{12}” are not here/)).toBeVisible();
  await playground.button('Your own pictures…').click();
  await choose(page, 'renamed.zip', zip);
  await dialog.getByRole('button', { name: 'Use these pictures' }).click();
  await playground.ready();
  await expect(playground.number('Run', 'training questions')).toHaveValue(String(training[1]));
  await expect(page).toHaveURL(/data\.own=things/);

  await playground.button('Back to the built-in pictures').click();
  await playground.ready();
  await expect(recipe).toContainText('kinds of question');
  await expect(page).not.toHaveURL(/data\.own/);
});

test('40 questions of text alone from a file go the same way; a pair that is asked about pictures leaves them', async ({
  page,
}) => {
  const badRows = ['{"answer": "Yes."}', '{"question": "Cut sh'];
  const text = await ownQuestions(40, badRows);
  const { zip } = await ownPictures(4);
  const playground = new Playground(page);
  const link = shortRun({ pair: 'text', 'stages.distil.steps': '4', 'evaluation.everySteps': '0' });
  await page.goto(`./#${link.toString()}`);
  await playground.ready();
  const pair = page.getByRole('region', { name: 'Teacher and student' });
  await pair.getByRole('combobox', { name: 'Pair' }).click();
  await page.getByRole('option', { name: 'Your own questions…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your own questions' });
  const input = dialog.locator('input[accept*=".jsonl"]');
  const file = (name: string, content: string | Uint8Array) => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(content),
  });
  await input.setInputFiles(file('things.zip', zip));
  await expect(dialog.getByRole('alert')).toContainText('asks about pictures (file_name)');
  await input.setInputFiles(file('numbers.jsonl', text));
  await expect(dialog.getByRole('columnheader')).toHaveText(['', 'questions', 'with an answer']);
  const [trained, heldOut] = await Promise.all(
    [/^to train on/, /^held out/].map((name) =>
      dialog.getByRole('row', { name }).getByRole('cell').first().textContent(),
    ),
  );
  const samples = dialog.getByRole('list', { name: 'Some of the questions' });
  await expect(samples.getByRole('listitem')).toHaveCount(10);
  await expect(samples.getByRole('img')).toHaveCount(0);
  await expect(
    dialog.getByRole('list', { name: 'Rows that are not taken' }).getByRole('listitem'),
  ).toHaveText(['numbers.jsonl:41 There is no question.', 'numbers.jsonl:42 The line is not JSON.']);
  await dialog.getByRole('button', { name: 'Use these questions' }).click();
  await expect(dialog).toBeHidden();
  await playground.ready();
  await expect(playground.number('Run', 'training questions')).toHaveValue(trained!);

  await playground.button('Run').click();
  await playground.done();
  await expect(page.getByRole('group', { name: 'The result in words' })).toContainText(
    `Exact answers to ${heldOut!} questions of “numbers” that were set aside from training.`,
  );
  await expect(page.getByRole('region', { name: 'Side by side' })).toContainText('held-out questions ·');
  await expect(page.getByRole('toolbar', { name: `${heldOut!} held-out questions` })).toBeVisible();

  await test.step('its students are asked and looked into, and the run is a line of a table', async () => {
    const question = 'Which is more: two or nine?';
    await playground.button('ask your own').click();
    const asking = page.getByRole('region', { name: 'Ask your own' });
    await asking.getByRole('combobox', { name: 'Question' }).fill(question);
    await asking.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect(asking).toContainText('Answered live by the students after step');
    await asking.getByRole('button', { name: question }).click();
    await expect(page.getByRole('dialog')).toContainText('Measured live with the student after step');
    await page.keyboard.press('Escape');
    await playground.view('runs');
    await playground.button('Export').click();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /one line a run/ }).click();
    expect(readFileSync(await (await saved).path(), 'utf8')).toContain('numbers@');
  });

  await pair.getByRole('combobox', { name: 'Pair' }).click();
  await page.getByRole('option', { name: 'Nano', exact: true }).click();
  await playground.ready();
  await expect(page.getByText('no longer about your questions “numbers”')).toBeVisible();
  await expect(page).not.toHaveURL(/data\.own/);
  await playground.button('Understood').click();
  await expect(page.getByText('no longer about your questions')).toBeHidden();

  // Whoever comes with the link opens them again.
  await page.goto(`./#pair=text&evaluation.split=held-out-text&data.own=numbers%400123456789ab`);
  await expect(page.getByText('The questions “numbers@0123456789ab” are not here')).toBeVisible();
  await expect(playground.button('Your own questions…')).toBeVisible();
});
