import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';
import { returning, test } from './visitor.ts';
import { browserWithoutWebGpu } from './without-webgpu.ts';

/** A short run of the smallest pair, as a link. */
const recipe = shortRun({
  'stages.distil.steps': '12',
  'evaluation.everySteps': '6',
  arms: JSON.stringify([{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }]),
});
const steps = 18;

class Runs extends Playground {
  async openRecipe(): Promise<void> {
    // Leaving while a run goes on asks; this person is sure.
    this.page.on('dialog', (dialog) => void dialog.accept());
    await this.page.goto(`./#${recipe.toString()}`);
    await this.ready();
  }

  get panel() {
    return this.page.getByRole('region', { name: 'Runs', exact: true });
  }

  get rows() {
    return this.panel.locator('tbody tr');
  }

  get bar() {
    return this.page.getByRole('region', { name: 'Recorded run' });
  }

  /** What the run left on the screen: the latest number of every line, the scores and the answers. */
  async left(): Promise<unknown> {
    await this.view('curves');
    await this.drawn();
    return { step: await this.fact('step').innerText(), ...(await this.shown()) };
  }
}

async function save(page: Page, start: () => Promise<void>, path: string): Promise<void> {
  const download = page.waitForEvent('download');
  await start();
  await (await download).saveAs(path);
}

test('a run is kept over a reload, opened, drawn, exported, deleted and brought back', async ({
  page,
}, info) => {
  const runs = new Runs(page);
  await runs.openRecipe();
  await runs.view('runs');
  await expect(runs.panel).toContainText('No run yet.');
  await runs.button('Run').click();
  await runs.done();
  const live = await runs.left();
  await runs.view('runs');
  await expect(runs.rows).toHaveCount(1);
  await expect(runs.rows).toContainText(`${steps} / ${steps}`);
  // Its last word is written.
  await expect(runs.rows).toContainText('done');

  await page.reload();
  await runs.ready();
  await runs.view('runs');
  await expect(runs.rows).toHaveCount(1);
  await expect(runs.rows).toContainText('done');
  await runs.rows.getByRole('button', { name: /^Open nano/ }).click();
  await expect(runs.bar).toContainText('nothing is being trained now');
  await expect(runs.status).toHaveText('Recorded: Done.');
  await expect.poll(() => runs.left()).toEqual(live);

  await runs.view('runs');
  await runs.rows.getByRole('checkbox').check();
  await expect(runs.rows.getByRole('checkbox')).toBeChecked();
  await runs.expectAccessible();

  await runs.button('Export').click();
  const csv = info.outputPath('runs.csv');
  await save(
    page,
    () =>
      page
        .getByRole('menuitem', { name: /one line a run/ })
        .first()
        .click(),
    csv,
  );
  expect(readFileSync(csv, 'utf8').trimEnd().split('\r\n')).toHaveLength(2);

  await runs.rows.getByRole('button', { name: /^More for nano/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(runs.rows).toHaveCount(0);
  await runs.button('Undo').click();
  await expect(runs.rows).toHaveCount(1);
  await runs.button('Close the recorded run').click();
  await expect(runs.status).toHaveText('Ready. Press Run.');
});

test('a run that was cut off by a reload goes on as it would have', async ({ page, context }) => {
  const runs = new Runs(page);
  await runs.openRecipe();
  await runs.button('Run').click();
  await runs.done();
  const whole = await runs.left();

  await runs.button('Run').click();
  await runs.pauseAtOnce();
  const paused = await runs.paused();
  expect(paused).toBeLessThan(steps);
  // The state is saved while the run rests.
  const saved = () =>
    page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const open = indexedDB.open('genrecal-runs');
          open.onsuccess = () => {
            const get = open.result.transaction('resumables').objectStore('resumables').getAll();
            get.onsuccess = () => {
              open.result.close();
              resolve((get.result as { step: number }[])[0]?.step ?? 0);
            };
          };
        }),
    );
  await expect.poll(saved).toBe(paused);

  await test.step('another tab leaves it alone', async () => {
    const other = new Runs(await context.newPage());
    await other.openRecipe();
    await expect(other.page.getByText('Another tab of this page is training.')).toBeVisible();
    await expect(other.page.getByRole('button', { name: /^Resume the run/ })).toHaveCount(0);
    await other.page.close();
  });

  await page.reload();
  await runs.ready();
  await runs.button(`Resume the run from step ${paused}`).click();
  await runs.done();
  await expect.poll(() => runs.left()).toEqual(whole);
  await page.reload();
  await runs.ready();
  await expect(page.getByRole('button', { name: /^Resume the run/ })).toHaveCount(0);
});

