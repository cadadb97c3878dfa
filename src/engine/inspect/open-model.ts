import { packTokens } from '../data/batch.ts';
import { modelPatches, pictureReader } from '../data/preprocess.ts';
import type { EngineDevice } from '../device/open-device.ts';
import type { Frozen } from '../device/variant.ts';
import { promptBatch } from '../evaluate/prompts.ts';
import type { HostTensors } from '../models/host-tensor.ts';
import type { LoadedModel } from '../session.ts';
import { Memory } from '../wgsl/core/memory.ts';
import { Parameters } from '../wgsl/core/parameters.ts';
import { ForcedLogits } from '../wgsl/forced.ts';
import { TokenStream } from '../wgsl/stream.ts';
import { WgslVlm } from '../wgsl/vlm.ts';
import type { ForcedAnswer } from './inspect-text.ts';

/** Kernels are compiled for the shapes they read: one sequence at a time, padded so that few lengths occur, and the same for every kind of look. */
function paddedShape(question: number, answer: number) {
  const padded = (length: number) => Math.ceil(length / 32) * 32;
  return { batch: 1, Nq: padded(question), Na: padded(answer) };
}

/**
 * Runs `task` with a model of the given weights; its copies on the GPU are gone afterwards.
 * The weights are kept as a run of the session keeps frozen ones, which may have no room otherwise.
 */
export async function withModel<T>(
  { device, frozen }: { device: EngineDevice; frozen: Frozen },
  model: LoadedModel,
  weights: HostTensors,
  task: (open: OpenModel) => Promise<T>,
): Promise<T> {
  const memory = new Memory(device.gpu);
  try {
    const store = new Parameters(memory, weights, frozen);
    return await task(new OpenModel(device, model, new WgslVlm(model.config, store)));
  } finally {
    memory.dispose();
  }
}

/** A model with the weights of some moment that is asked one question at a time. */
export class OpenModel {
  constructor(
    private readonly device: EngineDevice,
    readonly model: LoadedModel,
    private readonly vlm: WgslVlm,
  ) {}

  /**
   * The greedy answer to one question, each token's id as soon as it is known, the end of sequence included; at most `maxTokens` of them.
   * @param scene [S, S, 3] in 0–1; undefined for a question about no picture.
   */
  async *answer(
    scene: Float32Array | undefined,
    question: string,
    maxTokens: number,
  ): AsyncGenerator<number, void, void> {
    const { tokenizer } = this.model;
    const ids = tokenizer.encodeQuestion(question);
    const shape = paddedShape(ids.length, maxTokens);
    const tokens = packTokens(tokenizer, [{ question: ids, answer: [] }], shape);
    const memory = new Memory(this.device.gpu);
    try {
      const stream = new TokenStream(memory, this.device.report.variant, this.vlm, shape);
      await stream.compile();
      const prompt = promptBatch(tokens, this.patches(scene), 'question');
      let count = 0;
      for await (const [id] of stream.generate(prompt)) {
        yield id!;
        if (id === tokenizer.eosId || ++count === maxTokens) return;
      }
    } finally {
      memory.dispose();
    }
  }

  /** Log-probabilities of every token of the given answers to one question, one pass each. */
  async forced(
    scene: Float32Array | undefined,
    question: string,
    answers: readonly (readonly number[])[],
  ): Promise<ForcedAnswer[]> {
    const { tokenizer } = this.model;
    const ids = tokenizer.encodeQuestion(question);
    const shape = paddedShape(ids.length, Math.max(...answers.map((answer) => answer.length)));
    const patches = this.patches(scene);
    const memory = new Memory(this.device.gpu);
    try {
      const forced = new ForcedLogits(memory, this.device.report.variant, this.vlm, shape);
      await forced.compile();
      const read: ForcedAnswer[] = [];
      for (const answer of answers) {
        const tokens = packTokens(tokenizer, [{ question: ids, answer }], shape);
        const logits = await forced.rows(promptBatch(tokens, patches, 'answer'));
        read.push({ ids: answer, rows: answer.map((_, j) => logSoftmax(logits[j]!)) });
      }
      return read;
    } finally {
      memory.dispose();
    }
  }

  private patches(scene: Float32Array | undefined): Float32Array<ArrayBuffer> | undefined {
    const reader = pictureReader(this.model);
    return reader && scene && modelPatches(reader, [scene]);
  }
}

/** log softmax of one row. */
function logSoftmax(logits: Float32Array): Float32Array {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, value) => total + Math.exp(value - top), 0);
  const normaliser = top + Math.log(sum);
  return logits.map((value) => value - normaliser);
}
