import { mkdirSync } from 'node:fs';
import { chromium, type Page } from 'playwright';
import { preview } from 'vite';

/**
 * The README's pictures, from a real run: `npm run build && npm run screenshots`. Needs Chromium (or $CHROMIUM); without a
 * graphics card it computes in software.
 */
const folder = 'docs/screenshots';
const desk = { width: 1280, height: 720 };
const phone = { width: 390, height: 844 };

async function shoot(page: Page, name: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  // The charts measure themselves after the page has changed its size.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `${folder}/${name}.png` });
  console.log(`${folder}/${name}.png`);
}

mkdirSync(folder, { recursive: true });
const server = await preview({ preview: { port: 4199, strictPort: true }, logLevel: 'error' });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--no-sandbox', '--no-first-run'],
});
try {
  const context = await browser.newContext({ viewport: desk, baseURL: 'http://localhost:4199' });
  const page = await context.newPage();
  page.setDefaultTimeout(1_200_000);
  const status = page.getByRole('region', { name: 'Run' }).getByRole('status');
  await page.goto('./');
  await status.filter({ hasText: 'Ready' }).waitFor();
  await shoot(page, 'start', 'light');
  await page.getByRole('combobox', { name: 'Preset' }).click();
  await page.getByRole('option', { name: 'Nano, quick look' }).click();
  await status.filter({ hasText: 'Ready' }).waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('student at step 200').waitFor();
  await shoot(page, 'training', 'dark');
  await status.filter({ hasText: 'Done.' }).waitFor();
  await shoot(page, 'done', 'light');
  await page.setViewportSize(phone);
  await shoot(page, 'phone', 'dark');
} finally {
  await browser.close();
  await server.close();
}
