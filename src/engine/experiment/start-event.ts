import type { StageKey } from '../method/stages.ts';
import { trainableParameters } from '../method/trained.ts';
import { trainableSizes } from '../models/checkpoints/trainable-weights.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainEvent } from '../run/events.ts';
import { contentsOf, type TrainSession } from '../session.ts';
import type { Course } from './course.ts';

/** What a run says of itself before anything else. */
export function startEvent(
  session: TrainSession,
  { recipe, arms, spans, totalSteps }: Course,
): Extract<TrainEvent, { type: 'start' }> {
  const sizes = trainableSizes(session.student.checkpoint);
  const parameters = (own: Recipe) => {
    const of = (stage: StageKey) => trainableParameters(stage, own, sizes, session);
    return { align: of('align'), distil: of('distil'), finetune: of('finetune') };
  };
  return {
    type: 'start',
    recipe,
    arms: arms.map(({ key, label, recipe: own }) => ({ key, label, trainableParameters: parameters(own) })),
    totalSteps,
    stages: [...spans],
    ...contentsOf(session),
    trainableParameters: parameters(recipe),
  };
}
