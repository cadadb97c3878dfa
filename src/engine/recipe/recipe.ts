import { z } from 'zod';
import { isReserved, mayDiffer } from './arm-keys.ts';
import { objectiveKeys } from './objectives.ts';
import { ownDataKey } from '../own-data-key.ts';
import { examSplits, finalSplit, splitKeys, tasks } from './splits.ts';
import { labelsAlone, sameAnswers } from './standard-arms.ts';
import { asTyped } from './text/plain-words.ts';

// The page runs under a content-security policy without eval.
z.config({ jitless: true });

// A number may still be the text that somebody types: then its message says how it would be read.
const whole = () =>
  z.int({ error: ({ code, input }) => (code === 'invalid_type' ? asTyped(input, 'whole') : undefined) });
const real = () =>
  z.number({ error: ({ code, input }) => (code === 'invalid_type' ? asTyped(input, 'any') : undefined) });

const weight = (value: number) => real().min(0).max(100).default(value);
const steps = (value: number) => whole().min(0).max(100_000).default(value);
const rate = (value: number) => real().min(0).max(1).default(value);

/** Length and learning rate of one stage; the rate falls linearly from `from` to `to` over the stage (paper). */
const stage = (count: number, from: number, to: number) =>
  z
    .strictObject({
      steps: steps(count).describe('Optimiser updates in this stage.'),
      learningRate: rate(from).describe('AdamW learning rate at the first step of the stage.'),
      finalLearningRate: rate(to).describe('Learning rate at the last step; linear in between.'),
    })
    .prefault({});

/** Linear layers of a decoder that LoRA may adapt, by PEFT's names. */
export const loraTargets = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const;

const arm = z.strictObject({
  key: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'Use up to 40 small letters, digits and hyphens.')
    .refine((key) => !isReserved(key), {
      error: ({ input }) => `“${String(input)}” already means something else in results: choose another key.`,
    })
    .describe('Name in results and saved states.'),
  label: z.string().min(1).max(60),
  change: z
    .record(
      z.string().refine(mayDiffer, {
        message:
          'Arms share data, seed and updates: only objective, loss, recalibrator, student, optimiser, learning rates and data.unlabelled may differ.',
      }),
      z.union([z.string(), z.number(), z.boolean()]),
    )
    .describe('Fields in which this arm differs from the recipe, by path.'),
});

/** Low-rank adapters beside frozen weights (Hu et al. 2022): y = W·x + (alpha / rank)·B·A·x. */
const lora = z.strictObject({
  rank: whole()
    .min(1)
    .max(256)
    .default(8)
    .describe('Rows of A and columns of B: how much the adapters can learn, and how much they take.'),
  alpha: real().positive().max(1024).default(16).describe('B·A is multiplied by alpha / rank.'),
  targets: z
    .array(z.enum(loraTargets))
    .min(1, 'Choose at least one layer for LoRA.')
    .default([...loraTargets])
    .describe(
      'Layers of the student’s decoder that get an A and a B: query, key, value and output of attention; gate, up and down of the MLP.',
    ),
});
export type Lora = z.output<typeof lora>;

/** LoRA in a recipe that says nothing else of it. */
export const usualLora: Lora = lora.parse({});

/**
 * Everything that decides a run. Same recipe, data hash and device ⇒ the same losses, bit for bit.
 * Defaults are the paper's where it states one; options that are ours say so.
 */
