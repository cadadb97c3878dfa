import type { StageKey } from '../method/stages.ts';
import { trainableParameters } from '../method/trained.ts';
import { trainableSizes } from '../models/checkpoints/trainable-weights.ts';
import type { TrainEvent } from '../run/events.ts';
import type { TrainSession } from '../session.ts';
import type { Course } from './course.ts';

/** What a run says of itself before anything else. */
export function startEvent(
  session: TrainSession,
  { recipe, arms, spans, totalSteps }: Course,
): Extract<TrainEvent, { type: 'start' }> {
  const { teacher, student, data } = session;
  const sizes = trainableSizes(student.checkpoint);
  const parameters = (stage: StageKey) => trainableParameters(stage, recipe, sizes, session);
  return {
    type: 'start',
    recipe,
    arms: arms.map(({ key, label }) => ({ key, label })),
    totalSteps,
    stages: [...spans],
    dataHash: data.hash,
    checkpoints: { teacher: teacher.checkpoint.hash, student: student.checkpoint.hash },
    trainableParameters: {
      align: parameters('align'),
      distil: parameters('distil'),
      finetune: parameters('finetune'),
    },
  };
}
