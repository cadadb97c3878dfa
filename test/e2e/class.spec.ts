import { readFileSync } from 'node:fs';
import { expect, test, type Browser, type BrowserContextOptions } from '@playwright/test';
import { withBlind } from '../../src/engine/recipe/arms.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { presets, recipeOf } from '../../src/engine/recipe/presets.ts';
import { crowdedText } from './crowded.ts';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';
import { test as trained } from './visitor.ts';
import { presetNotes } from '../../src/panels/recipe/preset-notes.ts';
import { browserWithoutWebGpu, visitor } from './without-webgpu.ts';

/** What a class needs can be seen without training anything: recorded runs are opened in a browser without a graphics card. */
let browser: Browser;
test.beforeAll(async () => {
  browser = await browserWithoutWebGpu();
});
test.afterAll(() => browser.close());

/** Somebody who has seen the story. */
const visit = (baseURL: string | undefined, options: BrowserContextOptions = {}) =>
  visitor(browser, baseURL, {
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });

const recorded = readFileSync('public/recorded/default.json', 'utf8');

/** The recorded run as another laptop's: as a file of its own. */
function laptop(name: string, seed: number, change: (text: string) => string = (text) => text) {
  const text = recorded.replaceAll('"seed":1,"objective"', `"seed":${seed},"objective"`);
  const own = { ...(JSON.parse(text) as object), id: `laptop-${name}` };
  return {
    name: `${name}.json`,
    mimeType: 'application/json',
    buffer: Buffer.from(change(JSON.stringify(own))),
  };
}

async function openRun({ page }: Playground, file: ReturnType<typeof laptop>): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await share(page, 'Open a run from a file');
  await (await chooser).setFiles(file);
  await expect(page.getByRole('region', { name: 'Recorded run' })).toContainText('nothing is being trained');
}

