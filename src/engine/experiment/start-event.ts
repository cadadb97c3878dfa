import type { StageKey } from '../method/stages.ts';
import { trainableParameters } from '../method/trained.ts';
import { trainableSizes } from '../models/checkpoints/trainable-weights.ts';
import type { TrainEvent } from '../run/events.ts';
import { contentsOf, type TrainSession } from '../session.ts';
import type { Course } from './course.ts';

/** What a run says of itself before anything else. */
export function startEvent(
  session: TrainSession,
  { recipe, arms, spans, totalSteps }: Course,
): Extract<TrainEvent, { type: 'start' }> {
  const sizes = trainableSizes(session.student.checkpoint);
  const parameters = (stage: StageKey) => trainableParameters(stage, recipe, sizes, session);
  return {
    type: 'start',
    recipe,
    arms: arms.map(({ key, label }) => ({ key, label })),
    totalSteps,
    stages: [...spans],
    ...contentsOf(session),
    trainableParameters: {
      align: parameters('align'),
      distil: parameters('distil'),
      finetune: parameters('finetune'),
    },
  };
}
