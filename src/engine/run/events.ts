import { z } from 'zod';
import { rgbaSide } from '../data/picture.ts';
import type { EngineErrorCode } from '../errors.ts';
import { scoreSchema } from '../evaluate/score-schema.ts';
import { measured, measuredAmount } from '../json-numbers.ts';
import type { LossTerms } from '../method/losses.ts';
import { stageKeys, type StageKey } from '../method/stages.ts';
import { recipeSchema } from '../recipe/schema.ts';
import { splitKeys } from '../recipe/splits.ts';
import { storedObject } from '../stored-object.ts';
import { probeNumbersSchema } from './probe-numbers.ts';
import { featureMapSchema } from './feature-map-numbers.ts';

/**
 * What a run tells: plain data only, so that it crosses threads unchanged. Files need `jsonNumbers`, because what is measured may not be finite.
 * Each kind of event is written once, as the schema by which it is read from a file.
 */

const stage = z.enum(stageKeys);
const step = z.int().min(0);

const losses = storedObject({
  total: measured,
  mainCe: measured.optional(),
  mainKl: measured.optional(),
  regCe: measured.optional(),
  regKl: measured.optional(),
  regMse: measured.optional(),
  sft: measured.optional(),
  distillation: measured.optional(),
} satisfies Record<keyof LossTerms, z.ZodType>);

/** Which of its arm's students is meant: absent where the run has one seed. */
const seed = z.int().min(0).optional();

/** Numbers of one update of one student. */
export const stepMetricsSchema = storedObject({
  arm: z.string(),
  seed,
  /** 1-based over the whole run. */
  step,
  stage,
  losses,
  /** Global norm before clipping. */
  gradientNorm: measured,
  learningRate: measured,
});
export type StepMetrics = z.infer<typeof stepMetricsSchema>;

/** The questions that are asked: which drawings or facts they are about. */
const split = z.enum(splitKeys);

/** One of the students trained side by side. */
const arm = storedObject({ key: z.string(), label: z.string() });
export type ArmReport = z.infer<typeof arm>;

/** RGBA bytes, square, for display. */
const picture = z
  .instanceof(Uint8ClampedArray<ArrayBuffer>)
  .refine(({ length }) => length > 0, 'a picture is empty')
  .refine((bytes) => Number.isInteger(rgbaSide(bytes)), 'a picture is not square');

/** One question of the live panel with what each model says. */
const panelItem = storedObject({
  id: z.string(),
  type: z.string(),
  question: z.string(),
  reference: z.string(),
  /** Absent where the question is about none. */
  picture: picture.optional(),
  teacher: z.string(),
  studentBefore: z.string(),
});
export type PanelItem = z.infer<typeof panelItem>;

/** A model's likeliest tokens in one place, best first. */
const likeliest = z.array(storedObject({ text: z.string(), probability: measured }));

/** An example of the batch, as both models read it. */
const watchedExample = storedObject({
  question: z.string(),
  answer: z.string(),
  /** The picture's tokens included. */
  questionTokens: storedObject({ teacher: measuredAmount, student: measuredAmount }),
  answerTokens: storedObject({ teacher: z.array(z.string()), student: z.array(z.string()) }),
  /** Absent where the example is about none, and in records of earlier pages. */
  picture: picture.optional(),
  /**
   * What the teacher's head made in this step, in the place of the answer's first token, of the teacher's own features and of the recalibrated ones;
   * absent where nothing is recalibrated.
   */
  heads: storedObject({ teacher: likeliest, recalibrator: likeliest }).optional(),
});
export type WatchedExample = z.infer<typeof watchedExample>;

const lengths = storedObject({ Nq: z.int().min(1), Na: z.int().min(1) });

const failure = storedObject({
  // A newer page may have codes of its own.
  code: z.custom<EngineErrorCode>((value) => typeof value === 'string', 'is no text'),
  message: z.string(),
  action: z.string(),
  /** The arm that it is about, where it is about one. */
  arm: z.string().optional(),
});

