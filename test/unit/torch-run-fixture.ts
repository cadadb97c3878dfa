import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { makeTokenBatch, sequenceBounds } from '../../src/engine/data/batch.ts';
import type { Dataset } from '../../src/engine/data/dataset.ts';
import { examplePatches } from '../../src/engine/data/preprocess.ts';
import { readState } from '../../src/engine/experiment/restore.ts';
import { torchRun } from '../../src/engine/export/torch-run.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import type { HostTensor, HostTensors } from '../../src/engine/models/host-tensor.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import type { StepMetrics } from '../../src/engine/run/events.ts';
import type { LoadedModel, TrainSession } from '../../src/engine/session.ts';
import { answerAll } from '../../src/engine/tfjs/answer.ts';
import { answerPredictors, sequenceFeatures } from '../../src/engine/tfjs/features.ts';
import { modelInputs } from '../../src/engine/tfjs/inputs.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { labelledExamples } from '../../src/engine/train/training-set.ts';
import { smallData } from './loaded.ts';

/** Short runs through all three stages, for PyTorch to follow: `node scripts/run.mjs test/fixtures/torch/make.ts` writes them. */
export const torchFolder = 'test/fixtures/torch';
export const textFolder = `${torchFolder}/text`;

const stages = { align: { steps: 4 }, distil: { steps: 12 }, finetune: { steps: 4 } };
const evaluation = { everySteps: 0, liveQuestions: 8, finalQuestions: 8 };

/** Of the nano pair: beside GenRecal plain cross-entropy, and GenRecal with LoRA, whose first stage is as short as its Recalibrator. */
export const torchRecipe = recipeSchema.parse({
  pair: 'nano',
  data: { ...smallData, examples: 16, labelled: 8 },
  arms: [
    { key: 'sft', label: 'SFT control', change: { objective: 'sft' } },
    { key: 'lora', label: 'LoRA', change: { 'student.lora.rank': 4, 'recalibrator.depth': 1 } },
  ],
  stages,
  evaluation,
});

/** Of the pair that reads text alone, in the shape of its other tests. */
export const textRecipe = recipeSchema.parse({
  pair: 'text',
  data: { tasks: ['larger'], examples: 16, labelled: 8, batchSize: 8 },
  arms: [],
  stages,
  evaluation: { ...evaluation, split: 'held-out-text' },
});

/** Updates after which the run is handed on in its middle. */
export const middle = 8;

/** A run's losses as losses.json has them: by student, one object an update. */
export type TorchLosses = Record<string, { step: number; stage: string; losses: Record<string, number> }[]>;

export const readLosses = (folder: string): TorchLosses =>
  JSON.parse(readFileSync(`${folder}/losses.json`, 'utf8')) as TorchLosses;

/** A run as PyTorch gets it before its first update and in its middle, what it tells, and its students at the end. */
export async function torchFixture(
  session: TrainSession,
  recipe: Recipe,
): Promise<{
  start: Map<string, Uint8Array>;
  later: Map<string, Uint8Array>;
  losses: TorchLosses;
  students: Map<string, HostTensors>;
}> {
  const start = await torchRun(session, recipe);
  const trainer = new Trainer(session, recipe);
  const steps: StepMetrics[] = [];
  let later: Map<string, Uint8Array> | undefined;
  try {
    for await (const event of trainer.run()) {
      if (event.type === 'metrics') steps.push(...event.steps);
      if (event.type === 'step' && event.step === middle) {
        const state = readState(await trainer.save(), session, recipe);
        later = await torchRun(session, recipe, state);
      }
    }
    const losses: TorchLosses = {};
    for (const { arm, step, stage, losses: terms } of steps)
      (losses[arm] ??= []).push({ step, stage, losses: terms });
    const students = new Map<string, HostTensors>();
    for (const { key } of armsOf(recipe)) students.set(key, await trainer.studentWeights(key));
    return { start, later: later!, losses, students };
  } finally {
    trainer.dispose();
  }
}

/** What a student says to the first questions of the run, and its logits [B, Na, V] of the right answers. */
export async function studentLook(
  session: TrainSession,
  student: LoadedModel,
): Promise<{
  questions: { question: string; answer: string; said: string; ids: number[]; answerIds: number[] }[];
  logits: HostTensor;
}> {
  const { data } = session;
  const examples = labelledExamples({ data }, torchRecipe).slice(0, 4);
  const { tokenizer, config } = student;
  const vlm = new Vlm(config, uploadWeights(student.checkpoint.tensors));
  const said = await answerAll(vlm, student, examples, data);
  const logits = await answerLogits(vlm, student, data, examples);
  return {
    questions: examples.map(({ question, answer }, i) => ({
      question,
      answer,
      said: said[i]!,
      ids: tokenizer.encodeQuestion(question),
      answerIds: tokenizer.encodeAnswer(answer),
    })),
    logits,
  };
}

async function answerLogits(
  vlm: Vlm,
  { tokenizer, config, checkpoint }: LoadedModel,
  data: Dataset,
  examples: ReturnType<typeof labelledExamples>,
): Promise<HostTensor> {
  const tokens = makeTokenBatch(tokenizer, examples, sequenceBounds(tokenizer, examples));
  const inputs = modelInputs(config, tokens, examplePatches({ config, checkpoint }, data, examples));
  const logits = tf.tidy(() => vlm.head(answerPredictors(sequenceFeatures(vlm, inputs), inputs)));
  const values = await logits.data<'float32'>();
  const width = config.text.vocabularySize;
  return { shape: [examples.length, tokens.Na, width], data: values };
}