async function share(page: Playground['page'], item: string): Promise<void> {
  await page.getByRole('button', { name: 'Share and save' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

const clipboard = ({ page }: Playground) => page.evaluate(() => navigator.clipboard.readText());

/** The open dialog fits every screen, in both schemes, and axe finds nothing. */
async function expectFits(playground: Playground, title: string): Promise<void> {
  const dialog = playground.page.getByRole('dialog', { name: title });
  for (const [width, height] of [
    [390, 844],
    [1920, 1080],
    [1280, 720],
  ] as const) {
    await playground.page.setViewportSize({ width, height });
    await expect(dialog).toBeVisible();
    await expect
      .poll(() => dialog.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth))
      .toBe(0);
    await expect.poll(async () => (await playground.page.evaluate(crowdedText)).broken).toEqual([]);
  }
  await playground.expectAccessible();
}

test('a short link names a preset, and goes to the room as a code', async ({ baseURL }) => {
  const teacher = await visit(baseURL);
  const { page } = teacher;
  await page.goto('./#preset=nano&seed=3');
  await expect(teacher.number('Run', 'seed')).toHaveValue('3');
  await expect(teacher.number('2 · distil', 'steps')).toHaveValue('300');
  await teacher.number('Run', 'seed').fill('5');
  await expect(page).toHaveURL(/#preset=nano-quick&seed=5$/);
  await share(page, 'Copy a link to this recipe');
  await expect.poll(() => clipboard(teacher)).toMatch(/#preset=nano-quick&seed=5$/);
  await page.keyboard.press('Escape');

  // From the projector; what is to be seen there is nothing for a phone.
  await teacher.button('Projector mode').click();
  await expect(page).toHaveURL(/\?view=projector#/);
  await share(page, 'Show as QR code');
  const dialog = page.getByRole('dialog', { name: 'This recipe, for the room' });
  const code = dialog.getByRole('img', { name: 'QR code of the link' });
  await expect(code).toBeInViewport({ ratio: 1 });
  await expect(dialog).toContainText(/^[^?]*\/#preset=nano-quick&seed=5/);
  // Dark on light in both schemes, or phones do not read it.
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(code).toHaveCSS('background-color', 'rgb(255, 255, 255)');
    await expect(code).toHaveCSS('fill', 'rgb(0, 0, 0)');
  }
  await dialog.getByRole('switch', { name: /^Let the class guess/ }).check();
  await expect(dialog).toContainText(/\/#blind=1[\w-]+/);
  await expect(dialog).not.toContainText('nano-quick');
  await expectFits(teacher, 'This recipe, for the room');
  await page.context().close();
});

test('a class guesses what a hidden preset does, until it is revealed', async ({ baseURL }) => {
  const preset = presets.find(({ key }) => key === 'temperature-20')!;
  const hidden = withBlind(recipeOf(preset, 'nano'), true);
  const pupil = await visit(baseURL);
  const { page } = pupil;
  const form = page.getByRole('form', { name: 'Recipe' });
  await page.goto(`./#${recipeToLink(hidden)}`);
  await expect(page.getByRole('heading', { name: 'Guess what is wrong here' })).toBeVisible();
  await expect(form).toHaveCount(0);
  await expect(page).toHaveURL(/#blind=1[\w-]+$/);

  await expect.poll(() => page.locator('body').innerText()).not.toMatch(/emperature|T 20/);
  await pupil.view('model');
  await expect(page.getByText('What is to be guessed would stand in this drawing.')).toBeVisible();

  // A hidden run, from a file: students have no names that tell.
  const file = laptop('blind', 1, (text) =>
    text
      .replaceAll('"logEverySteps":5}', '"logEverySteps":5,"blind":true}')
      .replaceAll(
        /"key":"labels-alone","label":"[^"]+"(?!,"change")/g,
        '"key":"labels-alone","label":"Comparison 1"',
      )
      .replaceAll(/"key":"sft","label":"[^"]+"(?!,"change")/g, '"key":"sft","label":"Comparison 2"'),
  );
  await openRun(pupil, file);
  await expect(page.locator('[data-telling]')).toContainText('Guess what is wrong here.');
  const result = page.getByRole('region', { name: 'Result' });
  await expect(result.getByRole('row', { name: /^Comparison/ }).first()).toBeVisible();
  await pupil.view('runs');
  await expect(page.getByRole('region', { name: 'Runs', exact: true }).locator('tbody tr')).toContainText(
    'mini · blind · seed 1',
  );
  await expect.poll(() => page.getByRole('main').innerText()).not.toMatch(/SFT, (labels|same)/);
  await pupil.expectAccessible();
  await pupil.button('Reveal').click();
  const dialog = page.getByRole('dialog', { name: 'What was it?' });
  await expect(dialog).toContainText('Few labels, mini pair');
  await expect(dialog).toContainText('It is not one of those that are bad on purpose.');
  await page.keyboard.press('Escape');
  await expect(form).toBeVisible();
  await expect(result.getByRole('row', { name: /^SFT, same answers/ })).toBeVisible();

  await page.goto('about:blank');
  await page.goto(`./#${recipeToLink(hidden)}`);
  await pupil.button('Reveal').click();
  await expect(dialog).toContainText(preset.label);
  await expect(dialog).toContainText(presetNotes[preset.key]!.slice(0, 60));
  await expectFits(pupil, 'What was it?');
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#preset=temperature-20&pair=nano$/);
  await page.context().close();
});

test('results of many laptops become one table and one plot', async ({ baseURL }, info) => {
  const teacher = await visit(baseURL);
  const { page } = teacher;
  await teacher.open();
  await openRun(teacher, laptop('own', 1));
  await expect(page).toHaveTitle('GenRecal Playground');
  await share(page, 'Copy my result');
  await expect
    .poll(() => clipboard(teacher))
    .toMatch(/^\{"format":"genrecal-result","version":1,"id":"laptop-own"/);
  const line = await clipboard(teacher);
  const of = (id: string, seed: number, after: number) => {
    const result = JSON.parse(line) as { arms: { after: number }[] };
    const arms = result.arms.map((arm) => ({ ...arm, after: arm.after + after }));
    return JSON.stringify({ ...result, id, seed, arms });
  };
  const many = Array.from({ length: 27 }, (_, i) => of(`l${i}`, i + 4, 0.02 * Math.sin(i)));

  await share(page, 'Class table');
  const dialog = page.getByRole('dialog', { name: 'Class table' });
  const lines = [`Anna: ${line}`, `Ben: ${of('ben', 2, -0.03)}`, line, 'see you', line.slice(0, 90), ...many];
  await dialog.getByRole('textbox', { name: /^Results/ }).fill(lines.join('\n'));
  await dialog.getByRole('button', { name: 'Add to the table' }).click();
  const faults = dialog.getByRole('status');
  for (const fault of [
    'Line 4 is no result: “see you”.',
    'Line 5 is cut short',
    'is the same run as Anna: it counts once.',
  ])
    await expect(faults).toContainText(fault);
  const chooser = page.waitForEvent('filechooser');
  await dialog.getByRole('button', { name: 'Choose files' }).click();
  await (
    await chooser
  ).setFiles([
    laptop('Cem', 3),
    { name: 'notes.zip', mimeType: 'application/zip', buffer: Buffer.from('PK no') },
  ]);
  await expect(faults).toContainText('“notes.zip”: The bundle cannot be opened');
  const rows = dialog.getByRole('table').locator('tbody tr');
  await expect(rows).toHaveCount(30);
  await expect(dialog.getByRole('heading', { name: 'Few labels, mini pair' })).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^Cem/ })).toContainText('3');
  await expect(dialog.getByRole('img', { name: /^Exact match/ })).toHaveAccessibleName(
    /^Exact match of 30 laptops: Student before \d.*; GenRecal \d+\.\d\s%, \d+\.\d–\d+\.\d; .*Teacher/,
  );
  await expect(dialog).toContainText(/GenRecal minus SFT, same answers: [+−]\d+\.\d points/);
  await expectFits(teacher, 'Class table');
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export as CSV' }).click();
  const csv = info.outputPath('class.csv');
  await (await download).saveAs(csv);
  expect(readFileSync(csv, 'utf8').trim().split('\r\n')).toHaveLength(1 + 30 * 3);
  await page.context().close();
});

test('a run becomes a card for a slide, and the method can be cited', async ({ baseURL }, info) => {
  const author = await visit(baseURL);
  const { page } = author;
  await author.open();
  await openRun(author, laptop('card', 1));
  await author.button('Commands').click();
  await page.getByRole('textbox', { name: 'Find a command' }).fill('card of this');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Card of this run' });
  const picture = dialog.getByRole('img', { name: /Few labels, mini pair/ });
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth))
    .toBe(1200);
  await expectFits(author, 'Card of this run');
  for (const kind of ['SVG', 'PNG'] as const) {
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: `Save as ${kind}` }).click();
    const file = info.outputPath(`card.${kind.toLowerCase()}`);
    await (await download).saveAs(file);
    const bytes = readFileSync(file);
    if (kind === 'SVG') expect(bytes.toString()).toMatch(/^<svg .*<\/svg>$/);
    // A PNG says its width after its name and the name of its first part.
    else expect(bytes.readUInt32BE(16)).toBe(2400);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);

  await share(page, 'Cite the method');
  const cite = page.getByRole('dialog', { name: 'Cite the method' });
  await cite.getByRole('button', { name: 'Copy BibTeX' }).click();
  await expect.poll(() => clipboard(author)).toMatch(/^@misc\{lee2025genrecal/);
  await expectFits(author, 'Cite the method');
  await page.context().close();
});

trained(
  'a run tells the tab’s title how far it is, and leaves a result to copy',
  async ({ page, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const pupil = new Playground(page);
    await page.goto(`./#${shortRun({ 'stages.distil.steps': '12' }).toString()}`);
    await pupil.ready();
    await expect(page).toHaveTitle('GenRecal Playground');
    const titles = await page.evaluateHandle(() => {
      const seen: string[] = [];
      const title = document.querySelector('title')!;
      new MutationObserver(() => seen.push(document.title)).observe(title, { childList: true });
      return seen;
    });
    await pupil.button('Run').click();
    await pupil.done();
    await expect(page).toHaveTitle(/^(Improved|Not improved), \d+ → \d+ % · GenRecal Playground$/);
    await expect
      .poll(() => titles.jsonValue())
      .toContainEqual(expect.stringMatching(/^\d+ % · GenRecal Playground$/));
    await share(page, 'Copy my result');
    await expect.poll(() => clipboard(pupil)).toMatch(/^\{"format":"genrecal-result".*"pair":"nano"/);
  },
);
