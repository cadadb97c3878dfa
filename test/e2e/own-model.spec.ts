import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type Page } from '@playwright/test';
import { filesOf, resaved } from '../../scripts/resave.ts';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';
import { test } from './visitor.ts';

/** A person's own model, a folder as transformers 5 saves it, from the choice of the folder to a run that is kept. */
function saved(folder: string, change: (config: string) => string = (config) => config): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of resaved(filesOf('public/checkpoints/nano-student'), '5'))
    writeFileSync(path.join(folder, name), bytes);
  const config = path.join(folder, 'config.json');
  writeFileSync(config, change(readFileSync(config, 'utf8')));
  return folder;
}

test('a folder that transformers saved becomes the student of a pair, trains, and its run is kept under its hash', async ({
  page,
}, info) => {
  const good = saved(info.outputPath('my-model'));
  const bad = saved(info.outputPath('quantised'), (config) =>
    config.replace('{', '{ "quantization_config": { "bits": 4 },'),
  );
  const playground = new Playground(page);
  await page.goto(`./#${shortRun({ 'stages.distil.steps': '2', 'evaluation.everySteps': '0' }).toString()}`);
  await playground.ready();
  const pair = page.getByRole('region', { name: 'Teacher and student' });

  await pair.getByRole('combobox', { name: 'Pair' }).click();
  await page.getByRole('option', { name: 'Your own model…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your own model' });
  await expect(dialog).toContainText('The teacher stays nano-teacher (LLaVA).');
  const folder = dialog.getByLabel('Folder of the model');
  await folder.setInputFiles(bad);
  await expect(dialog.getByRole('alert')).toContainText('quantization_config asks for quantised weights');
  // What was loaded is as it was.
  await expect(playground.status).toHaveText('Ready. Press Run.');

  // Other browsers give files, and nothing that could be remembered.
  await page.evaluate(() => Object.assign(window, { showDirectoryPicker: undefined }));
  const chooser = page.waitForEvent('filechooser');
  await dialog.getByRole('button', { name: 'Choose a folder' }).click();
  await (await chooser).setFiles(good);
  await expect(dialog).toContainText('my-model: Idefics3, SigLIP + Llama, 328 k parameters, 4 image tokens');
  await expect(dialog.getByRole('row', { name: /Teacher: weights the graphics card/ })).toContainText(
    '3.3 MB',
  );
  await expect(dialog.getByRole('checkbox')).toBeHidden();
  await dialog.getByRole('button', { name: 'Use it as student' }).click();
  await expect(dialog).toBeHidden();
  await playground.ready();
  await expect(pair.getByRole('combobox', { name: 'Pair' })).toHaveValue('nano-teacher → my-model');
  await pair.getByRole('button', { name: 'What both models are' }).click();
  await expect(pair).toContainText('Idefics3 · SigLIP + Llama');
  await expect(pair).toContainText('328 k');
  await pair.getByRole('button', { name: 'What both models are' }).click();
  await expect(page).toHaveURL(/pair=nano-teacher(~|%7E)own-[0-9a-f]{12}/);

  await playground.button('Run').click();
  await playground.done();
  await page.getByRole('radiogroup', { name: 'Centre' }).getByText('runs', { exact: true }).click();
  await expect(page.getByRole('button', { name: /^Open nano-teacher~own-[0-9a-f]{12}/ })).toBeVisible();
});

/** huggingface.co as far as the page asks it, with one model. */
async function serveHub(page: Page, repo: string, folder: string): Promise<string[]> {
  const sha = 'c0ffee'.padEnd(40, '0');
  const asked: string[] = [];
  const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' };
  await page.context().route('https://huggingface.co/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    asked.push(pathname);
    const json = (body: unknown) => route.fulfill({ json: body, headers: open });
    if (['main', sha].some((revision) => pathname === `/api/models/${repo}/revision/${revision}`))
      return json({ id: 'x', modelId: repo, sha });
    if (pathname === `/api/models/${repo}/tree/${sha}`)
      return json([
        ...readdirSync(folder).map((file) => ({ type: 'file', path: file, size: 1, oid: 'x' })),
        { type: 'file', path: 'pytorch_model.bin', size: 1e9, oid: 'x' },
      ]);
    const file = new RegExp(`^/${repo}/resolve/${sha}/([^/]+)$`).exec(pathname)?.[1];
    if (file === undefined || !readdirSync(folder).includes(file))
      return route.fulfill({ status: 404, headers: { ...open, 'x-error-code': 'RepoNotFound' } });
    const bytes = readFileSync(path.join(folder, file));
    const range = /bytes=(\d+)-(\d+)/.exec(route.request().headers().range ?? '');
    const [from, to] = range === null ? [0, bytes.length - 1] : [Number(range[1]), Number(range[2])];
    return route.fulfill({
      status: range === null ? 200 : 206,
      body: bytes.subarray(from, to + 1),
      headers: { ...open, etag: `"${file}"`, 'content-range': `bytes ${from}-${to}/${bytes.length}` },
    });
  });
  return asked;
}

test('a model named on the Hub is looked up, then fetched, and nothing before either, nor at the next visit', async ({
  page,
}, info) => {
  const asked = await serveHub(page, 'somebody/tiny', saved(info.outputPath('tiny')));
  const playground = new Playground(page);
  await page.goto(`./#${shortRun({}).toString()}`);
  await playground.ready();
  await page.getByRole('combobox', { name: 'Pair' }).click();
  await page.getByRole('option', { name: 'Your own model…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your own model' });
  const name = dialog.getByLabel('or from huggingface.co');
  const look = dialog.getByRole('button', { name: 'Look it up' });

  await name.fill('tiny');
  await expect(dialog).toContainText('Such a name is owner/name');
  await expect(look).toBeDisabled();
  await name.fill('somebody/else');
  expect(asked).toEqual([]);
  await look.click();
  await expect(dialog.getByRole('alert')).toContainText('“somebody/else@main” is not on huggingface.co');

  await name.fill('https://huggingface.co/somebody/tiny');
  await look.click();
  await expect(dialog).toContainText('tiny: Idefics3, SigLIP + Llama, 328 k parameters');
  await expect(dialog).toContainText('commit c0ffee00');
  expect(asked.filter((path) => path.endsWith('.bin'))).toEqual([]);
  await dialog.getByRole('checkbox', { name: 'Remember its name and commit' }).check();
  await dialog.getByRole('button', { name: /^Fetch [\d.]+\s[kM]B and use it as student$/ }).click();
  await expect(dialog).toBeHidden();
  await playground.ready();
  await expect(page.getByRole('combobox', { name: 'Pair' })).toHaveValue('nano-teacher → tiny');

  const before = asked.length;
  await expect(page).toHaveURL(/own-[0-9a-f]{12}/);
  await page.reload();
  const again = page.getByRole('button', { name: /^Open “tiny” again \(fetches [\d.]+\s[kM]B\)$/ });
  await expect(again).toBeVisible();
  expect(asked).toHaveLength(before);
  await again.click();
  await playground.ready();
  await expect(page.getByRole('combobox', { name: 'Pair' })).toHaveValue('nano-teacher → tiny');
  // The commit, not what the name says by now.
  expect(asked.slice(before).filter((path) => path.includes('main'))).toEqual([]);
});
