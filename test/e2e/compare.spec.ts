import { readFileSync } from 'node:fs';
import { expect, test, type Browser } from '@playwright/test';
import { decode } from 'fast-png';
import { boxOf } from './box-of.ts';
import { fileOfRuns, openRuns } from './earlier-runs.ts';
import { Playground } from './playground.ts';
import { browserWithoutWebGpu, visitor } from './without-webgpu.ts';

/** The recorded run and others like it, compared: nothing has to be trained for that. */
let browser: Browser;
test.beforeAll(async () => {
  browser = await browserWithoutWebGpu();
});
test.afterAll(() => browser.close());

async function visit(baseURL: string | undefined): Promise<Playground> {
  const playground = await visitor(browser, baseURL);
  await playground.open();
  await playground.button('To the end').click();
  return playground;
}

const rate = (value: number) => (recipe: { stages: Record<string, { learningRate: number }> }) => {
  recipe.stages.distil!.learningRate = value;
};
const longName = 'a run with a name that is as long as a person may wish it, for the longest of reasons';

test('curves beside earlier runs: names and numbers are whole, every chart has the same axis, over steps or time, in part or enlarged', async ({
  baseURL,
}) => {
  const visitor = await visit(baseURL);
  const { page } = visitor;
  await openRuns(
    page,
    fileOfRuns([
      { id: 'one', recipe: (recipe) => (recipe.seed = 2), longer: 1.25 },
      { id: 'two', recipe: rate(4e-3), about: { name: longName.slice(0, 80) } },
      { id: 'three', recipe: rate(5e-4), fewer: 40 },
    ]),
  );
  for (const box of await page.locator('tbody').getByRole('checkbox').all()) await box.check();
  await visitor.view('curves');
  const curves = page.getByRole('region', { name: 'Curves' });
  const charts = curves.getByRole('figure');
  await expect(charts.locator('svg.recharts-surface')).toHaveCount(6);
  const ends = () =>
    curves
      .getByRole('slider')
      .evaluateAll((all) => [...new Set(all.map((slider) => slider.getAttribute('aria-valuemax')))]);

  await test.step('the legend has everybody with a number, and above the charts stands which run is which', async () => {
    await expect(charts.first().getByRole('listitem')).toHaveCount(8);
    await expect(
      charts
        .first()
        .getByRole('listitem')
        .filter({ hasText: /^ *(teacher|before) / }),
    ).toHaveCount(2);
    const cut = () =>
      charts.locator('li').evaluateAll((items) =>
        items.flatMap((item) => {
          const list = item.parentElement!.getBoundingClientRect();
          const value = item.querySelector('b')!.getBoundingClientRect();
          const inside = value.right <= list.right + 1 && value.bottom <= list.bottom + 1;
          return inside && value.width > 0 ? [] : [item.textContent];
        }),
      );
    await expect.poll(cut).toEqual([]);
    const names = page.getByRole('list', { name: 'Earlier runs behind this one' }).getByRole('listitem');
    await expect(names.filter({ hasText: longName.slice(0, 80) })).toHaveCount(1);
    await expect(names.filter({ hasText: 'distil lr 5e-4' })).toHaveCount(1);
    await expect(names).toHaveCount(3);
    const whole = () =>
      names
        .locator('span')
        .evaluateAll((all) => all.every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth));
    await expect.poll(whole).toBe(true);
  });

  await test.step('one axis for all, which ends with the longest run', async () => {
    await expect.poll(ends).toEqual(['1000']);
  });

  await test.step('the first numbers do not press the others flat, and it says so', async () => {
    const chart = charts.filter({ hasText: 'L_main' }).first();
    await expect(chart).toContainText('▲ up to 33.7');
    const top = chart.locator('.recharts-yAxis-tick-labels text').last();
    await expect.poll(async () => Number(await top.textContent())).toBeLessThanOrEqual(5);
    await expect(chart.locator('path.cut')).not.toHaveCount(0);
  });

  await test.step('one chart has all the room, by keyboard, and gives it back', async () => {
    const slider = curves.getByRole('slider', { name: 'L_main: step' });
    const height = async () => (await boxOf(slider)).height;
    const before = await height();
    await slider.press('Enter');
    await expect(charts).toHaveCount(1);
    await expect.poll(height).toBeGreaterThan(2 * before);
    await visitor.expectAccessible();
    await page.keyboard.press('Escape');
    await expect(charts).toHaveCount(6);
    await charts.first().hover();
    await visitor.button('Enlarge Held-out accuracy').click();
    await expect(charts).toHaveCount(1);
    await expect(visitor.button('Show all charts')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(charts).toHaveCount(6);
  });

  await test.step('a part of the run, by keyboard and by pointer, in all charts', async () => {
    const slider = curves.getByRole('slider', { name: 'Gradient: step' });
    await slider.press('+');
    await expect.poll(ends).toEqual(['750']);
    await expect(slider).toHaveAttribute('aria-valuemin', '250');
    await slider.press('Shift+ArrowLeft');
    await expect.poll(ends).toEqual(['625']);
    await visitor.button('whole run').click();
    await expect.poll(ends).toEqual(['1000']);
    const { x, y, width, height } = await boxOf(slider);
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 60, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => Number((await ends())[0])).toBeLessThan(800);
    await expect(slider).not.toHaveAttribute('aria-valuemin', '0');
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    await expect.poll(ends).toEqual(['1000']);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await expect.poll(async () => Number((await ends())[0])).toBeLessThan(1000);
    await slider.press('0');
    await expect.poll(ends).toEqual(['1000']);
  });

  await test.step('over the time at work', async () => {
    await visitor.button('view').click();
    await page.getByRole('radiogroup', { name: 'over' }).getByText('time at work').click();
    await visitor.expectAccessible();
    await page.keyboard.press('Escape');
    const slider = curves.getByRole('slider', { name: 'Gradient: time' });
    await expect(slider).toHaveAttribute('aria-valuemax', /^(4|5)\d$/);
    await expect(charts.first().locator('.recharts-xAxis-tick-labels text').nth(1)).toHaveText(/^0:\d\d$/);
    await slider.press('PageDown');
    await expect(charts.last().getByText(/^0:\d\d, step 790$/)).toBeVisible();
    await slider.press('Escape');
  });

  await test.step('a picture has its whole subtitle', async () => {
    await visitor.button('difference').click();
    await expect(charts.first()).toContainText('95 % of resampled');
    const saved = page.waitForEvent('download');
    await charts.first().hover();
    await visitor.button('Save a picture of Difference').click();
    const { width, height, data, channels } = decode(readFileSync(await (await saved).path()));
    const inks = new Set<number>();
    for (let y = 0; y < height; y++)
      for (let x = width - 12; x < width; x++) inks.add(data[(y * width + x) * channels]!);
    expect([...inks]).toEqual([255]);
    await visitor.button('difference').click();
  });

  await test.step('a run behind is taken away', async () => {
    await page.getByRole('button', { name: /^No longer draw a run with a name/ }).click();
    await expect(charts.first().getByRole('listitem')).toHaveCount(7);
  });
  await page.context().close();
});

