import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { sequenceBounds } from '../../src/engine/data/batch.ts';
import { answerAll, likelihoodsOf } from '../../src/engine/tfjs/answer.ts';
import { FrozenAnswerer } from '../../src/engine/evaluate/answerer.ts';
import { perplexity } from '../../src/engine/evaluate/likelihood.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { questionTypes } from '../../src/engine/recipe/splits.ts';
import { loaded } from './loaded.ts';

/** Greedy answers of the recorded kernels against those of plain tfjs, which are tested against PyTorch. */
const context = loaded('nano');

describe('recorded generation', () => {
  it.each(['teacher', 'student'] as const)('gives the answers of the reference: %s', async (who) => {
    const model = context.session[who];
    const { data } = context.session;
    const examples = data.evaluation({ split: 'held-out-style', tasks: questionTypes, count: 45 });
    const weights = uploadWeights(model.checkpoint.tensors);
    const wanted = await answerAll(new Vlm(model.config, weights), model, examples, data);
    const likelihoods = await likelihoodsOf(new Vlm(model.config, weights), model, examples, data);
    tf.dispose([...weights.values()]);
    const answerer = new FrozenAnswerer(
      context.session,
      model,
      { usual: 8, together: 45 },
      examples,
      sequenceBounds(model.tokenizer, examples),
    );
    const answers = await answerer.answer(examples);
    // Asked twice: nothing of an earlier answer is left.
    expect(await answerer.answer(examples.slice(3, 14))).toEqual(answers.slice(3, 14));
    const [likely, ...others] = await answerer.likelihoods([
      { ...examples[0]!, answer: 'Far longer than anything that was ever asked of it.' },
      ...examples,
    ]);
    expect(likely!.nats).toBe(Infinity);
    expect(others.map(({ tokens }) => tokens)).toEqual(likelihoods.map(({ tokens }) => tokens));
    others.forEach(({ nats }, i) => expect(nats).toBeCloseTo(likelihoods[i]!.nats, 2));
    expect(perplexity(others)).toBeCloseTo(perplexity(likelihoods), 3);
    answerer.dispose();
    expect(answers).toHaveLength(45);
    // Two logits may be equal up to rounding: one answer in 45 may differ by that.
    const different = answers.filter((answer, i) => answer !== wanted[i]).length;
    expect(different, JSON.stringify(answers.map((answer, i) => [answer, wanted[i]]))).toBeLessThanOrEqual(1);
  });
});
