// Neither the teacher's colour nor the student's, nor the green of what is right, nor those of the terms of a loss.
const others = [4, 6, 5, 7, ...Array.from({ length: 12 }, (_, i) => 8 + i)].map(
  (series) => `var(--series-${series})`,
);

/** The colour of an arm by its place: the recipe's own student has the student's. */
export function armColor(place: number): string {
  return place === 0 ? 'var(--student)' : others[(place - 1) % others.length]!;
}

/** The colour of a row of scores: the teacher, the untouched student, or one of the arms. */
export function scoreColor(key: string, arms: readonly { key: string }[]): string {
  return key === 'teacher' || key === 'before'
    ? `var(--${key})`
    : armColor(arms.findIndex((arm) => arm.key === key));
}

/** The colour of an earlier run, by its place among those drawn behind the present one. */
export function overlayColor(place: number): string {
  return `var(--overlay-${(place % 4) + 1})`;
}
