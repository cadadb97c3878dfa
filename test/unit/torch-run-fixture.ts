import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { makeTokenBatch, sequenceBounds } from '../../src/engine/data/batch.ts';
import type { Dataset } from '../../src/engine/data/dataset.ts';
import { examplePatches } from '../../src/engine/data/preprocess.ts';
import { readState } from '../../src/engine/experiment/restore.ts';
import { torchRun } from '../../src/engine/export/torch-run.ts';
import { Trainer } from '../../src/engine/experiment/trainer.ts';
import type { HostTensor, HostTensors } from '../../src/engine/models/host-tensor.ts';
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

/** A short run of the nano pair through all three stages, for PyTorch to follow: `node scripts/run.mjs test/fixtures/torch/make.ts` writes it. */
export const torchFolder = 'test/fixtures/torch';

export const torchRecipe = recipeSchema.parse({
  pair: 'nano',
  data: { ...smallData, examples: 16, labelled: 8 },
  arms: [{ key: 'sft', label: 'SFT control', change: { objective: 'sft' } }],
  stages: { align: { steps: 4 }, distil: { steps: 12 }, finetune: { steps: 4 } },
  evaluation: { everySteps: 0, liveQuestions: 8, finalQuestions: 8 },
});

/** Updates after which the run is handed on in its middle. */
export const middle = 8;

/** A run's losses as losses.json has them: by student, one object an update. */
export type TorchLosses = Record<string, { step: number; stage: string; losses: Record<string, number> }[]>;

export const readLosses = (): TorchLosses =>
  JSON.parse(readFileSync(`${torchFolder}/losses.json`, 'utf8')) as TorchLosses;

/** The run as PyTorch gets it before its first update and in its middle, what it tells, and its student at the end. */
export async function torchFixture(session: TrainSession): Promise<{
  start: Map<string, Uint8Array>;
  later: Map<string, Uint8Array>;
  losses: TorchLosses;
  student: HostTensors;
}> {
  const start = await torchRun(session, torchRecipe);
  const trainer = new Trainer(session, torchRecipe);
  const steps: StepMetrics[] = [];
  let later: Map<string, Uint8Array> | undefined;
  try {
    for await (const event of trainer.run()) {
      if (event.type === 'metrics') steps.push(...event.steps);
      if (event.type === 'step' && event.step === middle) {
        const state = readState(await trainer.save(), session, torchRecipe);
        later = await torchRun(session, torchRecipe, state);
      }
    }
    const losses: TorchLosses = {};
    for (const { arm, step, stage, losses: terms } of steps)
      (losses[arm] ??= []).push({ step, stage, losses: terms });
    return { start, later: later!, losses, student: await trainer.studentWeights() };
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
