import { expect } from '@playwright/test';
import { encode } from 'fast-png';
import { Playground } from './playground.ts';
import { test } from './visitor.ts';

/** A wide red picture: half of its square stays white. */
const wide = {
  name: 'red.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    encode({
      width: 200,
      height: 100,
      channels: 3,
      depth: 8,
      data: Uint8Array.from({ length: 200 * 100 * 3 }, (_, i) => (i % 3 === 0 ? 220 : 20)),
    }),
  ),
};

test('asks an own question, goes back through the answers and looks inside one', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));

  const playground = new Playground(page);
  await page.goto(
    './#pair=nano&data.examples=64&data.labelled=16&data.batchSize=4&stages.align.steps=2' +
      '&stages.distil.steps=38&stages.distil.learningRate=0.005&stages.finetune.steps=4&evaluation.everySteps=8' +
      '&evaluation.liveQuestions=8&evaluation.finalQuestions=8&logEverySteps=1',
  );
  await playground.ready();
  const panel = page.getByRole('region', { name: 'Side by side' });
  const asking = panel.getByRole('region', { name: 'Ask your own' });
  const file = asking.locator('input[type=file]');
  const dialog = page.getByRole('dialog', { name: 'Inside an answer' });
  const slider = panel.getByRole('slider', { name: 'Answers after step' });
  const latest = panel.getByRole('switch', { name: 'latest' });

  await test.step('the models as loaded answer a question about an own picture, token by token', async () => {
    await playground.button('ask your own').click();
    await expect(asking.getByRole('radio')).toHaveCount(8);
    await file.setInputFiles({
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('no picture'),
    });
    await expect(asking.getByRole('alert')).toContainText('not a picture that this browser can read');
    await file.setInputFiles(wide);
    await expect(asking.getByRole('alert')).toHaveCount(0);
    // Or the same file, chosen again, would not be taken.
    await expect(file).toHaveValue('');
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['no bundle'], 'run.zip', { type: 'application/zip' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    });
    await expect(playground.alert).toHaveText(/The file is neither a bundle \(ZIP\) nor JSON/);
    await playground.button('Understood').click();
    await expect(playground.alert).toHaveCount(0);
    const shown = asking.getByRole('img', { name: 'Asked about: your picture' });
    const corner = (x: number, y: number) =>
      shown.evaluate(
        (canvas: HTMLCanvasElement, [px, py]) => [
          ...canvas.getContext('2d')!.getImageData(px!, py!, 1, 1).data,
        ],
        [x, y],
      );
    await expect.poll(() => corner(32, 2)).toEqual([255, 255, 255, 255]);
    const isRed = async () => {
      const [red, green] = await corner(32, 32);
      return red! > 200 && green! < 40;
    };
    await expect.poll(isRed).toBe(true);

    await asking.getByRole('combobox', { name: 'Question' }).fill('What is 🦄?');
    const seen = await playground.notes('[data-who="teacher"] dd');
    // A busy machine may show all of a short answer at once, but not each time.
    await expect(async () => {
      await playground.button('Ask').click();
      await expect(asking).toContainText('Answered live by the models as loaded.');
      const texts = await seen();
      const grows = (part: string) => texts.some((all) => all !== part && all.startsWith(part));
      expect(texts.some(grows)).toBe(true);
    }).toPass();
    await expect(asking).toContainText('The student’s tokenizer cannot spell “🦄?”');
    await expect(asking).toContainText('This recipe does not train this question');
    await expect(asking).toContainText(/trained on drawings of \d+ everyday things/);
    await playground.expectAccessible();
  });

  await test.step('every answer is kept: back to before training and forth to the latest', async () => {
    await playground.button('Run').click();
    // Asked while the run prepares: answered before it trains, not after its end.
    await playground.button('Ask').click();
    await expect(asking).toContainText('Answered live');
    await expect(playground.status).not.toHaveText('Done.');
    await playground.button('ask your own').click();
    await expect.poll(async () => Number(await slider.getAttribute('max'))).toBeGreaterThan(1);
    await playground.button('Pause').click();
    await playground.paused();
    await expect(latest).toBeChecked();
    const now = await playground.answers('GenRecal');
    await slider.focus();
    await page.keyboard.press('Home');
    await expect(latest).not.toBeChecked();
    await expect(panel).toContainText('before training');
    const before = await playground.answers('Student before');
    await expect.poll(() => playground.answers('GenRecal')).toEqual(before);
    // Asked again after stage 1, which trains the Recalibrator alone.
    await page.keyboard.press('ArrowRight');
    await expect(slider).toHaveAttribute('aria-valuetext', 'step 2');
    await expect.poll(() => playground.answers('GenRecal')).toEqual(before);
    await page.keyboard.press('ArrowRight');
    await expect(slider).toHaveAttribute('aria-valuetext', 'step 8');
    await expect.poll(() => playground.answers('GenRecal')).toHaveLength(8);
    await latest.check({ force: true });
    await expect.poll(() => playground.answers('GenRecal')).toEqual(now);
    expect(now).not.toEqual(before);
  });

  await test.step('a look inside an answer, measured during the pause', async () => {
    const step = await playground.paused();
    const card = panel.getByRole('listitem').first().getByRole('button');
    await card.press('Enter');
    await expect(dialog.getByRole('status')).toHaveText(`Measured live with the student after step ${step}.`);
    const tokens = dialog.getByRole('toolbar', { name: 'Tokens of both models' });
    const first = tokens.getByRole('button', { name: /^teacher, token 1:/ });
    await first.focus();
    await page.keyboard.press('ArrowRight');
    await expect(tokens.getByRole('button', { name: /^teacher, token 2:/ })).toBeFocused();
    await expect(dialog.getByRole('heading', { name: /^Teacher after “/ })).toBeVisible();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await expect(tokens.getByRole('button', { name: /^student, token 1:/ })).toBeFocused();
    await expect(dialog).toContainText(/log p teacher − log p student −?\d+\.\d\d nats/);
    // The list of the likeliest tokens is ordered, and each has its share.
    await expect(async () => {
      const shares = await dialog.locator('ol').first().locator('li > span:last-child').allTextContents();
      expect(shares.length).toBeGreaterThanOrEqual(8);
      const numbers = shares.slice(0, 8).map((text) => Number.parseFloat(text.replace('< ', '')));
      expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    }).toPass();
    await playground.expectAccessible();
    await dialog.getByText('student’s answer', { exact: true }).click();
    await tokens.getByRole('button', { name: /^student, token 1:/ }).click();
    await expect(dialog).toContainText(/student · “[^”]+”: p [^,]+, −log p [^,]+ nats, its first choice/);
    await dialog.getByText('before', { exact: true }).click();
    await expect(dialog.getByRole('status')).toHaveText('Measured live with the untouched student.');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(card).toBeFocused();
  });

  await test.step('during the pause every student answers the own question', async () => {
    await playground.button('ask your own').click();
    await asking.getByRole('radio').nth(2).check({ force: true });
    await asking.getByRole('combobox', { name: 'Question' }).fill('What is this?');
    await page.keyboard.press('Enter');
    const step = await playground.paused();
    await expect(asking).toContainText(`Answered live by the students after step ${step}.`);
    for (const who of ['Teacher', 'Student before', 'GenRecal', 'SFT, labels alone'])
      await expect(asking.locator('dl > div').filter({ hasText: who })).toHaveCount(1);
    await asking.locator('button', { hasText: 'What is this?' }).click();
    await expect(dialog.getByRole('status')).toContainText('Measured live');
    await expect(dialog.getByText('right answer', { exact: true })).toHaveCount(0);
    await page.keyboard.press('Escape');
    await playground.button('ask your own').click();
  });

  await test.step('after the run its last answers are there, and its student can still be looked at', async () => {
    await playground.button('Resume').click();
    await expect(playground.status).toHaveText('Done.');
    await expect(slider).toHaveAttribute('aria-valuetext', 'step 44');
    await panel.getByRole('listitem').nth(1).getByRole('button').click();
    await expect(dialog.getByRole('status')).toHaveText('Measured live with the student after step 44.');
  });
  expect(errors).toEqual([]);
});
