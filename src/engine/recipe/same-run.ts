import { armsOf } from './arms.ts';
import { usesLogits } from './objectives.ts';
import type { Recipe } from './recipe.ts';

/** Two recipes with the same text train the same. */
export function whatIsTrained(recipe: Recipe): string {
  const { labelled, examples } = recipe.data;
  // With every label given, what would become of the others does not matter.
  const allLabelled = labelled === 0 || labelled >= examples;
  return JSON.stringify(
    allLabelled
      ? { ...recipe, data: { ...recipe.data, labelled: 0, unlabelled: 'ignored', unlabelledStyles: [] } }
      : recipe,
  );
}

/**
 * Two arms' recipes with the same text teach the same, update by update: they differ, if at all, in fields that the student's objective does not
 * read.
 */
export function whatIsLearnt(own: Recipe): string {
  const { recalibrator, objective } = own;
  return whatIsTrained({
    ...own,
    stages: stagesThatCount(own),
    loss: lossThatCounts(own),
    recalibrator: objective === 'genrecal' ? recalibrator : unread,
  });
}

/** Two recipes with the same text make the same run. */
export function whatIsRun(recipe: Recipe): string {
  return JSON.stringify(armsOf(recipe).map(({ recipe: own }) => whatIsLearnt(own)));
}

/** What stands for the Recalibrator of those who have none. */
const unread: Recipe['recalibrator'] = {
  depth: 1,
  reassignPositions: true,
  normBeforeProjection: true,
  inDistil: 'trained',
  answerFeatures: 'teacher-body',
};

/** Stages with no rates where nothing is trained. */
function stagesThatCount({ stages, objective }: Recipe): Recipe['stages'] {
  const read = <T extends { steps: number }>(stage: T, trains = true): T =>
    stage.steps > 0 && trains ? stage : { ...stage, learningRate: 0, finalLearningRate: 0 };
  return {
    align: read(stages.align, objective === 'genrecal'),
    distil: read(stages.distil),
    finetune: read(stages.finetune),
  };
}

function lossThatCounts({ loss, objective }: Recipe): Recipe['loss'] {
  const genrecal = objective === 'genrecal';
  return {
    ...loss,
    ...((loss.regulariser === 'none' || !genrecal) && { regulariserWeight: 0, regulariserInDistil: false }),
    ...(!usesLogits(objective) && { distillation: 0 }),
    ...(!genrecal && {
      mainCe: 0,
      mainKl: 0,
      regulariser: 'none' as const,
      temperature: 1,
      firstAnswerToken: true,
    }),
  };
}
