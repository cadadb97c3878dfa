import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import { recordFromJson } from '../../src/engine/run/record-json.ts';
import type { RunRecord } from '../../src/engine/run/record.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { savedStep } from './injuries.ts';

/** The quick recipe of the page, cut to a length at which it can be run many times. */
export const recipe = recipeSchema.parse({
  ...presets.find(({ key }) => key === 'nano-quick')!.recipe,
  data: { examples: 64, batchSize: 4, labelled: 0 },
  stages: { align: { steps: 5 }, distil: { steps: 60 }, finetune: { steps: 5 } },
  evaluation: { everySteps: 20, liveQuestions: 8, finalQuestions: 8 },
});

/** The page with the short recipe, as a person uses it. */
export class TrainedPage {
  constructor(
    readonly page: Page,
    private readonly address: string,
  ) {
    page.setDefaultTimeout(600_000);
    page.on('dialog', (dialog) => void dialog.accept());
  }

  async open(asked = recipe): Promise<void> {
    await this.page.goto(`${this.address}#${recipeToLink(asked)}`);
    await this.says(/^Ready\. Press Run\.$/);
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Presses a button that may not come. */
  async offers(name: RegExp): Promise<boolean> {
    const button = this.page.getByRole('button', { name });
    return button.click({ timeout: 30_000 }).then(
      () => true,
      () => false,
    );
  }

  /** Resolves when the run bar says so. */
  async says(text: RegExp): Promise<void> {
    await this.status.filter({ hasText: text }).waitFor();
  }

  async message(): Promise<string> {
    return (await this.status.textContent()) ?? '';
  }

  /** @throws where the run does not come to its end. */
  async done(): Promise<void> {
    await this.says(/^(Done\.|The run failed\.)$/);
    if (/failed/.test(await this.message()))
      throw new Error(await this.page.getByRole('alert').first().innerText());
  }

  /** Pauses until the state is saved. */
  async save(): Promise<void> {
    await this.press('Pause');
    await this.says(/^Paused after step/);
    const step = Number(/\d+/.exec(await this.message())![0]);
    while (((await savedStep(this.page)) ?? 0) < step) await this.page.waitForTimeout(200);
    await this.press('Resume');
    await this.says(/^(?!Paused)/);
  }

  /** The latest run, as the page exports it. */
  async record(): Promise<RunRecord> {
    const centre = this.page.getByRole('radiogroup', { name: 'Centre' });
    await centre.getByText('runs', { exact: true }).click();
    const download = this.page.waitForEvent('download');
    await this.press('Export');
    await this.page
      .getByRole('menuitem', { name: /^whole runs/ })
      .first()
      .click();
    const text = await readFile(await (await download).path(), 'utf8');
    const { runs } = JSON.parse(text) as { runs: unknown[] };
    return recordFromJson(runs[0]);
  }

  private get status() {
    return this.page.getByRole('region', { name: 'Run', exact: true }).getByRole('status');
  }
}

/** Every number and answer that a run tells, in the order of its steps; how they were packed, and when they came, is left out. */
export function told({ outcome, events }: RunRecord): string {
  const facts = events.flatMap(({ event }): unknown[] => {
    switch (event.type) {
      case 'metrics':
        return event.steps;
      case 'done':
        return [event.final.before, event.final.teacher, event.final.arms];
      case 'evaluation':
      case 'answers':
      case 'probe':
      case 'features':
      case 'stage':
      case 'recipe':
        return [event];
      default:
        return [];
    }
  });
  // Numbers are told a few steps late, and how late depends on when a state was saved.
  const lines = facts.map((fact) => JSON.stringify(fact));
  return [outcome, ...lines.sort()].join('\n');
}

/** How a run differs from what an undisturbed one told; undefined where it does not. */
export function differs(record: RunRecord, undisturbed: string): string | undefined {
  const [own, other] = [told(record).split('\n'), undisturbed.split('\n')];
  const added = own.find((line) => !other.includes(line));
  const missing = other.find((line) => !own.includes(line));
  if (added === undefined && missing === undefined && own.length === other.length) return undefined;
  return `DIFFERS: ${(added ?? 'nothing').slice(0, 200)} in place of ${(missing ?? 'nothing').slice(0, 200)}`;
}
