import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser } from 'playwright';
import { summary, type Summary } from './summary.ts';
import { chromiumFlags, told, TrainedPage } from './trained-page.ts';

/**
 * Kills browsers with SIGKILL at random moments of a run and opens each again with the same profile. Survived is what is offered to go on, goes
 * on, and ends with the same numbers and answers as an undisturbed run.
 * @param runMs how long an undisturbed run takes
 */
export async function killBrowsers(
  address: string,
  { count, undisturbed, runMs }: { count: number; undisturbed: string; runMs: number },
): Promise<Summary> {
  const times: number[] = [];
  let identical = 0;
  for (let done = 0; done < count; done++) {
    const profile = mkdtempSync(path.join(tmpdir(), 'abuse-'));
    try {
      const first = await open(profile, address);
      await first.trained.open();
      await first.trained.press('Run');
      const moment = Math.random() * runMs;
      await first.trained.page.waitForTimeout(moment);
      await kill(first.process);

      const second = await open(profile, address);
      const began = performance.now();
      await second.trained.open();
      await second.trained.press(/^(Resume the run from step \d+|Begin the run again)$/);
      await second.trained.says(/^(Training|Compiling|Every student|Done)/);
      times.push(performance.now() - began);
      await second.trained.done();
      const same = told(await second.trained.record()) === undisturbed;
      if (same) identical++;
      console.error(
        `kill ${done + 1}/${count} after ${Math.round(moment)} ms: training again after ${Math.round(times.at(-1)!)} ms, ${same ? 'the same' : 'DIFFERS'}`,
      );
      await kill(second.process);
    } finally {
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    }
  }
  return summary({ done: count, survived: identical, runs: count, identical }, times);
}

/** A browser of its own, in a process group that can be killed whole. */
async function open(
  profile: string,
  address: string,
): Promise<{ process: ChildProcess; trained: TrainedPage }> {
  const child = spawn(
    process.env.CHROMIUM ?? '/usr/bin/chromium',
    ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...chromiumFlags],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const browser = await connect(child);
  const context = browser.contexts()[0]!;
  return {
    process: child,
    trained: new TrainedPage(context.pages()[0] ?? (await context.newPage()), address),
  };
}

/** Chromium says on its error stream where it can be reached. */
async function connect(child: ChildProcess): Promise<Browser> {
  let heard = '';
  for await (const text of child.stderr!) {
    heard += String(text);
    const [address] = /ws:\/\/\S+/.exec(heard) ?? [];
    if (address === undefined) continue;
    return chromium.connectOverCDP(address);
  }
  throw new Error(`Chromium did not start: ${heard}`);
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  process.kill(-child.pid!, 'SIGKILL');
  await gone;
}
