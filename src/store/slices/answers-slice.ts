import type { StateCreator } from 'zustand';
import type { PanelItem } from '../../engine/run/events.ts';

/** What the students said of the panel after one step. */
export interface AnswersAt {
  step: number;
  /** By arm and question id. */
  byArm: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface AnswersSlice {
  /** Held-out pictures with what the teacher and the untouched student say. */
  panel: PanelItem[];
  /** Everything the students have said in this run, oldest first; “before” is in the panel. */
  answers: readonly AnswersAt[];
  /** Which of them is looked at: 0 is before the run, i is `answers[i − 1]`; “latest” follows the run. */
  lookedAt: number | 'latest';
  setLookedAt(value: number | 'latest'): void;
}

export const noAnswers = {
  panel: [],
  answers: [],
  lookedAt: 'latest',
} as const satisfies Partial<AnswersSlice>;

export const answersSlice: StateCreator<AnswersSlice> = (set) => ({
  ...noAnswers,
  panel: [],
  setLookedAt: (lookedAt) => set({ lookedAt }),
});

/** Adds one arm's answers; the arms of a step answer one after the other. */
export function withAnswers(
  answers: readonly AnswersAt[],
  { step, arm, said }: { step: number; arm: string; said: Readonly<Record<string, string>> },
): readonly AnswersAt[] {
  const last = answers.at(-1);
  if (last?.step !== step) return [...answers, { step, byArm: { [arm]: said } }];
  return [...answers.slice(0, -1), { step, byArm: { ...last.byArm, [arm]: said } }];
}

/** What an arm had said last by position `at` (see `lookedAt`); undefined where it had only the untouched student's answer. */
export function saidAt(
  answers: readonly AnswersAt[],
  at: number,
  arm: string,
  id: string,
): string | undefined {
  for (let i = at - 1; i >= 0; i--) {
    const said = answers[i]?.byArm[arm]?.[id];
    if (said !== undefined) return said;
  }
  return undefined;
}
