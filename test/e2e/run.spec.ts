import { expect } from '@playwright/test';
import { Playground } from './playground.ts';
import { test } from './visitor.ts';

test('distils the nano pair through all three stages; pause, step, resume, stop and run again', async ({
  page,
  baseURL,
}) => {
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(baseURL!).origin) elsewhere.push(request.url());
  });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  // What the content-security policy refuses shows here.
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));

  const playground = new Playground(page);
  await playground.openNano();
  await playground.number('Run', 'batch size').fill('4');
  await playground.number('1 · align', 'steps').fill('4');
  await playground.number('2 · distil', 'steps').fill('60');
  // Fast enough to change answers within a minute, long enough to be paused.
  await playground.number('2 · distil', 'learning rate').fill('5e-3');
  await playground.number('3 · fine-tune', 'steps').fill('6');
  await playground.number('Measuring', 'ask every … steps').fill('35');
  await playground.number('Measuring', 'live questions').fill('8');
  await playground.number('Measuring', 'final questions').fill('16');
  await playground.number('Measuring', 'read numbers every … steps').fill('1');

  await test.step('both models answer first', async () => {
    await playground.button('Run').click();
    await expect(playground.button('Pause')).toBeEnabled();
    await expect(page.getByRole('region', { name: 'Side by side' }).getByRole('listitem')).toHaveCount(8);
    await expect(
      page.getByRole('region', { name: 'Result' }).getByRole('rowheader', { name: 'Teacher' }),
    ).toBeVisible();
  });

  await test.step('pause, step and resume by keyboard', async () => {
    await page.locator('body').click({ position: { x: 600, y: 10 } });
    await page.keyboard.press('Space');
    const paused = await playground.paused();
    // The curves come to rest, and so does the run.
    await playground.drawn();
    await expect(playground.fact('step')).toHaveText(`${paused} / 70`);
    await page.keyboard.press('.');
    await expect(playground.status).toHaveText(`Paused after step ${paused + 1}.`);
    await page.keyboard.press('Space');
    await expect(playground.status).not.toHaveText(/^Paused/);
  });

  await test.step('stage 3 ends and the outcome is said in words', async () => {
    await expect(playground.status).toHaveText('Done.');
    await expect(playground.fact('step')).toHaveText('70 / 70');
    await expect(page.locator('[data-telling]')).toHaveText(
      /^The student (improved|did not improve).*% before, .*% now/,
    );
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('16 questions');
    await playground.drawn();
    const latest = await playground.latest();
    // “GenRecal” and “SFT control” stand for accuracy and for L_sft.
    for (const name of [
      'GenRecal',
      'SFT control',
      'L_main·CE',
      'L_main·KL',
      'L_reg·CE',
      'L_reg·KL',
      'norm',
      'rate',
    ])
      expect(Number.isFinite(Number.parseFloat(latest[name] ?? 'missing')), `${name}: ${latest[name]}`).toBe(
        true,
      );
    const now = await playground.answers('GenRecal');
    await expect.poll(() => playground.answers('Student before')).not.toEqual(now);
    await expect.poll(() => playground.answers('SFT control')).not.toEqual(now);
  });

  await test.step('the control is compared with, and the probes say whether the Recalibrator listens', async () => {
    const result = page.getByRole('region', { name: 'Result' });
    await expect(result).toContainText(/GenRecal (beats|loses to|and) SFT control/);
    for (const name of ['Teacher', 'GenRecal', 'SFT control', 'Student before'])
      await expect(result.getByRole('row', { name: new RegExp(`^${name}`) })).toContainText('%');
    await page.getByText('inside', { exact: true }).click();
    await expect(page.getByRole('region', { name: 'Why it works' })).toContainText(
      /The Recalibrator (listens|hardly listens) to the student/,
    );
    await playground.expectAccessible();
    await page.getByText('answers', { exact: true }).click();
  });

  await test.step('accessible with a finished run on the screen', () => playground.expectAccessible());

  await test.step('a second run starts clean and stops', async () => {
    await playground.button('Run').click();
    await playground.pauseAtOnce();
    const paused = await playground.paused();
    expect(paused).toBeLessThan(70);
    const warned = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await warned;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await playground.button('Stop').click();
    await expect(playground.status).toHaveText(/^Stopped after step \d+\.$/);
    await expect(playground.button('Run')).toBeEnabled();
  });

  await test.step('reload works', async () => {
    await page.reload();
    await playground.ready();
    // What will be compared, and no number.
    const rows = page.getByRole('region', { name: 'Result' }).getByRole('row');
    await expect(rows).toHaveText([/all/, /Teacher/, /GenRecal/, /SFT control/, /Student before/]);
    await expect(rows.filter({ hasText: '%' })).toHaveCount(0);
  });

  expect(elsewhere).toEqual([]);
  expect(errors).toEqual([]);
});
