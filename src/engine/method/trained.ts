import type { VlmConfig } from '../models/config.ts';
import { weightParts } from '../models/weight-parts.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainSession } from '../session.ts';
import type { StageKey } from '../run/events.ts';
import { dskdShapes } from '../train/dskd-arm.ts';
import { recalibratorShapes } from '../tfjs/recalibrator.ts';

/** Weight names of the two trained parts. */
export interface TrainedParts {
  student: Iterable<string>;
  recalibrator: Iterable<string>;
}

/** Names each stage trains (genrecal, “Losses”): Recalibrator first, then the student without and with its encoder. */
export function trainedNames(
  stage: StageKey,
  recipe: Recipe,
  config: VlmConfig,
  parts: TrainedParts,
): string[] {
  const recalibrator = [...parts.recalibrator].filter(
    (name) => recipe.recalibrator.normBeforeProjection || name !== 'rec.norm.weight',
  );
  if (stage === 'align') return recalibrator;
  const partOf = weightParts(config);
  const used = [...parts.student].filter((name) => partOf.has(name));
  const encoder = stage === 'distil' && recipe.student.visionEncoder === 'trained';
  const student = [
    ...used.filter((name) => partOf.get(name) !== 'vision'),
    ...(encoder ? used.filter((name) => partOf.get(name) === 'vision') : []),
  ];
  return stage === 'distil' && recipe.recalibrator.inDistil === 'trained'
    ? [...recalibrator, ...student]
    : student;
}

/** How many numbers a stage of a recipe trains. */
export function trainableParameters(
  stage: StageKey,
  recipe: Recipe,
  { student, teacher }: Pick<TrainSession, 'student' | 'teacher'>,
): number {
  const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  const { depth } = recipe.recalibrator;
  const recalibrator =
    recipe.objective === 'genrecal' ? recalibratorShapes(student.config, teacher.config, depth) : [];
  const sizes = new Map([
    ...[...student.checkpoint.tensors].map(([name, { data }]) => [name, data.length] as const),
    ...recalibrator.map(({ name, shape }) => [name, size(shape)] as const),
  ]);
  const names = trainedNames(stage, recipe, student.config, {
    student: student.checkpoint.tensors.keys(),
    recalibrator: recalibrator.map(({ name }) => name),
  });
  const beside =
    stage === 'distil' && recipe.objective === 'dskd' ? dskdShapes(student.config, teacher.config) : [];
  return (
    names.reduce((sum, name) => sum + sizes.get(name)!, 0) +
    beside.reduce((sum, { shape }) => sum + size(shape), 0)
  );
}
