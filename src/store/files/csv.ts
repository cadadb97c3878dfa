import type { RunRecord } from '../../engine/run/record.ts';
import { differences } from '../../engine/recipe/link.ts';
import { defaultRecipe } from '../../engine/recipe/schema.ts';
import { evaluations } from '../kept/run-row.ts';
import type { RunRow } from '../slices/runs-slice.ts';

/** One line a run. Accuracies are fractions, 0–1; `changes` are the recipe's differences from the default one. */
export function runsCsv(rows: readonly RunRow[]): string {
  const header = [
    'id',
    'name',
    'started_at',
    'adapter',
    'outcome',
    'pair',
    'objective',
    'seed',
    'step',
    'total_steps',
    'seconds',
    'questions',
    'final',
    'accuracy_before',
    'accuracy_after',
    'accuracy_after_low',
    'accuracy_after_high',
    'gain_over',
    'gain',
    'gain_low',
    'gain_high',
    'loss',
    'changes',
  ];
  return table([
    header,
    ...rows.map((row) => [
      row.id,
      row.wholeName,
      row.startedAt,
      row.adapter,
      row.outcome,
      row.recipe.pair,
      row.recipe.objective,
      row.recipe.seed,
      row.step,
      row.totalSteps,
      row.seconds,
      row.questions,
      row.final,
      row.before,
      row.after?.mean,
      row.after?.low,
      row.after?.high,
      row.gain?.over,
      row.gain?.mean,
      row.gain?.low,
      row.gain?.high,
      row.loss,
      JSON.stringify(Object.fromEntries(differences(row.recipe, defaultRecipe))),
    ]),
  ]);
}

/** One line a number: losses by their names in the recipe, `gradient_norm`, `learning_rate`, `exact_match` and `exact_match_final`. */
export function metricsCsv(records: readonly RunRecord[]): string {
  const lines: Cell[][] = [['run_id', 'arm', 'step', 'stage', 'metric', 'value']];
  for (const record of records) {
    for (const { event } of record.events)
      if (event.type === 'metrics')
        for (const { arm, step, stage, losses, gradientNorm, learningRate } of event.steps) {
          const numbers = { ...losses, gradient_norm: gradientNorm, learning_rate: learningRate };
          for (const [metric, value] of Object.entries(numbers))
            lines.push([record.id, arm, step, stage, metric, value]);
        }
    for (const { step, who, score, final } of evaluations(record))
      lines.push([record.id, who, step, '', final ? 'exact_match_final' : 'exact_match', score.exactMatch]);
  }
  return table(lines);
}

type Cell = string | number | boolean | undefined;

/** RFC 4180, with the mark by which Excel knows UTF-8. A text that a spreadsheet would take for a formula gets an apostrophe. */
function table(lines: readonly (readonly Cell[])[]): string {
  return '\uFEFF' + lines.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

function cell(value: Cell): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
