import type { AskedItem } from '../side-by-side/use-asked.ts';

/** How well a question shows that a student learns from a teacher; the first rule that holds decides. */
const rules: readonly ((asked: AskedItem, learned: boolean) => boolean)[] = [
  // Learned at this moment, from a teacher who knew.
  ({ right }, learned) => learned && right.teacher,
  (_, learned) => learned,
  ({ change, right }) => change === 'gained' && right.teacher,
  ({ change }) => change === 'gained',
  // What there is to learn.
  ({ right }) => right.teacher && !right.now && !right.before,
];

/**
 * The question that is shown large by itself: one whose answer has just become right, or else one that the student has learned, or that it could.
 * The one that is shown stays while no other is better.
 * @param wasRight whether the student was right the time before, by id
 */
export function featured(
  asked: readonly AskedItem[],
  shown: string | undefined,
  wasRight: (asked: AskedItem) => boolean,
): AskedItem | undefined {
  const rank = (one: AskedItem) => {
    const rule = rules.findIndex((holds) => holds(one, one.right.now && !wasRight(one)));
    return rule < 0 ? rules.length : rule;
  };
  const present = asked.find(({ item }) => item.id === shown);
  return asked.reduce<AskedItem | undefined>(
    (best, one) => (best === undefined || rank(one) < rank(best) ? one : best),
    present,
  );
}
