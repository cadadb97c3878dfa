import { expect, type Page } from '@playwright/test';
import { ProfileBrowser } from '../../scripts/abuse/browser.ts';
import { savedStep } from '../../scripts/abuse/injuries.ts';
import { flat, heldOverSaves } from '../../scripts/abuse/saves.ts';
import { Playground } from './playground.ts';
import { shortRun } from './short-run.ts';
import { test } from './visitor.ts';

/** A run of the smallest pair that is long enough to be cut off, as a link. */
const recipe = shortRun({ 'stages.distil.steps': '24', 'evaluation.everySteps': '15' });

class Visit extends Playground {
  constructor(
    page: Page,
    private readonly site: string,
  ) {
    super(page);
  }

  async come(link = 'pair=nano'): Promise<void> {
    // Leaving while a run goes on asks; this person is sure.
    this.page.on('dialog', (dialog) => void dialog.accept());
    await this.page.goto(`${this.site}/#${link}`);
    await this.ready();
  }

  get resume() {
    return this.page.getByRole('button', { name: /^Resume the run from step/ });
  }

  /** What the run left on the screen: the latest number of every line, the scores and the answers. */
  async left(): Promise<unknown> {
    await this.view('curves');
    // Charts follow the numbers a little later, one after the other; this is the rate of the very last step.
    let before: unknown;
    await expect(async () => {
      const lines = await this.latest();
      const settled = JSON.stringify(lines) === JSON.stringify(before);
      before = lines;
      expect([lines['rate'], settled]).toEqual(['5.0e-5', true]);
    }).toPass({ intervals: [2000] });
    return this.shown();
  }
}

test('a browser killed at any moment: the next visit offers to go on, and the run ends as it would have', async ({
  baseURL,
}, info) => {
  const visit = async () => {
    const browser = await ProfileBrowser.open(info.outputPath('profile'));
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.setDefaultTimeout(300_000);
    return { visit: new Visit(page, baseURL!), kill: () => browser.kill() };
  };
  const first = await visit();
  await first.visit.come(recipe.toString());
  await first.visit.button('Run').click();
  await first.visit.done();
  const whole = await first.visit.left();
  await first.visit.button('Run').click();
  await expect(first.visit.status).toHaveText(/questions/);
  await expect.poll(() => savedStep(first.visit.page)).toBe(0);
  await first.kill();

  const second = await visit();
  await second.visit.come();
  await expect(second.visit.page.getByText(/was cut off before any of its 30 steps was saved/)).toBeVisible();
  await second.visit.button('Begin the run again').click();
  await expect.poll(() => savedStep(second.visit.page)).toBeGreaterThan(0);
  await second.kill();

  const third = await visit();
  await third.visit.come();
  await third.visit.resume.click();
  await third.visit.done();
  const after = await third.visit.left();
  expect(after).toEqual(whole);
  await expect.poll(() => savedStep(third.visit.page)).toBeUndefined();
  await third.visit.page.reload();
  await third.visit.ready();
  await expect(third.visit.page.getByText(/was cut off/)).toHaveCount(0);
  await third.kill();
});

test('two tabs never train the same run, a hidden one trains on, and a run that cannot be read takes no other with it', async ({
  context,
  baseURL,
}) => {
  const tab = async (link?: string) => {
    const visit = new Visit(await context.newPage(), baseURL!);
    await visit.come(link);
    return visit;
  };
  const before = await tab(recipe.toString());
  await before.button('Run').click();
  await before.pauseSaved();
  await before.page.evaluate(damageRuns);
  await before.page.close();
  const idle = await context.newPage();
  await idle.goto(`${baseURL}/icon.svg`);
  await released(idle);
  await idle.close();

  const tabs = await Promise.all([tab(), tab()]);
  for (const { resume } of tabs) await expect(resume).toBeVisible();
  await Promise.all(tabs.map(({ resume }) => resume.click()));
  const trains = (visit: Visit) => visit.button('Stop').isEnabled();
  const training = async () => (await Promise.all(tabs.map(trains))).filter(Boolean).length;
  await expect.poll(training).toBe(1);
  const [one, other] = tabs;
  const [winner, loser] = (await trains(one)) ? [one, other] : [other, one];
  const refused = ({ page }: Visit) => page.getByText('Another tab of this page is training this run.');
  await expect(refused(loser)).toBeVisible();
  await expect(refused(winner)).toHaveCount(0);

  await test.step('the tab that trains dies: the other takes the run over, and its timers stand still', async () => {
    await winner.page.close();
    await released(loser.page);
    await loser.button('Understood').click();
    await loser.page.evaluate(() => {
      window.setTimeout = (() => 0) as never;
      window.setInterval = (() => 0) as never;
      window.requestAnimationFrame = () => 0;
    });
    await loser.resume.click();
    await loser.done();
  });

  await test.step('what cannot be read is listed, says why, and can be deleted', async () => {
    const { page } = loser;
    await page.reload();
    await loser.ready();
    await page.getByRole('radiogroup', { name: 'Centre' }).getByText('runs', { exact: true }).click();
    await expect(page.getByRole('region', { name: 'Runs', exact: true }).locator('tbody tr')).toHaveCount(1);
    const list = page.getByRole('list', { name: 'Runs that cannot be read' });
    const newer = list.getByRole('listitem').filter({ hasText: /made by a newer version.*Reload the page/ });
    const damaged = list.getByRole('listitem').filter({ hasText: /is damaged/ });
    await expect(newer).toHaveCount(1);
    await expect(damaged).toHaveCount(1);
    await loser.expectAccessible();
    await damaged.getByRole('button', { name: 'Delete it' }).click();
    await expect(damaged).toHaveCount(0);
    await expect(newer).toHaveCount(1);
  });
});

test('however often a run is saved, the page holds no more', async ({ page, baseURL }) => {
  const visit = new Visit(page, baseURL!);
  await visit.come(recipe.toString());
  await visit.button('Run').click();
  await visit.pauseSaved();
  const held = await heldOverSaves(page, 12);
  expect(held.length).toBe(4);
  expect(flat(held), JSON.stringify(held)).toBe(true);
});

/** Waits until no tab trains: the browser gives back what a closed one held a little later. */
function released(page: Page): Promise<void> {
  const held = () =>
    page.evaluate(async () =>
      (await navigator.locks.query()).held!.some(({ name }) => name!.startsWith('genrecal-run/')),
    );
  return expect.poll(held).toBe(false);
}

/** Adds two runs that cannot be read. */
function damageRuns(): Promise<void> {
  return new Promise((resolve) => {
    const open = indexedDB.open('genrecal-runs');
    open.onsuccess = () => {
      const writing = open.result.transaction('runs', 'readwrite');
      writing.objectStore('runs').put({ head: { format: 2 } }, 'newer');
      writing.objectStore('runs').put('scratched', 'damaged');
      writing.oncomplete = () => {
        open.result.close();
        resolve();
      };
    };
  });
}
