import type { StepMetrics } from './events.ts';

/** Whether numbers are those of a seed; a run that has one does not say which. @param wanted undefined where any will do */
export function isOfSeed({ seed }: Pick<StepMetrics, 'seed'>, wanted: number | undefined): boolean {
  return seed === undefined || wanted === undefined || seed === wanted;
}
