import { filledUp, makeTokenBatch } from '../data/batch.ts';
import type { Bounds } from '../data/bounds.ts';
import type { Example } from '../data/example.ts';
import { examplePatches } from '../data/preprocess.ts';
import { ForcedAnswers } from '../wgsl/forced.ts';
import { WgslGenerator } from '../wgsl/generate.ts';
import { Memory } from '../wgsl/core/memory.ts';
import { Parameters } from '../wgsl/core/parameters.ts';
import { WgslVlm } from '../wgsl/vlm.ts';
import type { Work } from '../wgsl/core/plan.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { answerText } from '../models/tokenizers/answer-text.ts';
import { answerLengths, promptBatch } from './prompts.ts';

/** Who can be asked questions about pictures. */
export interface Answerer {
  /** The greedy answer to every example, as text. */
  answer(examples: readonly Example[]): Promise<string[]>;
  /** exp of the mean −log p of the true answers' tokens, end-of-sequence included, in the model's own tokens. */
  perplexity(examples: readonly Example[]): Promise<number>;
}

/** A model that answers in batches of one fixed shape, with the weights its store holds at that moment. */
export class WgslAnswerer implements Answerer {
  private readonly memory: Memory;
  private readonly generator: WgslGenerator;
  private readonly vlm: WgslVlm;
  private readonly data: TrainSession['data'];
  private readonly device: TrainSession['device'];
  private compiled: Promise<void> | undefined;

  /** @param bounds of every question that may be asked, and of answers as long as they should get. */
  constructor(
    { device, data }: Pick<TrainSession, 'device' | 'data'>,
    private readonly model: LoadedModel,
    store: Parameters,
    private readonly batch: number,
    private readonly bounds: Bounds,
    memory: Memory = new Memory(device.gpu),
  ) {
    this.data = data;
    this.device = device;
    this.memory = memory;
    this.vlm = new WgslVlm(model.config, store);
    this.generator = new WgslGenerator(memory, device.report.variant, this.vlm, { batch, ...bounds });
  }

  compile(): Promise<void> {
    return (this.compiled ??= this.generator.compile());
  }

  async answer(examples: readonly Example[]): Promise<string[]> {
    await this.compile();
    const answers: string[] = [];
    for (let start = 0; start < examples.length; start += this.batch)
      answers.push(...(await this.answerBatch(examples.slice(start, start + this.batch))));
    return answers;
  }

  async perplexity(examples: readonly Example[]): Promise<number> {
    const { batch, bounds, device, vlm } = this;
    // Asked rarely: its buffers come and go.
    const memory = this.memory.sibling();
    const forced = new ForcedAnswers(memory, device.report.variant, vlm, { batch, ...bounds });
    await forced.compile();
    let nats = 0;
    let count = 0;
    for (let start = 0; start < examples.length; start += batch) {
      const chunk = examples.slice(start, start + batch);
      const { prompts, tokens } = this.prompts(filledUp(chunk, batch), 'answer');
      const lengths = answerLengths(tokens);
      const labels = new Int32Array(batch * bounds.Na);
      for (let b = 0; b < batch; b++) {
        const from = b * (bounds.Nq + bounds.Na) + bounds.Nq;
        labels.set(tokens.ids.subarray(from, from + bounds.Na), b * bounds.Na);
      }
      const losses = await forced.negativeLogLikelihoods({ ...prompts, labels, lengths });
      chunk.forEach((_, b) => {
        nats += losses[b]!;
        count += lengths[b]!;
      });
    }
    memory.dispose();
    return Math.exp(nats / count);
  }

  gpuBytes(): number {
    return this.memory.bytes;
  }

  /** Work of one batch. */
  get work(): Work {
    return this.generator.work;
  }

  dispose(): void {
    this.memory.dispose();
  }

  private async answerBatch(examples: readonly Example[]): Promise<string[]> {
    const { model, batch } = this;
    const asked = filledUp(examples, batch).map((example) => ({ ...example, answer: '' }));
    const ids = await this.generator.generate(this.prompts(asked, 'question').prompts);
    return ids.slice(0, examples.length).map((row) => answerText(model.tokenizer, row));
  }

  /** A batch's pictures and tokens as the kernels read them. */
  private prompts(examples: readonly Example[], end: 'question' | 'answer') {
    const { model, bounds, data } = this;
    const tokens = makeTokenBatch(model.tokenizer, examples, bounds);
    return { prompts: promptBatch(tokens, examplePatches(model, data, examples), end), tokens };
  }
}

/** A checkpoint as it was loaded, ready to answer; owns its copy of the weights. */
export class FrozenAnswerer implements Answerer {
  private readonly weights: Memory;
  private readonly answerer: WgslAnswerer;

  constructor(
    session: Pick<TrainSession, 'device' | 'data'>,
    model: LoadedModel,
    batch: number,
    bounds: Bounds,
  ) {
    this.weights = new Memory(session.device.gpu);
    const store = new Parameters(this.weights, model.checkpoint.tensors, false);
    this.answerer = new WgslAnswerer(session, model, store, batch, bounds);
  }

  answer(examples: readonly Example[]): Promise<string[]> {
    return this.answerer.answer(examples);
  }

  perplexity(examples: readonly Example[]): Promise<number> {
    return this.answerer.perplexity(examples);
  }

  dispose(): void {
    this.answerer.dispose();
    this.weights.dispose();
  }
}
