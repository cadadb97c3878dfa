import { ProfileBrowser } from './browser.ts';
import { summary, type Summary } from './summary.ts';
import { differs, TrainedPage } from './trained-page.ts';

/**
 * Kills browsers with SIGKILL at random moments of a run and opens each again with the same profile. Survived is what is offered to go on, goes
 * on, and ends with the same numbers and answers as an undisturbed run.
 * @param runMs how long an undisturbed run takes
 */
export async function killBrowsers(
  profile: string,
  address: string,
  { count, undisturbed, runMs }: { count: number; undisturbed: string; runMs: number },
): Promise<Summary> {
  const times: number[] = [];
  let identical = 0;
  for (let done = 1; done <= count; done++) {
    let moment: number;
    // A run that was over by then has nothing left to go on with: another moment.
    do moment = Math.random() * runMs;
    while (!(await killAfter(moment, profile, address)));

    const browser = await ProfileBrowser.open(profile);
    const again = new TrainedPage(await browser.context.newPage(), address);
    const began = performance.now();
    await again.open();
    let found = 'nothing is offered to go on from';
    if (await again.offers(/^(Resume the run from step \d+|Begin the run again)$/)) {
      await again.says(/^(Training|Compiling|Every student|Done)/);
      times.push(performance.now() - began);
      await again.done();
      const difference = differs(await again.record(), undisturbed);
      if (difference === undefined) identical++;
      found = `training again after ${Math.round(times.at(-1)!)} ms, ${difference ?? 'the same'}`;
    }
    console.error(`kill ${done}/${count} after ${Math.round(moment)} ms: ${found}`);
    await browser.kill();
  }
  return summary({ done: count, survived: identical, runs: count, identical }, times);
}

/** @returns whether the run was still going on so many ms after Run was pressed, when the browser was killed */
async function killAfter(moment: number, profile: string, address: string): Promise<boolean> {
  const browser = await ProfileBrowser.open(profile);
  const trained = new TrainedPage(await browser.context.newPage(), address);
  await trained.open();
  await trained.press('Run');
  await trained.page.waitForTimeout(moment);
  const goesOn = !(await trained.message()).startsWith('Done');
  await browser.kill();
  return goesOn;
}
