import type { Band } from '../../src/engine/evaluate/bands.ts';
import { fidelityKeys, type FidelityKey, type Score } from '../../src/engine/evaluate/score-schema.ts';
import { seedBand } from '../../src/engine/evaluate/seeds.ts';
import type { RunSummary } from '../../src/engine/run/events.ts';
import type { SeedResult } from './run-seed.ts';

/** What `results/<experiment>.json` says of one arm; `before` and `teacher` are arms of their own here. */
export interface ArmResult {
  key: string;
  label: string;
  heldOut: Band;
  /** By kind of question. */
  byType: Record<string, Band>;
  /** Against the recipe's own arm, question by question: positive where the recipe's own arm is better. */
  behindMain: Band;
  otherSplits: Record<string, Band>;
  perSeed: number[];
  /** Of the scores' further numbers, each with its range over resampled seeds. */
  fidelity: Partial<Record<FidelityKey, Band>>;
}

export interface Summary {
  seeds: number[];
  split: string;
  questions: number;
  updates: number;
  arms: ArmResult[];
}

/** Every arm over all seeds. @param runs of one experiment, at least one */
export function summary(runs: readonly SeedResult[]): Summary {
  const { split, questions, steps, arms, otherSplits } = runs[0]!.final;
  const marks = ({ right }: Score) => Array.from(right, Number);
  const main = runs.map(({ final }) => marks(final.arms[0]!.after));
  const describe = (
    key: string,
    label: string,
    scoreOf: (final: RunSummary) => Score,
    otherOf: (other: RunSummary['otherSplits'][number]) => Score,
  ): ArmResult => {
    const all = runs.map(({ final }) => scoreOf(final));
    return {
      key,
      label,
      heldOut: seedBand(all.map(marks)),
      byType: Object.fromEntries(
        Object.keys(all[0]!.byType).map((type, place, types) => [
          type,
          // Kinds of question take turns.
          seedBand(all.map((score) => marks(score).filter((_, i) => i % types.length === place))),
        ]),
      ),
      behindMain: seedBand(all.map((score, s) => marks(score).map((mark, i) => main[s]![i]! - mark))),
      otherSplits: Object.fromEntries(
        otherSplits.map(({ split: other }, place) => [
          other,
          seedBand(runs.map(({ final }) => marks(otherOf(final.otherSplits[place]!)))),
        ]),
      ),
      perSeed: all.map(({ exactMatch }) => exactMatch),
      fidelity: Object.fromEntries(
        fidelityKeys.flatMap((name) => {
          const values = all.map((score) => score[name]);
          return values.every((value) => value !== undefined)
            ? [[name, seedBand(values.map((value) => [value]))]]
            : [];
        }),
      ),
    };
  };
  return {
    seeds: runs.map(({ seed }) => seed),
    split,
    questions,
    updates: steps,
    arms: [
      describe(
        'before',
        'Student before',
        (final) => final.before,
        (other) => other.before,
      ),
      ...arms.map(({ key, label }, place) =>
        describe(
          key,
          label,
          (final) => final.arms[place]!.after,
          (other) => other.arms[key]!,
        ),
      ),
      describe(
        'teacher',
        'Teacher',
        (final) => final.teacher,
        (other) => other.teacher,
      ),
    ],
  };
}

/** Percent or percentage points to a tenth. */
export const points = (value: number): string => (100 * value).toFixed(1);

/** One line an arm: score, distance of the recipe's own arm, perplexity, agreement with the teacher, calibration error. */
export function table(arms: readonly ArmResult[]): string {
  const band = ({ mean, low, high }: Band) => `${points(mean)} (${points(low)}–${points(high)})`;
  return arms
    .map(({ label, heldOut, behindMain, fidelity }) =>
      [
        label.padEnd(26),
        band(heldOut).padEnd(22),
        `behind the first arm: ${band(behindMain)}`.padEnd(46),
        ...fidelityKeys.map((key) => `${key} ${fidelity[key]?.mean.toFixed(3) ?? '–'} `),
      ].join(''),
    )
    .join('\n');
}
