import type { Arm } from '../../recipe/arms.ts';
import { lists } from './lists.ts';
import type { SharedRun } from './shared-run.ts';
import { WgslStepper } from './wgsl-stepper.ts';

/**
 * Steppers for all students of a run: those whose updates are the same kernels in one list, or in several that take turns, the first of which leads.
 * @param atOnce most students of a list
 */
export function steppers<T extends { arm: Arm; seed: number }>(
  shared: SharedRun,
  students: readonly T[],
  atOnce: number,
): { stepper: WgslStepper; students: T[] }[] {
  const member = ({ arm, seed }: T) => ({ recipe: arm.recipe, seed });
  return lists(students).flatMap((kind) => {
    const found: { stepper: WgslStepper; students: T[] }[] = [];
    for (let from = 0; from < kind.length; from += atOnce) {
      const own = kind.slice(from, from + atOnce);
      found.push({ stepper: new WgslStepper(shared, own.map(member), found[0]?.stepper), students: own });
    }
    return found;
  });
}
