import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { decode } from 'fast-png';
import { Playground } from './playground.ts';
import { watchShifts } from './shifts.ts';
import { test } from './visitor.ts';

test('curves: one crosshair, axes, differences and pictures, and nothing moves while a run streams', async ({
  page,
}) => {
  const playground = new Playground(page);
  await playground.openNano();
  await playground.number('Run', 'batch size').fill('4');
  await playground.number('1 · align', 'steps').fill('3');
  await playground.number('2 · distil', 'steps').fill('20');
  await playground.number('3 · fine-tune', 'steps').fill('2');
  await playground.number('Measuring', 'ask every … steps').fill('5');
  await playground.number('Measuring', 'live questions').fill('8');
  await playground.number('Measuring', 'final questions').fill('8');
  await playground.number('Measuring', 'read numbers every … steps').fill('1');
  const curves = page.getByRole('region', { name: 'Curves' });
  const charts = curves.getByRole('figure');
  const heights = () => charts.locator('svg').evaluateAll((all) => all.map((svg) => svg.clientHeight));
  await expect(charts).toHaveCount(6);
  await expect(charts.locator('svg.recharts-surface')).toHaveCount(6);
  await test.step('streams without a shift', async () => {
    await watchShifts(page);
    await playground.button('Run').click();
    await expect(playground.status).toHaveText(/^(Training|Done)\.$/);
    const reserved = await heights();
    await expect(playground.status).toHaveText('Done.');
    await playground.drawn();
    await expect.poll(() => page.evaluate(() => window.shifts)).toEqual([]);
    await expect.poll(heights).toEqual(reserved);
  });

  const marks = charts.getByText(/^step \d+/);
  const number = async (name: string) => (await playground.latest())[name];

  await test.step('the crosshair moves by keyboard, in all charts', async () => {
    const slider = curves.getByRole('slider', { name: 'Gradient: step' });
    await expect(slider).toHaveAttribute('aria-valuenow', '25');
    const latest = await number('norm');
    await slider.focus();
    await expect(marks).toHaveCount(0);
    await slider.press('PageDown');
    await slider.press('ArrowLeft');
    await expect(marks).toHaveText(['step 14, asked at 10', ...Array<string>(5).fill('step 14')]);
    await expect(slider).toHaveAttribute('aria-valuenow', '14');
    await expect.poll(() => number('norm')).not.toBe(latest);
    const there = await number('norm');
    await expect(slider).toHaveAttribute('aria-valuetext', `step 14, norm ${there}`);
    // Nothing is distilled in stage 3, and nothing is made up there.
    await slider.press('End');
    await expect(marks.last()).toHaveText('step 25');
    await expect.poll(() => number('L_main·KL')).toBeUndefined();
    await slider.press('Escape');
    await expect(marks).toHaveCount(0);
    await expect.poll(() => number('norm')).toBe(latest);
  });

  await test.step('and by pointer', async () => {
    const area = curves.getByRole('slider', { name: 'L_sft: step' });
    await area.hover();
    await expect(marks).toHaveCount(6);
    const steps = async () => (await marks.allTextContents()).map((text) => text.split(',')[0]);
    await expect.poll(async () => new Set(await steps()).size).toBe(1);
    await page.mouse.move(2, 2);
    await expect(marks).toHaveCount(0);
  });

  await test.step('log axes and the newest steps', async () => {
    const ticks = (title: string) =>
      charts.filter({ hasText: title }).locator('.recharts-xAxis-tick-labels text');
    await expect(ticks('Gradient').first()).toHaveText('0');
    await playground.button('view').click();
    await page.getByRole('radiogroup', { name: 'steps' }).getByText('log').click();
    await expect(ticks('Gradient').first()).toHaveText('1');
    await page.getByRole('radiogroup', { name: 'values' }).getByText('log').click();
    await expect(charts.filter({ hasText: 'Gradient' }).locator('.recharts-yAxis-tick-labels')).toContainText(
      /10|0\.1/,
    );
    await page.getByRole('radiogroup', { name: 'show' }).getByText('last 100').click();
    await page.getByRole('slider', { name: 'Smoothing' }).press('Home');
    await playground.expectAccessible();
    await page.keyboard.press('Escape');
    // More than the run has: all of it, and room.
    await expect(ticks('Gradient').last()).toHaveText('100');
  });

  await test.step('the difference to the control with its band', async () => {
    await playground.button('difference').click();
    const chart = charts.first();
    await expect(chart).toContainText('n = 8, live questions');
    await expect(chart.locator('.recharts-area-area')).not.toHaveCount(0);
    await expect.poll(() => number('GenRecal − SFT control')).toMatch(/^[+−]\d+\.\d$/);
    await playground.expectAccessible();
  });

  await test.step('a picture for a slide', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    const saved = page.waitForEvent('download');
    await charts.nth(1).hover();
    await playground.button('Save a picture of L_main').click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe('l_main-step-25.png');
    const { width, height, data, channels } = decode(readFileSync(await file.path()));
    expect(width).toBeGreaterThanOrEqual(1600);
    expect(height).toBeGreaterThan(400);
    // White paper with something on it, whatever the screen's colours are.
    expect(Array.from(data.subarray(0, 3))).toEqual([255, 255, 255]);
    const shades = new Set<number>();
    for (let i = 0; i < data.length; i += channels)
      shades.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
    expect(shades.size).toBeGreaterThan(20);
  });
});
