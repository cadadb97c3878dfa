import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sequenceBounds } from '../../src/engine/data/batch.ts';
import { evaluationExamples } from '../../src/engine/data/questions.ts';
import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import { answerAll } from '../../src/engine/evaluate/answer.ts';
import { FrozenAnswerer } from '../../src/engine/evaluate/answerer.ts';
import { Vlm } from '../../src/engine/nn/vlm.ts';
import { uploadWeights } from '../../src/engine/nn/weights.ts';
import { questionTypes } from '../../src/engine/recipe/schema.ts';
import { openSession, type TrainSession } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';

/** Greedy answers of the recorded kernels against those of plain tfjs, which are tested against PyTorch. */
let device: EngineDevice;
let session: TrainSession;

beforeAll(async () => {
  device = await openNodeDevice();
  session = await openSession({ source: folderSource('public'), device }, 'nano');
});
afterAll(() => device.dispose());

describe('recorded generation', () => {
  it.each(['teacher', 'student'] as const)('gives the answers of the reference: %s', async (who) => {
    const model = session[who];
    const examples = evaluationExamples({
      manifest: session.manifest,
      split: 'held-out-style',
      tasks: questionTypes,
      count: 45,
    });
    const weights = uploadWeights(model.checkpoint.tensors);
    const wanted = await answerAll(new Vlm(model.config, weights), model, examples, session.sheets);
    tf.dispose([...weights.values()]);
    const answerer = new FrozenAnswerer(session, model, 8, sequenceBounds(model.tokenizer, examples));
    const answers = await answerer.answer(examples);
    // Asked twice: nothing of an earlier answer is left.
    expect(await answerer.answer(examples.slice(3, 14))).toEqual(answers.slice(3, 14));
    answerer.dispose();
    expect(answers).toHaveLength(45);
    // Two logits may be equal up to rounding: one answer in 45 may differ by that.
    const different = answers.filter((answer, i) => answer !== wanted[i]).length;
    expect(different, JSON.stringify(answers.map((answer, i) => [answer, wanted[i]]))).toBeLessThanOrEqual(1);
  });
});
