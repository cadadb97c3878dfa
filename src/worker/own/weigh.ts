import type { MemoryParts } from '../../engine/train/memory-parts.ts';
import { numbersIn } from '../../engine/method/trained.ts';
import { Rehearsal } from '../../engine/experiment/rehearsal.ts';
import { parseRecipe } from '../../engine/recipe/schema.ts';
import { usualLora, type Recipe } from '../../engine/recipe/recipe.ts';
import type { TrainSession } from '../../engine/session.ts';

/** What a run takes, by what it is for; bytes. */
export interface Weight extends Fit {
  parts: { part: string; place: 'GPU' | 'computer'; bytes: number }[];
  /** The largest buffer that the adapter gives, and the largest part of one that it binds. */
  limits: { buffer: number; binding: number };
  /** Changes of the recipe that take less, each alone. */
  switches: ({ change: string } & Fit)[];
}

/** What a recipe needs of an adapter. */
interface Fit {
  /** Most that the GPU has to hold at a time, a run's own buffers. */
  gpuBytes: number;
  /** The largest buffer that is needed, and the largest part of one. */
  largest: { buffer: number; binding: number };
  /** Whether the adapter gives as much at a time; how much it has in all, none says. */
  fits: boolean;
}

const names: Record<keyof MemoryParts, string> = {
  teacher: 'Teacher: weights',
  frozen: 'Student: weights that stay as they are',
  trained: 'Trained weights: student or adapters, Recalibrator',
  optimiser: 'Their gradients and moments',
  features: 'Kept features',
  pictures: 'Pictures',
  passes: 'Activations and answers',
};

/**
 * Weighs a run before anything of it is loaded: every pass is recorded over buffers that do not exist. Weights may be missing (`sketchModel`); what
 * the teacher will answer stands in as true answers.
 */
export function weigh(session: TrainSession, recipe: Recipe): Weight {
  const { maxBufferSize, maxStorageBufferBindingSize } = session.device.gpu.limits;
  const limits = { buffer: maxBufferSize, binding: maxStorageBufferBindingSize };
  const rehearsed = (own: Recipe): Fit & { parts: MemoryParts } => {
    const { gpuBytes, parts, largest } = new Rehearsal(session, own);
    const fits = largest.buffer <= limits.buffer && largest.binding <= limits.binding;
    return { gpuBytes, parts, largest, fits };
  };
  const { parts, ...fit } = rehearsed(recipe);
  const { teacher, student } = session;
  return {
    ...fit,
    limits,
    parts: [
      ...(Object.keys(names) as (keyof MemoryParts)[]).map((key) => ({
        part: names[key],
        place: 'GPU' as const,
        bytes: parts[key],
      })),
      {
        part: 'Both models as they were loaded',
        place: 'computer',
        bytes:
          4 * numbersIn([...teacher.checkpoint.tensors.values(), ...student.checkpoint.tensors.values()]),
      },
    ],
    switches: changes(recipe).flatMap(({ change, recipe: own }) => {
      const { parts: _, ...other } = rehearsed(own);
      return other.gpuBytes < fit.gpuBytes ? [{ change, ...other }] : [];
    }),
  };
}

/** What a person may change to need less. */
function changes(recipe: Recipe): { change: string; recipe: Recipe }[] {
  const { arms, data, seeds, student } = recipe;
  const found: { change: string; recipe: Recipe }[] = [];
  if (student.lora === undefined)
    found.push({
      change: 'LoRA in place of the student’s own weights',
      recipe: { ...recipe, student: { ...student, visionEncoder: 'frozen', lora: usualLora } },
    });
  if (student.visionEncoder === 'trained')
    found.push({
      change: 'vision encoder frozen, its features kept',
      recipe: { ...recipe, student: { ...student, visionEncoder: 'frozen' } },
    });
  if (arms.length > 0) found.push({ change: 'no students beside it', recipe: { ...recipe, arms: [] } });
  if (seeds > 1) found.push({ change: 'one seed', recipe: { ...recipe, seeds: 1 } });
  if (data.batchSize > 1) {
    const batchSize = Math.ceil(data.batchSize / 4);
    found.push({ change: `batch of ${batchSize}`, recipe: { ...recipe, data: { ...data, batchSize } } });
  }
  // What a recipe refuses is nobody's way out.
  return found.filter(({ recipe: own }) => parseRecipe(own).ok);
}
