import { z } from 'zod';
import { recipeSchema } from '../recipe/schema.ts';
import type { StepMetrics, TrainEvent } from './events.ts';

/** The events of a run as they come from a file. Objects may hold more than the page knows; what it reads is checked. */

const stage = z.enum(['align', 'distil', 'finetune']);
const step = z.int().min(0);
const count = z.number().min(0);
const losses = z.looseObject({
  total: z.number(),
  mainCe: z.number().optional(),
  mainKl: z.number().optional(),
  regCe: z.number().optional(),
  regKl: z.number().optional(),
  regMse: z.number().optional(),
  sft: z.number().optional(),
  distillation: z.number().optional(),
});

export const stepMetricsSchema: z.ZodType<StepMetrics> = z.looseObject({
  arm: z.string(),
  step,
  stage,
  losses,
  gradientNorm: z.number(),
  learningRate: z.number(),
});

const score = z.looseObject({
  exactMatch: z.number().min(0).max(1),
  n: z.int().min(0),
  right: z.string().regex(/^[01]*$/),
  byType: z.record(z.string(), z.looseObject({ exactMatch: z.number().min(0).max(1), n: z.int().min(0) })),
});

const split = z.enum([
  'seen-style',
  'validation-style',
  'held-out-style',
  'held-out-concept',
  'held-out-composition',
]);

const arm = z.looseObject({ key: z.string(), label: z.string() });

const pictureBytes = 64 * 64 * 4;

const numbers = z.looseObject({
  mainKl: z.number(),
  mainKlZeroed: z.number(),
  mainKlShuffled: z.number(),
  mainCe: z.number(),
  mainCeZeroed: z.number(),
  mainCeShuffled: z.number(),
  questionGradient: z.number(),
  questionAttention: z.number(),
});

const failure = z.looseObject({ code: z.string(), message: z.string(), action: z.string() });

const summary = z
  .looseObject({
    split,
    questions: z.int().min(0),
    before: score,
    teacher: score,
    arms: z.array(arm.extend({ after: score })).min(1),
    otherSplits: z.array(
      z.looseObject({ split, before: score, teacher: score, arms: z.record(z.string(), score) }),
    ),
    steps: step,
    seconds: count,
    trainSeconds: count,
  })
  .refine(
    ({ before, teacher, arms }) =>
      [teacher, ...arms.map(({ after }) => after)].every(({ right }) => right.length === before.right.length),
    'the scores are of different questions',
  );

/** Every kind of event that a record holds. */
export const eventSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('start'),
    recipe: recipeSchema,
    arms: z.array(arm).min(1),
    totalSteps: step,
    stages: z.array(z.looseObject({ key: stage, from: step, to: step })),
    dataHash: z.string(),
    checkpoints: z.looseObject({ teacher: z.string(), student: z.string() }),
    trainableParameters: z.record(stage, z.int()),
  }),
  z.looseObject({ type: z.literal('status'), message: z.string(), progress: z.number().optional() }),
  z.looseObject({
    type: z.literal('panel'),
    items: z.array(
      z.looseObject({
        id: z.string(),
        type: z.string(),
        question: z.string(),
        reference: z.string(),
        picture: z
          .instanceof(Uint8ClampedArray)
          .refine(({ length }) => length === pictureBytes, 'a picture has the wrong size'),
        teacher: z.string(),
        studentBefore: z.string(),
      }),
    ),
  }),
  z.looseObject({
    type: z.literal('metrics'),
    steps: z.array(stepMetricsSchema),
    stepsPerSecond: count,
    examplesPerSecond: count,
    gpuBytes: count,
    tensors: count,
  }),
  z.looseObject({
    type: z.literal('evaluation'),
    step,
    split,
    who: z.string(),
    score,
    final: z.boolean(),
  }),
  z.looseObject({ type: z.literal('probe'), step, arm: z.string(), numbers }),
  z.looseObject({
    type: z.literal('answers'),
    step,
    arm: z.string(),
    answers: z.record(z.string(), z.string()),
  }),
  z.looseObject({ type: z.literal('stage'), stage, step }),
  z.looseObject({ type: z.literal('paused'), step }),
  z.looseObject({ type: z.literal('resumed'), step }),
  z.looseObject({ type: z.literal('stopped'), step }),
  z.looseObject({ type: z.literal('failed'), step, failure }),
  z.looseObject({ type: z.literal('done'), final: summary }),
]) as unknown as z.ZodType<TrainEvent>;

/** Kinds of event that the schema knows; a file of a newer page may hold others. */
export const knownEvents: ReadonlySet<string> = new Set<TrainEvent['type']>([
  'start',
  'status',
  'panel',
  'metrics',
  'evaluation',
  'probe',
  'answers',
  'stage',
  'paused',
  'resumed',
  'stopped',
  'failed',
  'done',
]);