test('runs have a name, a note and a column for what a sweep varied, and give their recipe back', async ({
  baseURL,
}, info) => {
  const visitor = await visit(baseURL);
  const { page } = visitor;
  const sweep = { id: 'sweep', fields: ['stages.distil.learningRate'] };
  await openRuns(
    page,
    fileOfRuns([
      { id: 'old', recipe: (recipe) => Object.values(recipe.stages).forEach((stage) => (stage.steps += 20)) },
      { id: 'low', recipe: rate(5e-4), fewer: 60, about: { sweep } },
      { id: 'middle', recipe: rate(1e-3), fewer: 20, about: { sweep } },
      { id: 'high', recipe: rate(4e-3), about: { sweep } },
    ]),
  );
  const panel = page.getByRole('region', { name: 'Runs', exact: true });
  const rows = panel.locator('tbody tr');
  await expect(rows).toHaveCount(4);

  await test.step('columns', async () => {
    await panel.getByRole('button', { name: 'distil: learning rate' }).click();
    await expect(rows.locator('[data-field]')).toHaveText(['0.004', '0.002', '0.001', '0.0005']);
    await visitor.expectAccessible();
  });

  await test.step('the picture is of the latest sweep alone, or of all; no two axes have one name', async () => {
    const labels = async () =>
      (await panel.getByRole('img', { name: /^Parallel coordinates/ }).getAttribute('aria-label'))!
        .replace(/\. Best.*/, '')
        .split(': ')
        .slice(1)
        .join(': ');
    await expect.poll(labels).toBe('distil: learning rate, exact match');
    const picture = panel.getByRole('img', { name: /^Parallel coordinates/ });
    await expect(picture).toContainText('0.0005');
    await expect(picture).toContainText('0.001');
    await expect(picture).toContainText('0.004');
    await panel.getByRole('combobox', { name: 'Runs in the picture' }).selectOption('all');
    await expect
      .poll(async () => (await labels()).split(', ').toSorted())
      .toEqual(['align: steps', 'distil: learning rate', 'distil: steps', 'exact match', 'fine-tune: steps']);
    await visitor.expectAccessible();
  });

  await test.step('a name and a note, which stay', async () => {
    await rows
      .first()
      .getByRole('button', { name: /^More for/ })
      .click();
    await page.getByRole('menuitem', { name: 'Name and note' }).click();
    const dialog = page.getByRole('dialog', { name: 'Name and note' });
    await expect(dialog.getByRole('textbox', { name: 'name' })).toBeFocused();
    await visitor.expectAccessible();
    await dialog.getByRole('textbox', { name: 'name' }).fill('the fastest');
    await dialog.getByRole('textbox', { name: 'note' }).fill('unstable at first');
    await dialog.getByRole('button', { name: 'Keep' }).click();
    await expect(rows.first()).toContainText('the fastestunstable at first');
    await page.reload();
    await visitor.view('runs');
    await expect(rows.filter({ hasText: 'the fastest' })).toContainText('unstable at first');
  });

  await test.step('one run is one run, and its table tells what everybody came to', async () => {
    await panel.getByRole('textbox', { name: 'Filter runs' }).fill('unstable');
    await expect(rows).toHaveCount(1);
    await visitor.button('Export').click();
    await expect(page.getByText('the 1 run shown')).toBeVisible();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /one line a run/ }).click();
    const file = info.outputPath('runs.csv');
    await (await saved).saveAs(file);
    const [header, line] = readFileSync(file, 'utf8').slice(1).split('\r\n');
    expect(header).toContain('exact_match_teacher,perplexity_teacher');
    expect(header).toContain('exact_match_labels-alone');
    expect(line).toContain('the fastest,unstable at first');
  });

  await test.step('its recipe is loaded into the form', async () => {
    await expect(visitor.number('2 · distil', 'learning rate')).toHaveValue('0.002');
    await rows
      .first()
      .getByRole('button', { name: /^More for/ })
      .click();
    await page.getByRole('menuitem', { name: 'Load this recipe' }).click();
    await expect(visitor.number('2 · distil', 'learning rate')).toHaveValue('0.004');
  });
  await page.context().close();
});
