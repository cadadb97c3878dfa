import { expect } from '@playwright/test';
import { Playground } from './playground.ts';
import { test } from './visitor.ts';
import { browserWithoutWebGpu } from './without-webgpu.ts';

// What is wrong with a device is found at the first visit.
test.use({ firstVisit: true });

const shard = '**/nano-student/*.safetensors';

test('a damaged shard is named, nothing half-loaded runs, and trying again works', async ({ page }) => {
  await page.route(shard, async (route) => {
    const response = await route.fetch();
    const bytes = await response.body();
    bytes[bytes.length - 100]! ^= 1;
    await route.fulfill({ response, body: bytes });
  });
  const playground = new Playground(page);
  await playground.open();
  await page.getByRole('combobox', { name: 'Preset' }).click();
  await page.getByRole('option', { name: 'Nano, quick look' }).click();
  await expect(playground.alert).toContainText(/nano-student\/model-.*is damaged: its SHA-256/);
  await expect(playground.alert).toContainText('Try again');
  await expect(playground.button('Run')).toBeDisabled();
  await expect(playground.status).toHaveText('The pair is not loaded.');
  await playground.number('Run', 'seed').fill('2');
  await playground.expectAccessible();
  await page.unroute(shard);
  await playground.button('Try again').click();
  await playground.ready();
  await expect(playground.alert).toHaveCount(0);
  await expect(playground.button('Run')).toBeEnabled();
});

test('a missing shard is named', async ({ page }) => {
  await page.route(shard, (route) => route.fulfill({ status: 404, body: 'not found' }));
  const playground = new Playground(page);
  await playground.open();
  await page.getByRole('combobox', { name: 'Preset' }).click();
  await page.getByRole('option', { name: 'Nano, quick look' }).click();
  await expect(playground.alert).toContainText(/nano-student\/model-.*could not be fetched.*404/);
  await expect(playground.button('Run')).toBeDisabled();
});

test('an engine that does not arrive is not waited for', async ({ page }) => {
  await page.route('**/engine.worker*', (route) => route.abort());
  const playground = new Playground(page);
  await playground.open();
  await expect(playground.alert).toContainText('The training engine did not start');
  await expect(playground.button('Run')).toBeDisabled();
  // The recorded run plays meanwhile, and what is wrong waits in its chip.
  await expect(page.getByRole('region', { name: 'Recorded run' })).toBeVisible();
  await page.getByText('Cannot train here', { exact: true }).click();
  await page.unroute('**/engine.worker*');
  await playground.button('Try again').click();
  await playground.ready();
});

test('on a driver that computes wrongly nothing runs, and the page says what to do', async ({ page }) => {
  // Stands in for the driver: every norm comes out one percent too large.
  const driver = `{
    const compile = GPUDevice.prototype.createShaderModule;
    GPUDevice.prototype.createShaderModule = function (descriptor) {
      const code = descriptor.code.replace('inverseSqrt(', '1.01 * inverseSqrt(');
      return compile.call(this, { ...descriptor, code });
    };
  }`;
  await page.route('**/engine.worker*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: driver + (await response.text()) });
  });
  const playground = new Playground(page);
  await playground.openNano();
  await playground.button('Run').click();
  await expect(playground.alert).toContainText('This graphics driver computes wrongly');
  await expect(playground.alert).toContainText('Update the graphics driver or the browser');
  await expect(playground.button('Run')).toBeDisabled();
  await expect(playground.button('Play a recorded run')).toBeEnabled();
  await playground.button('Try again').click();
  await expect(playground.alert).toContainText('This graphics driver computes wrongly');
});

test('without WebGPU the page says so, says what to do, and stays usable', async ({ baseURL }) => {
  const browser = await browserWithoutWebGpu();
  try {
    const context = await browser.newContext({ baseURL });
    const page = await context.newPage();
    const playground = new Playground(page);
    await playground.open();
    await expect(playground.alert).toContainText('Training is not possible in this browser');
    await expect(playground.alert).toContainText(/Turn on hardware acceleration|current Chrome or Edge/);
    await expect(page.getByRole('region', { name: 'Recorded run' })).toBeVisible();
    await page.getByText('Cannot train here', { exact: true }).click();
    await expect(playground.button('Try again')).toBeEnabled();
    await expect(playground.button('Run')).toBeDisabled();
    await page.getByRole('button', { name: 'What both models are' }).click();
    await expect(page.getByRole('region', { name: 'Teacher and student' })).toContainText('parameters');
    await playground.number('Run', 'seed').fill('7');
    await expect(playground.number('Run', 'seed')).toHaveValue('7');
    const needs = /needs WebGPU\..*(Turn on hardware acceleration|current Chrome or Edge)/;
    await test.step('nothing waits for a device that will not come: every dead end says what it needs', async () => {
      const pair = page.getByRole('region', { name: 'Teacher and student' });
      await expect(pair).toContainText('Not loaded: no graphics device.');
      await expect(page.getByText('Waiting for the device')).toHaveCount(0);
      await page.getByRole('radiogroup', { name: 'Centre' }).getByText('model').click();
      await expect(page.getByRole('region', { name: 'Model' })).toContainText(needs);
      await playground.button('ask your own').click();
      await expect(page.getByRole('region', { name: 'Ask your own' })).toContainText(needs);
      await expect(playground.button('Ask')).toHaveCount(0);
    });
    await playground.expectAccessible();
  } finally {
    await browser.close();
  }
});
