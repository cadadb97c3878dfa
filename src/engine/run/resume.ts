import type { Recipe } from '../recipe/recipe.ts';
import { sameRecipe } from '../recipe/same-recipe.ts';
import type { StepMetrics, TrainEvent } from './events.ts';

/** What a state says of itself that decides where a run restored from it goes on in its telling. */
export interface StandingPoint {
  /** Updates that were done. */
  step: number;
  /** Numbers of the latest of them that the state itself holds. */
  untold: StepMetrics[];
  /** What the run goes on with. */
  recipe: Recipe;
}

/**
 * What a run that goes on tells again, in one rule: a state is saved right after an update, before the look that belongs to it, and holds the
 * numbers that were not told yet. So the record of such a run has told what came before that look, and the run tells the rest without gap or
 * repetition. What it tells all the same before it goes on, for who watches, is marked (`TrainEvent.again`) and not recorded.
 * @returns whether a run had told an event when its state was saved; of a `status` what it is about says it
 */
export function wasTold(event: TrainEvent, { step, untold, recipe }: StandingPoint): boolean {
  // Nothing is trained yet: all of it is told anew.
  if (step === 0) return false;
  if (event.type === 'metrics') {
    const told = Math.min(step, ...untold.map((numbers) => numbers.step - 1));
    return event.steps.every((numbers) => numbers.step <= told);
  }
  if (!('step' in event)) return true;
  switch (event.type) {
    case 'stage':
    case 'example':
      return event.step <= step;
    case 'recipe':
      return follows({ step, recipe }, event);
    // The state is saved before the look at its own step.
    default:
      return event.step < step;
  }
}

/** What people and accidents do to a run; one that goes on is past it. */
export function isInterruption({ type }: TrainEvent): boolean {
  return interruptions.has(type);
}

const interruptions = new Set<TrainEvent['type']>(['paused', 'resumed', 'stopped', 'failed', 'done']);

/** Whether an event changes what a page shows that has taken over the record: of what is told again, only what is happening now. */
export function isNews({ type, again }: TrainEvent): boolean {
  return !again || type === 'status' || type === 'stage';
}

/** A live change: what a run follows after the updates `step`. */
export interface Change {
  step: number;
  recipe: Recipe;
}

/** True when a state has a change behind it. It may be saved before or after the change that belongs to its step. */
export function follows(state: Change, { step, recipe }: Change): boolean {
  return step < state.step || (step === state.step && sameRecipe(recipe, state.recipe));
}
