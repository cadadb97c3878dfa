import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { Playground } from './playground.ts';

interface Stored {
  id: string;
  startedAt: string;
  name?: string;
  note?: string;
  sweep?: { id: string; fields: string[] };
  recipe: Recipe;
  events: {
    event: {
      recipe?: Recipe;
      steps?: { step: number; gradientNorm: number }[];
      /** Of an evaluation whether it is the last one, of a run's end its summary. */
      final?: boolean | { arms: { after: { exactMatch: number; right: string } }[] };
    };
  }[];
}

interface Recipe {
  seed: number;
  stages: Record<string, { steps: number; learningRate: number }>;
}

/** As if the run that comes with the page had been made again, otherwise. */
interface Change {
  id: string;
  recipe?: (recipe: Recipe) => void;
  /** Times as many steps. */
  longer?: number;
  /** Answers fewer that are right in the end. */
  fewer?: number;
  about?: Pick<Stored, 'name' | 'note' | 'sweep'>;
}

const recorded = readFileSync('public/recorded/default.json', 'utf8');

/** A file of runs for the page to open: real ones, without a device to train them on. */
export function fileOfRuns(changes: readonly Change[]): Buffer {
  const runs = changes.map(({ id, recipe, longer = 1, fewer = 0, about }, i) => {
    const run = { ...(JSON.parse(recorded) as Stored), ...about, id };
    run.startedAt = new Date(Date.UTC(2026, 10, 20, i)).toISOString();
    recipe?.(run.recipe);
    for (const { event } of run.events) {
      if (event.recipe !== undefined) recipe?.(event.recipe);
      for (const numbers of event.steps ?? []) {
        numbers.step = Math.max(1, Math.round(numbers.step * longer));
        numbers.gradientNorm *= longer;
      }
      const after = typeof event.final === 'object' ? event.final.arms[0]?.after : undefined;
      if (after === undefined) continue;
      after.right = after.right.slice(0, after.right.length - fewer) + '0'.repeat(fewer);
      after.exactMatch = [...after.right].filter((mark) => mark === '1').length / after.right.length;
    }
    return run;
  });
  return Buffer.from(JSON.stringify({ format: 'genrecal-runs', version: 1, runs }));
}

/** Opens a file in the view of runs, where there is none yet. */
export async function openRuns(page: Page, file: Buffer): Promise<void> {
  await new Playground(page).view('runs');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a file', exact: true }).click();
  await (await chooser).setFiles({ name: 'runs.json', mimeType: 'application/json', buffer: file });
  await expect(page.getByText(/Tick up to four runs/)).toBeVisible();
}
