import type { Browser } from 'playwright';
import { savedStep } from './injuries.ts';
import { summary, type Summary } from './summary.ts';
import { told, TrainedPage } from './trained-page.ts';

/** Injuries from one saved step that the page takes without giving up. */
const untilSaved = 2;

/**
 * Injures runs at random moments, each several times, until `count` injuries are done. Survived is what trains again and ends with the same
 * numbers and answers as an undisturbed run, to the last bit.
 */
export async function injureRuns(
  browser: Browser,
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
    const context = await browser.newContext({ acceptDownloads: true });
    const trained = new TrainedPage(await context.newPage(), address);
    await trained.open();
    await trained.press('Run');
    await trained.says(/^Training\.$/);
    let injuries = 0;
    let [from, same] = [0, 0];
    while (times.length < count) {
      const step = await savedStep(trained.page);
      same = step > from ? 1 : same + 1;
      from = step;
      if (same > untilSaved) {
        await trained.save();
        same = 0;
        continue;
      }
      await trained.page.waitForTimeout(Math.random() * 4000);
      if (/^(Done|Every)/.test(await trained.message())) break;
      const before = performance.now();
      await injure(trained.page);
      await trained.says(/Starting the engine again|Going on from step|^Done|^The teacher/);
      if (/^Done/.test(await trained.message())) break;
      await trained.says(/^(Training|Compiling|Every student|Done|The run failed)/);
      if (/failed/.test(await trained.message())) break;
      times.push(performance.now() - before);
      injuries++;
      console.error(`${name} ${times.length}/${count}: training again after ${Math.round(times.at(-1)!)} ms`);
    }
    await trained.says(/^(Done\.|The run failed\.)$/);
    const isSame = told(await trained.record()) === undisturbed;
    runs++;
    if (isSame) {
      identical++;
      survived += injuries;
    }
    console.error(`${name}: run ${runs} after ${injuries} injuries ${isSame ? 'is the same' : 'DIFFERS'}`);
    await context.close();
  }
  return summary({ done: times.length, survived, runs, identical }, times);
}
