import { mkdirSync } from 'node:fs';
import { chromium, type Page } from 'playwright';
import { preview } from 'vite';
import { executablePath, softwareWebGpu } from '../src/node/chromium.ts';

/**
 * Every view of the page, from a real run, in both colour schemes, on a desk's screen and on a phone's:
 * `npm run build && npm run screenshots`. Needs Chromium (or $CHROMIUM); without a graphics card it computes in software.
 */
const folder = 'docs/screenshots';
const desk = { width: 1280, height: 720 };
const phone = { width: 390, height: 844 };
const schemes = ['light', 'dark'] as const;

/** Both schemes, on both screens. */
async function shoot(page: Page, name: string): Promise<void> {
  for (const [size, suffix] of [
    [phone, '-phone'],
    [desk, ''],
  ] as const) {
    await page.setViewportSize(size);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      // The charts measure themselves after the page has changed its size.
      await page.waitForTimeout(1500);
      await page.screenshot({ path: `${folder}/${name}${suffix}-${colorScheme}.png` });
    }
  }
  console.log(name);
}

mkdirSync(folder, { recursive: true });
const server = await preview({ preview: { port: 4199, strictPort: true }, logLevel: 'error' });
const browser = await chromium.launch({ executablePath, args: softwareWebGpu });
try {
  const context = await browser.newContext({ viewport: desk, baseURL: 'http://localhost:4199' });
  const page = await context.newPage();
  page.setDefaultTimeout(1_200_000);
  const bar = page.getByRole('region', { name: 'Run', exact: true });
  const status = bar.getByRole('status');
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const centre = (name: string) => page.getByRole('radiogroup', { name: 'Centre' }).getByText(name);
  const view = (name: string) => page.getByRole('radiogroup', { name: 'View' }).getByText(name);

  await page.goto('./');
  await status.filter({ hasText: 'Ready' }).waitFor();
  await button('To the end').click();
  await shoot(page, 'first-visit');
  await button('Close the recorded run').click();
  await shoot(page, 'start');
  await button(/Take the .*tour/).click();
  await shoot(page, 'tour');
  await page.keyboard.press('Escape');
  await page.getByText('1 of 8').waitFor({ state: 'hidden' });
  await page.getByRole('combobox', { name: 'Preset' }).click();
  await page.getByRole('option', { name: 'Nano, quick look' }).click();
  await status.filter({ hasText: 'Ready' }).waitFor();
  await button('Run').click();
  await page.waitForFunction(() => /2\d\d \/ 360/.test(document.body.textContent));
  await button('Pause').click();
  await status.filter({ hasText: 'Paused' }).waitFor();
  await shoot(page, 'training');
  await centre('curves').click();
  await shoot(page, 'curves');
  await button('Step').click();
  await status.filter({ hasText: 'Paused' }).waitFor();
  await centre('model').click();
  await shoot(page, 'model');
  await centre('feature map').click();
  await shoot(page, 'feature-map');
  await view('inside').click();
  await shoot(page, 'inside');
  await view('answers').click();
  await centre('pictures').click();
  await button('Resume').click();
  await status.filter({ hasText: 'Done.' }).waitFor();
  await shoot(page, 'done');
  await centre('runs').click();
  await shoot(page, 'runs');
  await centre('pictures').click();
  await button('ask your own').click();
  await shoot(page, 'ask');
  await button('ask your own').click();
  await page
    .getByRole('region', { name: 'Side by side' })
    .getByRole('listitem')
    .first()
    .getByRole('button')
    .click();
  await page.getByRole('dialog').getByRole('status').filter({ hasText: 'Measured' }).waitFor();
  await shoot(page, 'tokens');
  await page.keyboard.press('Escape');
  await button('Read along: how this works').click();
  await shoot(page, 'read-along');
  await button('Read along: how this works').click();
  await button('Projector mode').click();
  await shoot(page, 'projector');
  await button('Projector mode').click();
  await button('What we measured').click();
  await page.getByRole('dialog').getByRole('table').first().waitFor();
  await shoot(page, 'measured');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+K');
  await shoot(page, 'palette');
  await page.goto('./?view=embed');
  await status.filter({ hasText: 'Ready' }).waitFor();
  await shoot(page, 'embed');
} finally {
  await browser.close();
  await server.close();
}