export const recipeFields = z.strictObject({
  version: z.literal(1).default(1),
  pair: z.string().min(1).default('mini').describe('Teacher and student, by key in checkpoints/index.json.'),
  seed: whole()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1)
    .describe('Seed of the training set, of the Recalibrator’s initial weights and of the batches.'),
  seeds: whole()
    .min(1)
    .max(32)
    .default(1)
    .describe(
      'How many students every arm trains, all at once: with this seed and the next ones, each with its own Recalibrator, batches and order. The training set and the teacher’s answers are the same for all. An objective over logits trains them one after the other, and takes as many times as long.',
    ),
  objective: z
    .enum(objectiveKeys)
    .default('genrecal')
    .describe(
      'What the student learns by in stage 2; stages without a part in it are left out or plain SFT.',
    ),
  arms: z
    .array(arm)
    .max(16, 'Compare with at most 16 others.')
    .default([labelsAlone, sameAnswers])
    .describe(
      'Other students trained beside this one, step by step on the same batches: same seed, data order and number of student updates.',
    ),

  data: z
    .strictObject({
      own: z
        .string()
        .regex(ownDataKey, 'Use “name@hash”, with 12 digits of the hash.')
        .optional()
        .describe(
          'A person’s own pictures or questions, by name and hash; kinds of question and styles then mean nothing.',
        ),
      tasks: z
        .array(z.enum(tasks))
        .min(1, 'Choose at least one kind of question.')
        .default(['name', 'kind'])
        .describe('Kinds of question to train and evaluate on.'),
      styles: z
        .array(z.string())
        .min(1, 'Choose at least one drawing style.')
        .default(['noto', 'twemoji', 'fluent-emoji-flat', 'emojione'])
        .describe('Drawing styles of the training pictures. Held-out styles are refused.'),
      unlabelledStyles: z
        .array(z.string())
        .default([])
        .describe(
          'Drawing styles of the examples without a true answer; none = the same. May be a style that neither model was trained on, where the teacher is less sure.',
        ),
      views: z
        .enum(['plain', 'augmented'])
        .default('plain')
        .describe(
          'How training pictures are shown: as drawn, or every example in a view of its own, moved, bent and recoloured by the seed. The same for teacher and student.',
        ),
      examples: whole()
        .min(1)
        .max(100_000)
        .default(4096)
        .describe('Size of the training set; batches are drawn from it in seeded order, epoch by epoch.'),
      batchSize: whole().min(1).max(256).default(16).describe('Questions per update.'),
      labelled: whole()
        .min(0)
        .max(100_000)
        .default(256)
        .describe(
          'How many examples have their true answer; 0 = all. The others are pictures and questions only.',
        ),
      unlabelled: z
        .enum(['teacher-answers', 'ignored', 'shuffled-answers'])
        .default('teacher-answers')
        .describe(
          'Examples without a true answer: answered by the teacher before training; left out (then the labelled ones repeat, at the same number of updates); or answered by the teacher with its answers shuffled among the questions, to see that a bad teacher shows.',
        ),
    })
    .prefault({}),

  stages: z
    .strictObject({
      align: stage(60, 2e-3, 2e-4).describe('Stage 1: the Recalibrator alone, L_main + L_reg.'),
      distil: stage(680, 2e-3, 2e-4).describe('Stage 2: Recalibrator and student, L_main + L_sft.'),
      finetune: stage(60, 5e-4, 5e-5).describe(
        'Stage 3: student alone, L_sft; teacher and Recalibrator dropped.',
      ),
    })
    .prefault({}),

  recalibrator: z
    .strictObject({
      depth: whole().min(1).max(20).default(2).describe('Decoder blocks in Rec-body (paper: 2).'),
      reassignPositions: z
        .boolean()
        .default(true)
        .describe('“NPE”: position ids 0…n−1 over the joined sequence instead of each model’s own.'),
      normBeforeProjection: z
        .boolean()
        .default(true)
        .describe('RMSNorm between Rec-body and Rec-proj-post (ours; the paper is silent).'),
      inDistil: z
        .enum(['trained', 'frozen'])
        .default('trained')
        .describe('Whether stage 2 goes on training the Recalibrator.'),
      answerFeatures: z
        .enum(['teacher-body', 'teacher-embedding'])
        .default('teacher-body')
        .describe(
          'What stands for the answer in the Recalibrator’s input: z_al (paper) or the teacher’s token embeddings (ours), which cannot already contain the next token.',
        ),
    })
    .prefault({}),

  loss: z
    .strictObject({
      mainCe: weight(1).describe('Weight of CE(H_l(r_al), gt_l).'),
      mainKl: weight(1).describe('Weight of KL(H_l(z_al) ‖ H_l(r_al)).'),
      sft: weight(1).describe('Weight of CE(H_s(z_as), gt_s) in stage 2.'),
      distillation: weight(1).describe('Weight of the objective’s own term, where it is not GenRecal’s.'),
      regulariser: z
        .enum(['ce+kl', 'ce', 'kl', 'feature-mse', 'none'])
        .default('ce+kl')
        .describe('Form of L_reg.'),
      regulariserWeight: weight(1).describe('Weight of L_reg; its two terms keep the weights of L_main’s.'),
      regulariserInDistil: z.boolean().default(false).describe('Keep L_reg in stage 2.'),
      temperature: real()
        .min(0.1)
        .max(20)
        .default(1)
        .describe('Softmax temperature of the KL term (paper: 1).'),
      firstAnswerToken: z
        .boolean()
        .default(true)
        .describe(
          'Also score the first answer token, from the last question position (ours; short answers need it).',
        ),
    })
    .prefault({}),

  student: z
    .strictObject({
      visionEncoder: z
        .enum(['trained', 'frozen'])
        .default('frozen')
        .describe(
          'Whether stage 2 trains the student’s vision encoder (paper: trained; that it is not by default is ours). Stage 3 never does (paper).',
        ),
      lora: lora
        .optional()
        .describe(
          'LoRA: the student’s own weights stay as they are; beside each chosen layer two small matrices are trained, whose product B·A is added to it.',
        ),
    })
    .refine(({ lora, visionEncoder }) => lora === undefined || visionEncoder === 'frozen', {
      path: ['visionEncoder'],
      message:
        'LoRA leaves the student’s own weights as they are: freeze its vision encoder, or turn LoRA off.',
    })
    .prefault({}),

  optimiser: z
    .strictObject({
      beta1: real().min(0).max(0.9999).default(0.9),
      beta2: real().min(0).max(0.99999).default(0.999),
      epsilon: real().min(1e-12).max(1).default(1e-8),
      weightDecay: real().min(0).max(1).default(0.01).describe('Decoupled; matrices only.'),
      clipNorm: real().min(0).max(1000).default(1).describe('Global gradient-norm clip; 0 = off.'),
    })
    .prefault({}),

  evaluation: z
    .strictObject({
      split: z
        .enum(examSplits)
        .default(finalSplit)
        .describe(
          'What to ask about. Choose settings on the validation style or facts; keep the held-out ones for the last word.',
        ),
      everySteps: steps(60).describe(
        'Held-out accuracy and answers every so many steps, and after each stage; 0 = only before and after.',
      ),
      liveQuestions: whole().min(8).max(512).default(96).describe('Questions in the live curve.'),
      finalQuestions: whole()
        .min(8)
        .max(512)
        .default(480)
        .describe('Questions before the first and after the last step.'),
      otherSplits: z
        .array(z.enum(splitKeys))
        .default([])
        .describe(
          'Splits asked as well before the first and after the last step, the same number of questions each.',
        ),
    })
    .prefault({}),

  logEverySteps: whole().min(1).max(1000).default(5).describe('Steps per readback of the packed metrics.'),

  blind: z
    .literal(true)
    .optional()
    .describe(
      'A class is to guess what this recipe does: names that would tell are left out until somebody reveals it.',
    ),
});

/** A complete recipe. */
export type Recipe = z.output<typeof recipeFields>;
/** What a person writes: every field optional. */
export type RecipeInput = z.input<typeof recipeFields>;
