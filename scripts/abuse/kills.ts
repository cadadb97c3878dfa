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
    const first = await ProfileBrowser.open(profile);
    const trained = new TrainedPage(await first.context.newPage(), address);
    await trained.open();
    await trained.press('Run');
    const moment = Math.random() * runMs;
    await trained.page.waitForTimeout(moment);
    const over = (await trained.message()).startsWith('Done');
    await first.kill();
    if (over) {
      // There is nothing left to go on with: another moment.
      done--;
      continue;
    }

    const second = await ProfileBrowser.open(profile);
    const again = new TrainedPage(await second.context.newPage(), address);
    const began = performance.now();
    await again.open();
    if (!(await again.offers(/^(Resume the run from step \d+|Begin the run again)$/))) {
      console.error(`kill ${done}/${count} after ${Math.round(moment)} ms: nothing is offered to go on from`);
      await second.kill();
      continue;
    }
    await again.says(/^(Training|Compiling|Every student|Done)/);
    times.push(performance.now() - began);
    await again.done();
    const difference = differs(await again.record(), undisturbed);
    if (difference === undefined) identical++;
    console.error(
      `kill ${done}/${count} after ${Math.round(moment)} ms: training again after ${Math.round(times.at(-1)!)} ms, ${difference ?? 'the same'}`,
    );
    await second.kill();
  }
  return summary({ done: count, survived: identical, runs: count, identical }, times);
}
