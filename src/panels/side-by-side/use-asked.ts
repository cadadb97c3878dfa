import { useMemo } from 'react';
import { isExactMatch } from '../../engine/evaluate/score.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import type { PanelItem } from '../../engine/run/events.ts';
import { saidAt, type AnswersAt } from '../../store/slices/answers-slice.ts';
import { useStore } from '../../store/store.ts';
import { changeOf, type Change } from './changes.ts';

/** A live question with what the recipe's own student says of it at the moment that is looked at. */
export interface AskedItem {
  item: PanelItem;
  now: string;
  /** What it said the time before; undefined before training. */
  previous: string | undefined;
  change: Change;
  right: { teacher: boolean; before: boolean; now: boolean };
}

/** The live questions at the moment that is looked at, in their order. */
export function useAsked(): AskedItem[] {
  const panel = useStore((state) => state.panel);
  const answers = useStore((state) => state.answers);
  const lookedAt = useStore((state) => state.lookedAt);
  return useMemo(() => askedAt(panel, answers, lookedAt), [panel, answers, lookedAt]);
}

/** @param lookedAt as in the state: a position, or the latest */
export function askedAt(
  panel: readonly PanelItem[],
  answers: readonly AnswersAt[],
  lookedAt: number | 'latest',
): AskedItem[] {
  const position = lookedAt === 'latest' ? answers.length : lookedAt;
  return panel.map((item) => {
    const { id, reference, studentBefore, teacher } = item;
    const said = (at: number) => saidAt(answers, at, mainArm, id) ?? studentBefore;
    const now = said(position);
    return {
      item,
      now,
      previous: position === 0 ? undefined : said(position - 1),
      change: changeOf(item, now),
      right: {
        teacher: isExactMatch(teacher, reference),
        before: isExactMatch(studentBefore, reference),
        now: isExactMatch(now, reference),
      },
    };
  });
}
