import { expect } from '@playwright/test';
import {
  crashGpu,
  exhaustMemory,
  explode,
  killWorker,
  loseDevice,
  savedStep,
} from '../../scripts/abuse/injuries.ts';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';
import { test } from './visitor.ts';

/** A run of the smallest pair that is long enough to be injured, as a link. */
const recipe = shortRun({ 'stages.distil.steps': '18', 'evaluation.everySteps': '8' });

/** One that does not end before it has been injured twice. */
const long = shortRun({ 'stages.distil.steps': '200', 'evaluation.everySteps': '0' });

class Survivor extends Playground {
  async openRecipe(link = recipe): Promise<void> {
    await this.page.goto(`./#${link.toString()}`);
    await this.ready();
  }

  /** What the run left on the screen: the latest number of every line, the scores and the answers. */
  async left(): Promise<unknown> {
    await this.view('curves');
    // Charts follow the numbers a little later; this is the rate of the very last step.
    await expect.poll(async () => (await this.latest())['rate']).toBe('5.0e-5');
    return this.shown();
  }
}

test('a run that loses its engine goes on by itself, and ends as if nothing had happened', async ({
  page,
}) => {
  const survivor = new Survivor(page);
  const setback = page.getByText(/The engine was started again/);
  await survivor.openRecipe();
  await survivor.button('Run').click();
  await survivor.done();
  const whole = await survivor.left();

  await survivor.button('Run').click();
  const step = await survivor.pauseSaved();

  await test.step('a paused run rests where it rested, and its models can be asked', async () => {
    await crashGpu(page);
    await expect(setback).toContainText(`the run went on from step ${step}, exactly as it would have.`);
    await expect(survivor.status).toHaveText(`Paused after step ${step}.`);
    await survivor.expectAccessible();
    await page.getByRole('button', { name: 'Understood' }).click();
    await expect(setback).toHaveCount(0);
  });

  await test.step('a run that trains goes on', async () => {
    await survivor.button('Resume').click();
    await expect(survivor.status).toHaveText('Training.');
    await loseDevice(page);
    await expect(setback).toContainText(`The graphics device was lost`);
    await survivor.done();
    await expect.poll(() => survivor.left()).toEqual(whole);
  });

  await test.step('a worker that dies while nothing is asked of it is replaced', async () => {
    await killWorker(page);
    await expect(setback).toContainText(/The training engine stopped\. The engine was started again/);
    await expect(setback).toContainText('To ask the students of the run that has ended, run it again.');
    await survivor.button('Run').click();
    await expect(survivor.status).toHaveText(/Preparing|questions/);
  });

  await test.step('a run that gets nowhere stops, and offers to be taken up', async () => {
    for (const noticed of [/Starting|begin/, /Starting|begin/, /failed/]) {
      await expect(survivor.status).toHaveText(/questions/);
      await killWorker(page);
      await expect(survivor.status).toHaveText(noticed);
    }
    await expect(survivor.alert).toContainText('3 times in a row');
    await survivor.button('Run again').click();
    await expect(survivor.status).toHaveText('Training.');
  });
});

test('a run that explodes goes on from its last good state with half the learning rate; one without memory says so', async ({
  page,
}) => {
  const survivor = new Survivor(page);
  await survivor.openRecipe(long);
  const rate = survivor.number('2 · distil', 'learning rate');
  const before = Number(await rate.inputValue());
  await survivor.button('Run').click();
  const step = await survivor.pauseSaved();
  await explode(page);
  await survivor.button('Resume').click();
  await expect(survivor.alert).toContainText(/stopped being a number at step \d+/);
  await expect.poll(() => savedStep(page)).toBe(step);
  await survivor.button(`Go on from step ${step} with half the learning rate`).click();
  await expect(survivor.status).toHaveText('Training.');
  await expect(survivor.alert).toHaveCount(0);
  expect(Number(await rate.inputValue())).toBe(before / 2);

  await exhaustMemory(page);
  await expect(survivor.alert).toContainText('The graphics memory is full.');
  await expect(survivor.alert).toContainText('run again');
  await expect(survivor.button('Run')).toBeEnabled();
});
