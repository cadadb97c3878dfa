import type { BrowserContext } from 'playwright';
import { savedStep } from './injuries.ts';
import { summary, type Summary } from './summary.ts';
import { differs, TrainedPage } from './trained-page.ts';

/** Injuries from one saved step that the page takes without giving up. */
const untilSaved = 2;

/**
 * Injures runs at random moments, each several times, until `count` injuries are done. Survived is what trains again and ends with the same
 * numbers and answers as an undisturbed run, to the last bit.
 */
export async function injureRuns(
  context: BrowserContext,
  address: string,
  options: {
    name: string;
    count: number;
    injure: (page: TrainedPage['page']) => Promise<void>;
    undisturbed: string;
  },
): Promise<Summary> {
  const { name, count, injure, undisturbed } = options;
  const times: number[] = [];
  let [survived, runs, identical] = [0, 0, 0];
  while (times.length < count) {
    const trained = new TrainedPage(await context.newPage(), address);
    await trained.open();
    await trained.press('Run');
    await trained.says(/^Training\.$/);
    const before = times.length;
    for (let from = 0, since = 0; times.length < count; since++) {
      const step = (await savedStep(trained.page)) ?? 0;
      if (step > from) since = 0;
      else if (since >= untilSaved) {
        if (/^(Done|Every)/.test(await trained.message())) break;
        // It may come to rest at the very step that it went on from: then again.
        await trained.save();
        since = untilSaved - 1;
        continue;
      }
      from = step;
      await trained.page.waitForTimeout(Math.random() * 4000);
      const ms = await injureOnce(trained, injure);
      // The run was over before it came to that.
      if (ms === undefined) break;
      // A state that was saved just before the injury is the one that it went on from.
      const reached = (await savedStep(trained.page)) ?? 0;
      if (reached > from) [from, since] = [reached, 0];
      times.push(ms);
      console.error(`${name} ${times.length}/${count}: training again after ${Math.round(ms)} ms`);
    }
    await trained.done();
    const difference = differs(await trained.record(), undisturbed);
    const injuries = times.length - before;
    runs++;
    if (difference === undefined) {
      identical++;
      survived += injuries;
    }
    console.error(`${name}: run ${runs} after ${injuries} injuries ${difference ?? 'is the same'}`);
    await trained.page.close();
  }
  return summary({ done: times.length, survived, runs, identical }, times);
}

/** → ms until the run trains again; undefined where it ended instead. */
async function injureOnce(
  trained: TrainedPage,
  injure: (page: TrainedPage['page']) => Promise<void>,
): Promise<number | undefined> {
  if (/^(Done|Every)/.test(await trained.message())) return undefined;
  const began = performance.now();
  await injure(trained.page);
  await trained.says(/Starting the engine again|Going on from step|^The teacher|^Done|^The run failed/);
  await trained.says(/^(Training|Compiling|Every student|Done|The run failed)/);
  return /^(Done|The run failed)/.test(await trained.message()) ? undefined : performance.now() - began;
}