test('a recipe and a run under way are saved for PyTorch, with the command', async ({ page }, info) => {
  const runs = new Runs(page);
  await runs.openRecipe();
  const saved = async (name: string) => {
    const file = info.outputPath('torch.zip');
    await save(
      page,
      async () => {
        await runs.button('Share and save').click();
        const item = page.getByRole('menuitem', { name });
        await expect(item).toContainText('pytorch/distil.py --run genrecal-nano-torch.zip');
        await item.click();
      },
      file,
    );
    const files = unzipSync(readFileSync(file));
    const names = ['examples.jsonl', 'pictures.safetensors', 'run.json', 'state.safetensors'];
    expect(Object.keys(files).sort()).toEqual(names);
    return { files, run: JSON.parse(new TextDecoder().decode(files['run.json'])) as { step: number } };
  };
  const begun = await saved('Save this recipe for PyTorch');
  expect(begun.run.step).toBe(0);
  await runs.button('Run').click();
  await runs.pauseAtOnce();
  const paused = await runs.paused();
  const later = await saved('Save the run for PyTorch');
  expect(later.run.step).toBe(paused);
  expect(later.files['state.safetensors']!.length).toBeGreaterThan(begun.files['state.safetensors']!.length);
});

test('a run saved as a file goes on in another browser; a damaged file is refused whole', async ({
  page,
  browser,
  baseURL,
  measured,
}, info) => {
  const runs = new Runs(page);
  await runs.openRecipe();
  await runs.button('Run').click();
  await runs.pauseAtOnce();
  const paused = await runs.paused();
  const file = info.outputPath('run.zip');
  const saveRun = async () => {
    await runs.button('Share and save').click();
    await page.getByRole('menuitem', { name: 'Save the run as a file' }).click();
  };
  await save(page, saveRun, file);
  await runs.button('Resume').click();
  await runs.done();
  const whole = await runs.left();

  const elsewhere = await browser.newContext({ baseURL, viewport: { width: 1280, height: 720 } });
  // Of the same kind of device: another's kernels may differ in the last bits.
  await returning(elsewhere, measured);
  const there = new Runs(await elsewhere.newPage());
  // With a recipe in the address nothing plays by itself.
  await there.page.goto('./#pair=nano');
  const openFile = async (path: string | { name: string; mimeType: string; buffer: Buffer }) => {
    const chooser = there.page.waitForEvent('filechooser');
    await there.button('Share and save').click();
    await there.page.getByRole('menuitem', { name: 'Open a run from a file' }).click();
    await (await chooser).setFiles(path);
  };
  await there.ready();
  const bytes = readFileSync(file);
  await openFile({ name: 'cut.zip', mimeType: 'application/zip', buffer: bytes.subarray(0, 5000) });
  await expect(there.page.getByText(/The bundle cannot be opened: .*cut short/)).toBeVisible();
  await expect(there.bar).toHaveCount(0);
  await there.button('Understood').click();

  await openFile(file);
  await expect(there.bar).toContainText('nano');
  await expect(there.fact('step')).toHaveText(`${paused} / ${steps}`);
  await expect(there.page.getByRole('region', { name: 'Teacher and student' })).toContainText(
    'Loaded and checked.',
  );
  await there.bar.getByRole('button', { name: `Go on from step ${paused}` }).click();
  await there.done();
  await expect.poll(() => there.left()).toEqual(whole);
  await elsewhere.close();
});

