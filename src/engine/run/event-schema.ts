import { z } from 'zod';
import { rgbaSide } from '../data/picture.ts';
import { recipeSchema } from '../recipe/schema.ts';
import { splitKeys } from '../recipe/splits.ts';
import type { StepMetrics, TrainEvent } from './events.ts';
import { measured } from './json-numbers.ts';

/** The events of a run as they come from a file. Objects may hold more than the page knows; what it reads is checked. */

const stage = z.enum(['align', 'distil', 'finetune']);
const step = z.int().min(0);
const count = measured.refine((value) => !(value < 0), 'is less than nothing');
const fraction = measured.refine((value) => !(value < 0 || value > 1), 'is no fraction');
const losses = z.looseObject({
  total: measured,
  mainCe: measured.optional(),
  mainKl: measured.optional(),
  regCe: measured.optional(),
  regKl: measured.optional(),
  regMse: measured.optional(),
  sft: measured.optional(),
  distillation: measured.optional(),
});

export const stepMetricsSchema: z.ZodType<StepMetrics> = z.looseObject({
  arm: z.string(),
  step,
  stage,
  losses,
  gradientNorm: measured,
  learningRate: measured,
});

const score = z.looseObject({
  exactMatch: fraction,
  n: z.int().min(0),
  right: z.string().regex(/^[01]*$/),
  perplexity: measured.optional(),
  byType: z.record(z.string(), z.looseObject({ exactMatch: fraction, n: z.int().min(0) })),
});

const split = z.enum(splitKeys);

const arm = z.looseObject({ key: z.string(), label: z.string() });

const numbers = z.looseObject({
  mainKl: measured,
  mainKlZeroed: measured,
  mainKlShuffled: measured,
  mainCe: measured,
  mainCeZeroed: measured,
  mainCeShuffled: measured,
  questionGradient: measured,
  questionAttention: measured,
});

const space = z.looseObject({
  width: z.int().min(1),
  teacher: z.array(measured),
  own: z.array(measured),
  explained: measured,
  cosine: measured,
  cosineOthers: measured,
});

const featureMap = z
  .looseObject({
    tokens: z.array(z.looseObject({ example: z.int().min(0), text: z.string(), first: z.boolean() })),
    teacherSpace: space,
    studentSpace: space,
  })
  .refine(
    ({ tokens, teacherSpace, studentSpace }) =>
      [teacherSpace.teacher, teacherSpace.own, studentSpace.teacher].every(
        ({ length }) => length === 2 * tokens.length,
      ) && studentSpace.own.length === 2 * tokens.filter(({ first }) => first).length,
    'a feature map has more or fewer points than tokens',
  );

const lengths = z.looseObject({ Nq: z.int().min(1), Na: z.int().min(1) });

const watchedExample = z.looseObject({
  question: z.string(),
  answer: z.string(),
  questionTokens: z.looseObject({ teacher: count, student: count }),
  answerTokens: z.looseObject({ teacher: z.array(z.string()), student: z.array(z.string()) }),
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

/** What an event of each kind that a record holds has beside its type. */
const schemas = {
  start: z.looseObject({
    recipe: recipeSchema,
    arms: z.array(arm).min(1),
    totalSteps: step,
    stages: z.array(z.looseObject({ key: stage, from: step, to: step })),
    dataHash: z.string(),
    checkpoints: z.looseObject({ teacher: z.string(), student: z.string() }),
    trainableParameters: z.record(stage, z.int()),
  }),
  status: z.looseObject({ message: z.string(), progress: measured.optional() }),
  panel: z.looseObject({
    items: z.array(
      z.looseObject({
        id: z.string(),
        type: z.string(),
        question: z.string(),
        reference: z.string(),
        picture: z
          .instanceof(Uint8ClampedArray)
          .refine(({ length }) => length > 0, 'a picture is empty')
          .refine((bytes) => Number.isInteger(rgbaSide(bytes)), 'a picture is not square'),
        teacher: z.string(),
        studentBefore: z.string(),
      }),
    ),
  }),
  metrics: z.looseObject({
    steps: z.array(stepMetricsSchema),
    stepsPerSecond: count,
    examplesPerSecond: count,
    gpuBytes: count,
    tensors: count,
  }),
  evaluation: z.looseObject({
    step,
    split,
    who: z.string(),
    score,
    final: z.boolean(),
  }),
  probe: z.looseObject({ step, arm: z.string(), numbers }),
  features: z.looseObject({ step, arm: z.string(), map: featureMap }),
  shapes: z.looseObject({ teacher: lengths, student: lengths }),
  example: z.looseObject({ step, example: watchedExample }),
  recipe: z.looseObject({ step, recipe: recipeSchema }),
  answers: z.looseObject({
    step,
    arm: z.string(),
    answers: z.record(z.string(), z.string()),
  }),
  stage: z.looseObject({ stage, step }),
  paused: z.looseObject({ step }),
  resumed: z.looseObject({ step }),
  stopped: z.looseObject({ step }),
  failed: z.looseObject({ step, failure }),
  done: z.looseObject({ final: summary }),
} satisfies Record<Exclude<TrainEvent['type'], 'step'>, z.ZodType>;

/**
 * An event as it comes from a file; undefined where a newer page knew a kind of event that this one does not.
 * @throws ZodError
 */
export function parseEvent(json: unknown): TrainEvent | undefined {
  const { type } = typed.parse(json);
  if (!Object.hasOwn(schemas, type)) return undefined;
  return schemas[type as keyof typeof schemas].parse(json) as unknown as TrainEvent;
}

const typed = z.looseObject({ type: z.string() });
