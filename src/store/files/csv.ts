import type { RunRecord } from '../../engine/run/record.ts';
import { armsOf } from '../../engine/recipe/arms.ts';
import { differences } from '../../engine/recipe/link.ts';
import { defaultRecipe } from '../../engine/recipe/schema.ts';
import { evaluations, runRow } from '../kept/run-row.ts';
import { fieldAt } from '../slices/recipe-slice.ts';
import type { RunRow } from '../slices/runs-slice.ts';

/**
 * One line a run. Accuracies are fractions, 0–1. Every field of the recipe in which the runs differ has a column, by its path, and so have exact
 * match and perplexity of the teacher, the untouched student and every arm, by its key; `changes` are the recipe's differences from the
 * default one. What was not measured is empty.
 */
export function runsCsv(records: readonly RunRecord[]): string {
  const rows = records.map(runRow);
  const fields = variedFields(rows);
  const scores = records.map(scoresOf);
  const models = [...new Set(scores.flatMap((own) => [...own.keys()]))];
  const header = [
    'id',
    'name',
    'note',
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
    ...fields,
    ...models.flatMap((who) => [`exact_match_${who}`, `perplexity_${who}`]),
    'changes',
  ];
  return table([
    header,
    ...rows.map((row, i) => [
      row.id,
      row.given ?? row.wholeName,
      row.note,
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
      ...fields.map((path) => fieldCell(fieldAt(row.recipe, path))),
      ...models.flatMap((who) => {
        const own = scores[i]!.get(who);
        return [own?.exactMatch, own?.perplexity];
      }),
      JSON.stringify(Object.fromEntries(differences(row.recipe, defaultRecipe))),
    ]),
  ]);
}

/** The fields, by path, in which the recipes of some runs differ, beside those that have a column in any case. */
function variedFields(rows: readonly RunRow[]): string[] {
  const always = /^(version|pair|objective|seed|arms)$/;
  const [first] = rows;
  // Some fields a recipe may be without.
  const paths = new Set(
    rows.flatMap(({ recipe }) =>
      [...differences(recipe, first!.recipe), ...differences(first!.recipe, recipe)].map(([path]) => path),
    ),
  );
  return [...paths].filter((path) => !always.test(path));
}

function fieldCell(value: unknown): Cell {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
    ? value
    : JSON.stringify(value);
}

/** What everybody came to: on the final questions, or in a run without them on the latest live ones; means over the seeds. */
function scoresOf(record: RunRecord): Map<string, { exactMatch: number; perplexity: number | undefined }> {
  const points = evaluations(record);
  const found = new Map<string, { exactMatch: number; perplexity: number | undefined }>();
  for (const who of ['teacher', 'before', ...armsOf(record.recipe).map(({ key }) => key)]) {
    const own = points.filter((point) => point.who === who);
    const last = own.findLast(({ final }) => final) ?? own.at(-1);
    const scores = own
      .filter(({ final, step }) => final === last?.final && step === last.step)
      .map(({ score }) => score);
    if (scores.length === 0) continue;
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const perplexities = scores.flatMap(({ perplexity }) => perplexity ?? []);
    found.set(who, {
      exactMatch: mean(scores.map(({ exactMatch }) => exactMatch)),
      perplexity: perplexities.length < scores.length ? undefined : mean(perplexities),
    });
  }
  return found;
}

/** One line a number: losses by their names in the recipe, `gradient_norm`, `learning_rate`, `exact_match` and `exact_match_final`. */
export function metricsCsv(records: readonly RunRecord[]): string {
  const lines: Cell[][] = [['run_id', 'arm', 'seed', 'step', 'stage', 'metric', 'value']];
  for (const record of records) {
    for (const { event } of record.events)
      if (event.type === 'metrics')
        for (const {
          arm,
          seed = record.recipe.seed,
          step,
          stage,
          losses,
          gradientNorm,
          learningRate,
        } of event.steps) {
          const numbers = { ...losses, gradient_norm: gradientNorm, learning_rate: learningRate };
          for (const [metric, value] of Object.entries(numbers))
            lines.push([record.id, arm, seed, step, stage, metric, value]);
        }
    for (const { step, who, seed = record.recipe.seed, score, final } of evaluations(record))
      lines.push([
        record.id,
        who,
        seed,
        step,
        '',
        final ? 'exact_match_final' : 'exact_match',
        score.exactMatch,
      ]);
  }
  return table(lines);
}

export type Cell = string | number | boolean | undefined;

/** RFC 4180, with the mark by which Excel knows UTF-8. A text that a spreadsheet would take for a formula gets an apostrophe. */
export function table(lines: readonly (readonly Cell[])[]): string {
  return '\uFEFF' + lines.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

function cell(value: Cell): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