test('a sweep trains its settings together, and keeps and draws what came of each', async ({ page }) => {
  const runs = new Runs(page);
  await runs.openRecipe();
  await runs.number('2 · distil', 'steps').fill('3');
  await runs.view('runs');
  await runs.button('Sweep').click();
  const dialog = page.getByRole('dialog', { name: 'Sweep' });
  const values = dialog.getByRole('textbox', { name: /^values/ });
  await values.fill('1e-3, x');
  await expect(dialog.getByRole('status')).toContainText('Enter a number.');
  await values.fill('1e-3, 4e-3');
  await expect(dialog.getByRole('status')).toHaveText(
    /^2 settings · trained together · about .* on this adapter$/,
  );
  await runs.expectAccessible();
  const told = await runs.notes('[role=status]');
  await runs.button('Start the sweep').click();
  await expect
    .poll(told)
    .toContainEqual(expect.stringContaining('Sweep: settings 1–2 of 2 together; GenRecal is distil lr 1e-3'));
  await expect(runs.panel.getByText(/^Sweep: /)).toHaveCount(0);
  // The run that trained both has given its place to a record of each.
  await expect(runs.rows).toHaveCount(2);
  for (const rate of ['lr 1e-3', 'lr 4e-3']) {
    const row = runs.rows.filter({ hasText: rate });
    await expect(row).toContainText('done');
    await expect(row).toContainText('for 2 settings');
  }
  await expect(runs.panel.getByRole('img', { name: /^Parallel coordinates/ })).toBeVisible();
  await expect(page.getByRole('group', { name: 'The result in words' })).toContainText(
    '2 settings of a sweep were trained together. This is about the first of them, “distil lr 1e-3”;',
  );
  // The recipe is again what it was.
  await expect(runs.number('2 · distil', 'learning rate')).toHaveValue('0.002');
  await runs.expectAccessible();
  await page.reload();
  await runs.view('runs');
  await expect(runs.rows).toHaveCount(2);
});

test('without WebGPU a recorded run plays in the same panels, marked as one', async ({ baseURL }) => {
  const browser = await browserWithoutWebGpu();
  try {
    const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 720 } });
    const page = await context.newPage();
    const runs = new Runs(page);
    await runs.open();
    await expect(runs.alert).toContainText('Training is not possible in this browser');
    // The recorded run plays by itself at a first visit: what is wrong with the device waits in its chip.
    await expect(runs.bar).toContainText('nothing is being trained now');
    await expect(runs.bar).toContainText(/To train here: (Turn on hardware acceleration|.*Chrome or Edge)/);
    // At this speed half a minute is left to press Hold.
    await runs.bar.getByText('1×', { exact: true }).click();
    await expect.poll(() => runs.step()).toBeGreaterThan(5);
    await runs.button('Hold').click();
    await runs.button('To the end').click();
    await expect(page.getByText(/^The student improved: .*% before, .*% now\.$/)).toBeVisible();
    await expect(runs.status).toHaveText('No graphics device to train on.');
    const cards = page.getByRole('region', { name: 'Side by side' }).getByRole('listitem');
    await expect(cards).not.toHaveCount(0);
    await test.step('what the student learned comes first, and can be picked out', async () => {
      const gained = page.getByRole('group', { name: 'Show only' }).getByText(/^\d+ newly right$/);
      await expect(gained).toBeVisible();
      const count = Number((await gained.textContent())!.split(' ')[0]);
      const learned = cards.filter({ has: page.locator('[data-who=before] [data-right=false]') });
      const right = page.locator('[data-who=now] [data-right=true]');
      await expect(cards.first().locator(right)).toHaveCount(1);
      await gained.click();
      await expect(cards).toHaveCount(count);
      await expect(learned.filter({ has: right })).toHaveCount(count);
      await gained.click();
      await expect(cards).not.toHaveCount(count);
    });
    await test.step('a look inside an answer says at once that it cannot be, and shows no student as the trained one', async () => {
      await cards.first().getByRole('button').click();
      const look = page.getByRole('dialog', { name: 'Inside an answer' });
      await expect(look.getByRole('alert')).toContainText(
        /computed with both models.*(Turn on hardware acceleration|Chrome or Edge)/,
      );
      await expect(look).toContainText('not their weights');
      await expect(look.getByRole('radio')).toHaveCount(1);
      await page.keyboard.press('Escape');
      await expect(look).toBeHidden();
    });
    await runs.expectAccessible();
    await runs.button('Close the recorded run').click();
    await expect(runs.alert).toContainText('Training is not possible in this browser');
  } finally {
    await browser.close();
  }
});
