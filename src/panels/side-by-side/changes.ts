import { isExactMatch } from '../../engine/evaluate/score.ts';
import type { PanelItem } from '../../engine/run/events.ts';

/** What became of a student's answer: right since it trains; no longer right; wrong, where the teacher is right; anything else. */
export type Change = 'gained' | 'lost' | 'teacher' | 'rest';

/** What is worth seeing first comes first. */
const order: readonly Change[] = ['gained', 'lost', 'teacher', 'rest'];

/** @param now what the student says at the moment that is looked at. */
export function changeOf(
  { reference, studentBefore, teacher }: Pick<PanelItem, 'reference' | 'studentBefore' | 'teacher'>,
  now: string,
): Change {
  const [before, after] = [studentBefore, now].map((text) => isExactMatch(text, reference));
  if (before !== after) return after ? 'gained' : 'lost';
  return !after && isExactMatch(teacher, reference) ? 'teacher' : 'rest';
}

/** Cards by what changed, otherwise in the order of the panel. */
export function byChange<T extends { change: Change }>(cards: readonly T[]): T[] {
  return [...cards].sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
}
