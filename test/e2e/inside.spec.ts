import { expect } from '@playwright/test';
import { Playground } from './playground.ts';
import { test } from './visitor.ts';

test('shows the pair as it is wired, tells one real step part by part, and maps features from the first probe on', async ({
  page,
}) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));

  const playground = new Playground(page);
  await playground.openNano();
  await playground.number('Run', 'batch size').fill('4');
  await playground.number('1 · align', 'steps').fill('3');
  await playground.number('2 · distil', 'steps').fill('4');
  await playground.number('3 · fine-tune', 'steps').fill('2');
  await playground.number('Measuring', 'ask every … steps').fill('0');
  await playground.number('Measuring', 'live questions').fill('8');
  await playground.number('Measuring', 'final questions').fill('8');

  const model = page.getByRole('region', { name: 'Model' });
  const parts = model.getByRole('list', { name: 'Parts of this stage' });
  const told = model.getByRole('region', { name: 'One step, part by part' });

  await test.step('the drawing has the loaded pair’s numbers, stage by stage', async () => {
    await playground.view('model');
    // From config.json of the two checkpoints.
    await expect(parts).toContainText('teacher, vision encoder, SigLIP 3 × 96');
    await expect(parts).toContainText('student, connector, shuffle 256 → 64');
    await expect(parts).toContainText('student, head H_s, 64 → 432');
    await expect(parts).toContainText('Rec-proj-pre, linear 96 → 64');
    await expect(parts).toContainText(/student, tokens, \d+ \+ \d+ of 432/);
    await expect(parts.getByText('L_main·CE')).toHaveCount(1);
    await expect(parts.getByText(/student, decoder body.*trains/)).toHaveCount(1);
    // Legible: what trains is tinted, not filled.
    const darkest = async () => {
      const box = model.locator('[data-part="studentBody"] rect').first();
      const fill = await box.evaluate((rect) => getComputedStyle(rect).fill);
      const shades = (fill.match(/[\d.]+/g) ?? []).slice(0, 3).map((value) => Number(value));
      return Math.min(...shades.map((shade) => (fill.startsWith('color(') ? shade * 255 : shade)));
    };
    await expect.poll(darkest).toBeGreaterThan(150);
    await model.getByText('1 · align', { exact: true }).click();
    await expect(parts.getByText(/student, decoder body.*frozen/)).toHaveCount(1);
    await expect(parts.getByText('L_reg·CE')).toHaveCount(1);
    await model.getByText('3 · fine-tune', { exact: true }).click();
    await expect(parts.getByText('teacher')).toHaveCount(0);
    await model.getByRole('combobox', { name: 'Student' }).selectOption('SFT control');
    await model.getByText('2 · distil', { exact: true }).click();
    await expect(parts.getByText('Rec-')).toHaveCount(0);
    await model.getByRole('combobox', { name: 'Student' }).selectOption('GenRecal');
    await playground.expectAccessible();
  });

  await test.step('a slow step starts the run, makes one step and tells it', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await model.getByRole('button', { name: 'Start with a slow step' }).click();
    await expect(playground.status).toHaveText('Paused after step 1.');
    await model.getByRole('button', { name: 'Slow-motion step' }).click();
    await expect(playground.status).toHaveText('Paused after step 2.');
    await expect(playground.fact('step')).toHaveText('2 / 9');
    // Nothing moves by itself where motion is not wanted.
    await expect(told).toContainText('1 of 11 · Examples');
    await expect(told).toContainText(/Step \d+: The batch’s first: “.+” → “.+”/);
    await page.keyboard.press('ArrowRight');
    await expect(told).toContainText('2 of 11 · Two tokenizations');
    await expect(told).toContainText(/Teacher: \d+ \+ \d+ \(.+\)\. Student: \d+ \+ \d+ \(.+\)/);
    // The step's own picture stands in its box, and its tokens on the arrows.
    const drawn = model.locator('foreignObject canvas');
    const shades = () =>
      drawn.evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(data).size;
      });
    await expect.poll(shades).toBeGreaterThan(3);
    await expect.poll(() => model.locator('g[style*="--start"]').count()).toBeGreaterThan(2);
    for (let i = 0; i < 6; i++) await told.getByRole('button', { name: 'Next part' }).click();
    await expect(told).toContainText('8 of 11 · Heads');
    const three = '(“.*” [\\d.]+\\s%(, )?){3}';
    await expect(told).toContainText(
      new RegExp(
        `Step 2: In the place of “.+” the teacher’s own features say ${three}; the recalibrated ones ${three}`,
      ),
    );
    await expect(model.locator('[data-of="Recalibrator"] text', { hasText: '%' })).toHaveCount(3);
    await told.getByRole('button', { name: 'Next part' }).click();
    await expect(told).toContainText('9 of 11 · Losses');
    const losses =
      /Step (\d+): L_main·CE ([\d.]+), L_main·KL ([\d.]+), L_reg·CE ([\d.]+), L_reg·KL ([\d.]+); weighted sum ([\d.]+) nats/;
    await expect(told).toContainText(losses);
    const [step, ce, kl, regCe, regKl, sum] = losses
      .exec((await told.textContent())!)!
      .slice(1)
      .map(Number);
    expect(step).toBe(2);
    expect(ce! + kl! + regCe! + regKl!).toBeCloseTo(sum!, 1);
    await page.keyboard.press('ArrowRight');
    await expect(told).toContainText(/Gradient norm [\d.]+ before clipping/);
    await page.keyboard.press('ArrowRight');
    await expect(told).toContainText(/AdamW.*Learning rate [\d.]+e-\d/);
    await playground.expectAccessible();
  });

  await test.step('the feature map has points from before the first step on, and keeps them by step', async () => {
    await page.getByText('inside', { exact: true }).click();
    const inside = page.getByRole('region', { name: 'Why it works' });
    await expect(inside).toContainText(/cosine of r and z_l \(other tokens\)−?[\d.]+ \(−?[\d.]+\)/);
    await inside.getByRole('button', { name: 'Show the feature map' }).click();
    const map = page.getByRole('region', { name: 'Feature map' });
    const teacher = map.getByRole('img', { name: /^The teacher’s space.*after step 0: mean cosine/ });
    await expect(teacher).toBeVisible();
    const own = teacher.locator('[data-own="true"]');
    await expect.poll(() => own.count()).toBeGreaterThanOrEqual(8);
    await expect(teacher.locator('[data-own="false"]')).toHaveCount(await own.count());
    await expect(map).toContainText(/The plane shows \d+\.\d\s% of the variance in 96 dimensions/);
    // One feature of the student a question.
    const student = map.getByRole('img', { name: /^The student’s space/ });
    await expect(student.locator('[data-own="true"]')).toHaveCount(4);
    await playground.button('Resume').click();
    await expect(playground.status).toHaveText('Done.');
    const after = (step: number) => map.getByRole('img', { name: new RegExp(`after step ${step}: mean`) });
    await expect(after(7)).toHaveCount(2);
    await map.getByRole('slider', { name: 'Step of the map' }).press('Home');
    await expect(after(0)).toHaveCount(2);
    // Back in the drawing the told step is past: the parts are told without its numbers.
    await page.getByText('model', { exact: true }).click();
    await told.getByRole('button', { name: 'Next part' }).click();
    await expect(told).toContainText('1 of 11 · Examples');
    await expect(told).not.toContainText('The batch’s first');
    await playground.expectAccessible();
  });

  expect(errors).toEqual([]);
});
