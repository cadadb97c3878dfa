import { makeTokenBatch, tokenCodes, type sequenceBounds } from '../data/batch.ts';
import type { Sheets } from '../data/pictures.ts';
import type { Example } from '../data/questions.ts';
import { rotaryTables } from '../fused/rotary.ts';
import { FusedGenerator } from '../fused/generate.ts';
import { Memory } from '../fused/memory.ts';
import { hostWeights, Parameters } from '../fused/parameters.ts';
import { FusedVlm } from '../fused/vlm.ts';
import { toPatches } from '../nn/patches.ts';
import type { Work } from '../fused/plan.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { answerText, filledUp, pixelsFor } from './answer.ts';

/** Who can be asked questions about pictures. */
export interface Answerer {
  /** The greedy answer to every example, as text. */
  answer(examples: readonly Example[]): Promise<string[]>;
}

/** A model that answers in batches of one fixed shape, with the weights its store holds at that moment. */
export class FusedAnswerer implements Answerer {
  private readonly memory: Memory;
  private readonly generator: FusedGenerator;
  private readonly vlm: FusedVlm;
  private readonly sheets: Sheets;
  private compiled: Promise<void> | undefined;

  /** @param bounds of every question that may be asked, and of answers as long as they should get. */
  constructor(
    { device, sheets }: Pick<TrainSession, 'device' | 'sheets'>,
    private readonly model: LoadedModel,
    store: Parameters,
    private readonly batch: number,
    private readonly bounds: ReturnType<typeof sequenceBounds>,
    memory: Memory = new Memory(device.gpu),
  ) {
    this.sheets = sheets;
    this.memory = memory;
    this.vlm = new FusedVlm(model.config, store);
    const rotary = rotaryTables(this.memory, model.config.text, bounds.Nq + bounds.Na + 1);
    this.generator = new FusedGenerator(
      this.memory,
      device.report.variant,
      this.vlm,
      { batch, ...bounds },
      rotary,
    );
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
    const { model, batch, bounds, vlm } = this;
    const { imageSize, patchSize } = model.config.vision;
    const filled = filledUp(examples, batch);
    const tokens = makeTokenBatch(
      model.tokenizer,
      filled.map((example) => ({ ...example, answer: '' })),
      bounds,
    );
    const patches = new Float32Array(batch * vlm.patches * vlm.patchWords);
    const spans = new Int32Array(batch * 3);
    const length = bounds.Nq + bounds.Na;
    filled.forEach((example, b) => {
      toPatches(pixelsFor(model, example, this.sheets), imageSize, patchSize, patches, b * vlm.patches);
      const first = tokens.mask.indexOf(1, b * length) - b * length;
      spans.set([first, bounds.Nq, bounds.Nq - first], b * 3);
    });
    const ids = await this.generator.generate({ patches, codes: tokenCodes(tokens), spans });
    return ids.slice(0, examples.length).map((row) => answerText(model, row));
  }
}

/** A checkpoint as it was loaded, ready to answer; owns its copy of the weights. */
export class FrozenAnswerer implements Answerer {
  private readonly weights: Memory;
  private readonly answerer: FusedAnswerer;

  constructor(
    session: Pick<TrainSession, 'device' | 'sheets'>,
    model: LoadedModel,
    batch: number,
    bounds: ReturnType<typeof sequenceBounds>,
  ) {
    this.weights = new Memory(session.device.gpu);
    const store = new Parameters(this.weights, hostWeights(model.checkpoint), false);
    this.answerer = new FusedAnswerer(session, model, store, batch, bounds);
  }

  answer(examples: readonly Example[]): Promise<string[]> {
    return this.answerer.answer(examples);
  }

  dispose(): void {
    this.answerer.dispose();
    this.weights.dispose();
  }
}