const summary = storedObject({
  /** Which questions were asked. */
  split,
  questions: z.int().min(0),
  /** The student before the first step: the same for every arm. */
  before: scoreSchema,
  teacher: scoreSchema,
  /** Every arm after the last step, the recipe's own first: its student, of several seeds the first one's, and then all of them in the order of their seeds. */
  arms: z.array(arm.extend({ after: scoreSchema, seeds: z.array(scoreSchema).min(2).optional() })).min(1),
  /** The same of further splits, where the recipe asks for them; `arms` by key. */
  otherSplits: z.array(
    storedObject({
      split,
      before: scoreSchema,
      teacher: scoreSchema,
      arms: z.record(z.string(), scoreSchema),
    }),
  ),
  steps: step,
  seconds: measuredAmount,
  trainSeconds: measuredAmount,
}).refine(
  ({ before, teacher, arms }) =>
    [teacher, ...arms.map(({ after }) => after)].every(({ right }) => right.length === before.right.length),
  'the scores are of different questions',
);
export type RunSummary = z.infer<typeof summary>;

/** `type` stands last, as in every record that this page has read and written again. */
function event<Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) {
  return [type, storedObject({ ...shape, type: z.literal(type) })] as const;
}

/** Every kind of event that a record holds. */
const recorded = [
  event('start', {
    recipe: recipeSchema,
    /** The recipe's own first; how much each trains is absent in records of earlier pages. */
    arms: z.array(arm.extend({ trainableParameters: z.record(stage, z.int()).optional() })).min(1),
    totalSteps: step,
    stages: z.array(storedObject({ key: stage, from: step, to: step })),
    dataHash: z.string(),
    /** Hashes of the two checkpoints' integrity lists. */
    checkpoints: storedObject({ teacher: z.string(), student: z.string() }),
    /** Of the recipe's own arm. */
    trainableParameters: z.record(stage, z.int()),
  }),
  /** What is happening before the first step and between steps, in words, with progress 0–1 where known. */
  event('status', { message: z.string(), progress: measured.optional() }),
  event('panel', { items: z.array(panelItem) }),
  event('metrics', {
    steps: z.array(stepMetricsSchema),
    stepsPerSecond: measuredAmount,
    examplesPerSecond: measuredAmount,
    gpuBytes: measuredAmount,
    tensors: measuredAmount,
  }),
  event('evaluation', {
    step,
    split,
    /** An arm's key; “before” for the untouched student, which every arm shares; “teacher”. */
    who: z.string(),
    seed,
    score: scoreSchema,
    final: z.boolean(),
  }),
  event('probe', { step, arm: z.string(), numbers: probeNumbersSchema }),
  event('features', { step, arm: z.string(), map: featureMapSchema }),
  /** How long questions and answers are in each model's tokens, padding included; the same for the whole run. */
  event('shapes', { teacher: lengths, student: lengths }),
  /** The first example of a single step's batch, when somebody watches single steps. */
  event('example', { step, example: watchedExample }),
  /** What an arm says to the panel's questions, by their ids. */
  event('answers', { step, arm: z.string(), answers: z.record(z.string(), z.string()) }),
  event('stage', { stage, step }),
  /** From the step after this one on the run follows another recipe, which differs in live fields. */
  event('recipe', { step, recipe: recipeSchema }),
  event('paused', { step }),
  event('resumed', { step }),
  event('stopped', { step }),
  event('failed', { step, failure }),
  event('done', { final: summary }),
] as const;

type RecordedEvent = z.infer<(typeof recorded)[number][1]>;

/** An update of every arm was submitted; its numbers come with the packed readback of this or a later step. Not pulling here pauses the run. */
interface StepEvent {
  type: 'step';
  step: number;
  stage: StageKey;
}

export type TrainEvent = (RecordedEvent | StepEvent) & {
  /** Set where a run that goes on tells what its record had before the state was saved: for who watches, not for the record. */
  again?: true;
};

const schemas = new Map<string, z.ZodType<RecordedEvent>>(recorded);
const typed = storedObject({ type: z.string() });

/**
 * An event as it comes from a file; undefined where a newer page knew a kind of event that this one does not.
 * @throws ZodError
 */
export function parseEvent(json: unknown): TrainEvent | undefined {
  return schemas.get(typed.parse(json).type)?.parse(json);
}
