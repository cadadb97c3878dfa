import { isOfSeed } from '../../engine/run/of-seed.ts';
import type { RunSummary, StepMetrics } from '../../engine/run/events.ts';
import type { RunRecord, RunWords } from '../../engine/run/record.ts';
import { compareScores } from '../../engine/evaluate/comparison.ts';
import { meanOfScores, scoreBand, seedScores } from '../../engine/evaluate/over-seeds.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import { runName } from '../../engine/recipe/run-name.ts';
import type { EvaluationPoint } from '../slices/metrics-slice.ts';
import type { RunRow } from '../slices/runs-slice.ts';

/** Steps that the loss in the table is the mean of. */
const lossSteps = 10;

/** A table's row of a record, also of one that goes on. */
export function runRow(record: RunRecord): RunRow {
  const { id, startedAt, adapter, outcome, recipe, events, name, note, sweep } = record;
  const { short, whole } = runName(recipe);
  const steps = mainSteps(record);
  const last = steps.slice(-lossSteps);
  const totalSteps = Object.values(recipe.stages).reduce((sum, stage) => sum + stage.steps, 0);
  return {
    id,
    name: name ?? short,
    wholeName: whole,
    ...(name !== undefined && { given: name }),
    ...(note !== undefined && { note }),
    ...(sweep && { sweep: placeIn(sweep) }),
    startedAt,
    adapter,
    outcome,
    recipe,
    step: lastStep(record),
    totalSteps,
    ...scores(record),
    loss:
      last.length === 0 ? undefined : last.reduce((sum, { losses }) => sum + losses.total, 0) / last.length,
    seconds: (events.at(-1)?.at ?? 0) / 1000,
  };
}

/** Where a run stands in its sweep, without the recipes of those that it trains together. */
function placeIn({ settings, ...sweep }: NonNullable<RunRecord['sweep']>): RunRow['sweep'] {
  return settings === undefined ? sweep : { ...sweep, together: settings.length, joint: true };
}

/** A row with what a person says of its run. */
export function withWords(row: RunRow, { name, note }: RunWords): RunRow {
  return { ...row, name: name ?? runName(row.recipe).short, given: name, note };
}

export function newestFirst(rows: readonly RunRow[]): RunRow[] {
  return [...rows].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

/** The numbers of the recipe's own arm, of all its seeds, in the order of steps. */
export function ownSteps({ events }: RunRecord): StepMetrics[] {
  return events.flatMap(({ event }) =>
    event.type === 'metrics' ? event.steps.filter(({ arm }) => arm === mainArm) : [],
  );
}

/** The same, of several seeds the first one's. */
export function mainSteps(record: RunRecord): StepMetrics[] {
  return ownSteps(record).filter((numbers) => isOfSeed(numbers, record.recipe.seed));
}

export function evaluations({ events }: RunRecord): EvaluationPoint[] {
  return events.flatMap(({ event }) => {
    if (event.type !== 'evaluation') return [];
    const { step, who, seed, score, final } = event;
    return [{ step, who, seed, score, final }];
  });
}

/** The summary of a run that came to its end. */
export function summaryOf({ events }: RunRecord): RunSummary | undefined {
  const event = events.findLast((entry) => entry.event.type === 'done')?.event;
  return event?.type === 'done' ? event.final : undefined;
}

/** The last update that the record tells of. */
export function lastStep({ events }: RunRecord): number {
  let last = 0;
  for (const { event } of events)
    if (event.type === 'metrics') for (const { step } of event.steps) last = Math.max(last, step);
    else if ('step' in event && typeof event.step === 'number' && event.type !== 'stage')
      last = Math.max(last, event.step);
  return last;
}

function scores(record: RunRecord): Pick<RunRow, 'before' | 'after' | 'questions' | 'final' | 'gain'> {
  const summary = summaryOf(record);
  if (summary !== undefined) {
    const { before, arms, questions } = summary;
    const [own, ...others] = arms;
    const share = (arm: (typeof arms)[number]) => meanOfScores(seedScores(arm)).exactMatch;
    const best = others.reduce<(typeof others)[number] | undefined>(
      (found, arm) => (found === undefined || share(arm) > share(found) ? arm : found),
      undefined,
    );
    return {
      before: before.exactMatch,
      after: scoreBand(seedScores(own!)),
      questions,
      final: true,
      gain: best && { ...compareScores(seedScores(own!), seedScores(best)), over: best.label },
    };
  }
  const points = evaluations(record).filter(({ final }) => !final);
  const before = points.find(({ who }) => who === 'before')?.score;
  const latest = points.findLast(({ who }) => who === mainArm)?.step;
  const after = points.filter(({ who, step }) => who === mainArm && step === latest);
  return {
    before: before?.exactMatch,
    after: after.length === 0 ? undefined : scoreBand(after.map(({ score }) => score)),
    questions: before?.n,
    final: false,
    gain: undefined,
  };
}
