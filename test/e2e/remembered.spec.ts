import { expect, type Page } from '@playwright/test';
import { filesOf, resaved } from '../../scripts/resave.ts';
import { ownPictures } from '../own-pictures.ts';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';
import { test } from './visitor.ts';

/**
 * What a person opened is opened again at the next visit, where they said so. The folders are real ones, of the browser's own file system; only the
 * dialog that chooses one, and the browser's question, are stood in for.
 */
async function chooses(page: Page, folder: string): Promise<void> {
  await page.addInitScript((name) => {
    Object.assign(window, {
      showDirectoryPicker: async () => (await navigator.storage.getDirectory()).getDirectoryHandle(name),
    });
  }, folder);
}

/** Writes files, by path, into the browser's own file system. */
async function write(page: Page, files: Iterable<readonly [string, Uint8Array]>): Promise<void> {
  await page.evaluate(
    async (entries) => {
      for (const [path, text] of entries) {
        const parts = path.split('/');
        let folder = await navigator.storage.getDirectory();
        for (const inner of parts.slice(0, -1))
          folder = await folder.getDirectoryHandle(inner, { create: true });
        const writable = await (await folder.getFileHandle(parts.at(-1)!, { create: true })).createWritable();
        await writable.write(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
        await writable.close();
      }
    },
    [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')] as const),
  );
}

/** What the person answers when the browser asks whether the page may read a folder. */
async function answers(page: Page, answer: PermissionState): Promise<void> {
  await page.evaluate((said) => {
    Object.assign(FileSystemHandle.prototype, { requestPermission: () => Promise.resolve(said) });
  }, answer);
}

test('a folder that is to be remembered is opened again with one click, if it may be read and holds the same model', async ({
  page,
}) => {
  const model = [...resaved(filesOf('public/checkpoints/nano-student'), '5')].map(
    ([name, bytes]) => [`my-model/${name}`, bytes] as const,
  );
  await chooses(page, 'my-model');
  const playground = new Playground(page);
  await page.goto(`./#${shortRun({ 'evaluation.everySteps': '0' }).toString()}`);
  await playground.ready();
  await write(page, model);
  const pair = page.getByRole('combobox', { name: 'Pair' });
  const dialog = page.getByRole('dialog', { name: 'Your own model' });
  const again = playground.button('Open “my-model” again');
  const take = async (tick: boolean) => {
    await pair.click();
    await page.getByRole('option', { name: 'Your own model…' }).click();
    await dialog.getByRole('button', { name: 'Choose a folder' }).click();
    const box = dialog.getByRole('checkbox', { name: 'Remember this folder' });
    await expect(box).not.toBeChecked();
    if (tick) await box.check();
    await dialog.getByRole('button', { name: 'Use it as student' }).click();
    await expect(dialog).toBeHidden();
    await playground.ready();
  };

  // Nothing is remembered that nobody asked for; the link still knows the model, and asks for it.
  await take(false);
  await expect(page).toHaveURL(/own-[0-9a-f]{12}/);
  await page.reload();
  await expect(playground.alert).toContainText(/The model “own-[0-9a-f]{12}” is not here/);
  await playground.button('Your own model…').click();
  await expect(dialog.getByRole('radio', { name: 'as student' })).toBeChecked();
  await expect(dialog.getByRole('heading', { name: 'Remembered' })).toBeHidden();
  await dialog.getByRole('button', { name: 'Choose a folder' }).click();
  await playground.ready();
  await expect(pair).toHaveValue('nano-teacher → my-model');

  await take(true);
  await expect(page).toHaveURL(/own-[0-9a-f]{12}/);
  await page.reload();
  await expect(again).toBeVisible();
  await answers(page, 'denied');
  await again.click();
  await expect(playground.alert).toContainText('not allowed to read the folder “my-model”');
  await answers(page, 'granted');
  await again.click();
  await playground.ready();
  await expect(pair).toHaveValue('nano-teacher → my-model');
  await expect(page).toHaveURL(/pair=nano-teacher(~|%7E)own-[0-9a-f]{12}/);

  // A folder that holds something else now, or is gone, is not taken for what it was.
  const [path, bytes] = model.find(([name]) => name.endsWith('.safetensors'))!;
  const changed = Uint8Array.from(bytes);
  changed[changed.length - 1]! ^= 0x80;
  await write(page, [[path, changed]]);
  await page.reload();
  await again.click();
  await expect(playground.alert).toContainText(/“my-model” is not the model “own-[0-9a-f]{12}”/);
  await page.evaluate(async () =>
    (await navigator.storage.getDirectory()).removeEntry('my-model', { recursive: true }),
  );
  await again.click();
  await expect(playground.alert).toContainText('The folder “my-model” is no longer where it was');

  await playground.button('Your own model…').click();
  await dialog.getByRole('button', { name: 'Forget my-model' }).click();
  await expect(dialog.getByRole('heading', { name: 'Remembered' })).toBeHidden();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.reload();
  await expect(playground.button('Your own model…')).toBeVisible();
  await expect(again).toBeHidden();
});

test('so are pictures; the dialog lists what is remembered', async ({ page }) => {
  const { files } = await ownPictures(80);
  await chooses(page, 'drawings');
  const playground = new Playground(page);
  await page.goto(`./#${shortRun({ 'evaluation.everySteps': '0' }).toString()}`);
  await playground.ready();
  await write(
    page,
    Object.entries(files).map(([path, bytes]) => [`drawings/${path}`, bytes] as const),
  );
  const open = async () => {
    await page.getByRole('combobox', { name: 'Pair' }).click();
    await page.getByRole('option', { name: 'Your own pictures…' }).click();
  };
  await open();
  const dialog = page.getByRole('dialog', { name: 'Your own pictures' });
  await dialog.getByRole('button', { name: 'Choose a folder' }).click();
  await dialog.getByRole('checkbox', { name: 'Remember this folder' }).check();
  await dialog.getByRole('button', { name: 'Use these pictures' }).click();
  await playground.ready();
  const asked = await playground.number('Run', 'training questions').inputValue();

  await page.reload();
  await expect(playground.alert).toContainText(/The pictures “drawings@[0-9a-f]{12}” are not here/);
  await playground.button('Open “drawings” again').click();
  await playground.ready();
  await expect(playground.number('Run', 'training questions')).toHaveValue(asked);

  await playground.button('Back to the built-in pictures').click();
  await playground.ready();
  await open();
  await playground.expectAccessible();
  await dialog.getByRole('button', { name: 'Open drawings' }).click();
  await expect(dialog.getByRole('button', { name: 'Use these pictures' })).toBeVisible();
  // It already is remembered.
  await expect(dialog.getByRole('checkbox')).toBeHidden();
});
