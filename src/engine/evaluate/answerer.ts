import { filledUp, makeTokenBatch } from '../data/batch.ts';
import type { Bounds } from '../data/bounds.ts';
import type { Example } from '../data/example.ts';
import { pictureReader } from '../data/preprocess.ts';
import { ForcedAnswers, type ForcedBatch } from '../wgsl/forced.ts';
import { WgslGenerator } from '../wgsl/generate.ts';
import { Memory } from '../wgsl/core/memory.ts';
import { Parameters, type WeightStore } from '../wgsl/core/parameters.ts';
import { Turns } from '../wgsl/core/turns.ts';
import type { View } from '../wgsl/core/view.ts';
import { PictureTable } from '../wgsl/picture-table.ts';
import { WgslVlm } from '../wgsl/vlm.ts';
import type { Work } from '../wgsl/core/plan.ts';
import type { LoadedModel, TrainSession } from '../session.ts';
import { answerText } from '../models/tokenizers/answer-text.ts';
import { questionsAtOnce, type Asking } from './at-once.ts';
import type { Likelihood } from './likelihood.ts';
import { promptBatch } from './prompts.ts';

/** Who can be asked questions. */
export interface Answerer {
  /** The greedy answer to every example, as text. */
  answer(examples: readonly Example[]): Promise<string[]>;
  /** How probable it finds every example's answer, in its own tokens. One longer than it could ever give has no probability. */
  likelihoods(examples: readonly Example[]): Promise<Likelihood[]>;
}

type AnsweringSession = Pick<TrainSession, 'device' | 'data' | 'cacheBudgets'>;

/** Tokens between two looks at whether a batch's answers are over: a look costs a graphics card more than a dozen tokens. */
const tokensPerLook = { software: 2, card: 16 };

/** A model, or every student of a list, that answers in batches of one fixed shape, with the weights its store holds at that moment. */
export class WgslAnswerer implements Answerer {
  readonly batch: number;
  /** None of a model that reads none; the same for whoever answers. */
  private readonly pictures: PictureTable | undefined;
  /** What answers are computed in. */
  private readonly turns: Turns;
  private readonly generator: WgslGenerator;
  private readonly vlm: WgslVlm;
  private readonly device: TrainSession['device'];
  private compiled: Promise<void> | undefined;

  /**
   * @param asked every question that may be asked: their pictures are brought to the GPU once.
   * @param bounds of these questions, and of answers as long as they should get.
   * @param memory of all students of the store; goes when they do.
   * @param leader answers with the same kernels for no fewer students and never at the same time: its scratch and its pictures are used in turn.
   */
  constructor(
    { device, data, cacheBudgets }: AnsweringSession,
    private readonly model: LoadedModel,
    store: WeightStore,
    asking: Asking,
    asked: readonly Example[],
    private readonly bounds: Bounds,
    private readonly memory: Memory,
    private readonly leader?: WgslAnswerer,
  ) {
    this.device = device;
    this.vlm = new WgslVlm(model.config, store);
    const { software } = device.report;
    const { students } = memory;
    const reader = pictureReader(model);
    this.batch =
      leader?.batch ??
      questionsAtOnce(software, asking, students, (batch) => {
        const dry = new Memory(device.gpu, true, students);
        const { operations } = this.makeGenerator(dry, dry, batch, reader && dry.allocateOnce(0)).work;
        return { bytes: dry.bytes, operations };
      });
    const batches = { count: students, size: this.batch };
    this.pictures =
      leader?.pictures ??
      (reader && new PictureTable(memory.child(1), reader, asked, data, batches, cacheBudgets.pictures));
    this.turns = leader?.turns ?? new Turns(memory);
    const scratch = this.turns.take(1, students);
    this.generator = this.makeGenerator(memory, scratch, this.batch, this.pictures?.view);
  }

  compile(): Promise<void> {
    return (this.compiled ??= this.generator.compile());
  }

  async answer(examples: readonly Example[]): Promise<string[]> {
    return (await this.answerEach([examples]))[0]!;
  }

  async likelihoods(examples: readonly Example[]): Promise<Likelihood[]> {
    return (await this.likelihoodsEach([examples]))[0]!;
  }

  /** @param asked what every student of the list is asked, from its first on. */
  async answerEach(asked: readonly (readonly Example[])[]): Promise<string[][]> {
    await this.compile();
    const question = (chunk: readonly Example[], student: number) =>
      this.prompts(
        chunk.map((example) => ({ ...example, answer: '' })),
        'question',
        student,
      ).prompts;
    const steps = await this.generator.generate(this.steps(asked, question));
    return asked.map((examples, student) =>
      steps
        .flatMap((batches) => batches[student]!)
        .slice(0, examples.length)
        .map((ids) => answerText(this.model.tokenizer, ids)),
    );
  }

  /** @param asked questions and answers for every student of the list, from its first on. */
  async likelihoodsEach(asked: readonly (readonly Example[])[]): Promise<Likelihood[][]> {
    const { batch, bounds } = this;
    const { forced, memory } = this.forcedPass();
    try {
      await forced.compile();
      const found = asked.map((examples) =>
        examples.map(({ answer }): Likelihood => ({
          nats: Infinity,
          tokens: this.model.tokenizer.encodeAnswer(answer).length,
        })),
      );
      const fitting = found.map((own) => own.flatMap(({ tokens }, i) => (tokens <= bounds.Na ? [i] : [])));
      const fits = asked.map((examples, student) => fitting[student]!.map((place) => examples[place]!));
      const steps = await forced.negativeLogLikelihoods(
        this.steps(fits, (chunk, student) => this.answered(chunk, student)),
      );
      fitting.forEach((places, student) =>
        places.forEach((place, i) => {
          const one = found[student]![place]!;
          const from = (i % batch) * bounds.Na;
          const losses = steps[Math.floor(i / batch)]![student]!.subarray(from, from + one.tokens);
          one.nats = losses.reduce((sum, loss) => sum + loss, 0);
        }),
      );
      return found;
    } finally {
      memory.dispose();
    }
  }

  /** The pass that finds likelihoods. Asked rarely: its buffers come and go with its memory. */
  forcedPass(): { forced: ForcedAnswers; memory: Memory } {
    const { batch, bounds, device, vlm, pictures } = this;
    const memory = this.memory.child();
    const shape = { batch, ...bounds };
    return {
      memory,
      forced: new ForcedAnswers(memory, device.report.variant, vlm, shape, pictures?.view),
    };
  }

  /** What answers are computed in, bytes; nothing where it is another's. */
  get scratchBytes(): number {
    return this.leader === undefined ? this.turns.bytes : 0;
  }

  /** Work of one batch. */
  get work(): Work {
    return this.generator.work;
  }

  private makeGenerator(
    memory: Memory,
    scratch: Memory,
    batch: number,
    pictures: View | undefined,
  ): WgslGenerator {
    const { device, vlm, bounds, model } = this;
    const { variant, software } = device.report;
    const pace = {
      end: model.tokenizer.eosId,
      tokens: software ? tokensPerLook.software : tokensPerLook.card,
    };
    return new WgslGenerator(memory, scratch, variant, vlm, { batch, ...bounds }, pictures, pace);
  }

  /** What is computed together, one after the other: a batch of every student's questions. Students who are asked the same read the same batch. */
  private *steps<Batch>(
    asked: readonly (readonly Example[])[],
    make: (chunk: readonly Example[], student: number) => Batch,
  ): Generator<Batch[]> {
    const { batch } = this;
    const most = Math.max(...asked.map(({ length }) => length));
    for (let start = 0; start < most; start += batch) {
      const chunks = asked.map((examples) => examples.slice(start, start + batch));
      // Whoever has nothing left to answer goes along, and is not heard.
      const spare = chunks.find(({ length }) => length > 0)!;
      const made: { chunk: readonly Example[]; batch: Batch }[] = [];
      for (const [student, own] of chunks.entries()) {
        const chunk = own.length > 0 ? own : spare;
        const known = made.find((other) => isSame(other.chunk, chunk));
        made.push(known ?? { chunk, batch: make(filledUp(chunk, batch), student) });
      }
      yield made.map((one) => one.batch);
    }
  }

  private answered(examples: readonly Example[], student: number): ForcedBatch {
    const { batch, bounds } = this;
    const { prompts, tokens } = this.prompts(examples, 'answer', student);
    const labels = new Int32Array(batch * bounds.Na);
    for (let b = 0; b < batch; b++) {
      const from = b * (bounds.Nq + bounds.Na) + bounds.Nq;
      labels.set(tokens.ids.subarray(from, from + bounds.Na), b * bounds.Na);
    }
    return { ...prompts, labels };
  }

  /** A batch's tokens, and its pictures in their places, as the kernels read them. */
  private prompts(examples: readonly Example[], end: 'question' | 'answer', student: number) {
    const { model, bounds, pictures } = this;
    const tokens = makeTokenBatch(model.tokenizer, examples, bounds);
    if (pictures === undefined) return { prompts: promptBatch(tokens, undefined, end), tokens };
    const shown = pictures.indicesOf(examples);
    pictures.place(student, shown);
    const slots = Int32Array.from(pictures.slotsFor(student, shown));
    return { prompts: promptBatch(tokens, slots, end), tokens };
  }
}

function isSame(a: readonly Example[], b: readonly Example[]): boolean {
  return a.length === b.length && a.every((example, i) => example === b[i]);
}

/** A checkpoint as it was loaded, ready to answer; owns its copy of the weights. */
export class FrozenAnswerer implements Answerer {
  private readonly memory: Memory;
  private readonly answerer: WgslAnswerer;

  /** @param asked every question that may be asked */
  constructor(
    session: AnsweringSession & Pick<TrainSession, 'frozen'>,
    model: LoadedModel,
    asking: Asking,
    asked: readonly Example[],
    bounds: Bounds,
  ) {
    const memory = (this.memory = new Memory(session.device.gpu));
    try {
      const store = new Parameters(memory, model.checkpoint.tensors, session.frozen);
      this.answerer = new WgslAnswerer(session, model, store, asking, asked, bounds, memory.child());
    } catch (error) {
      memory.dispose();
      throw error;
    }
  }

  /** Questions answered at once. */
  get batch(): number {
    return this.answerer.batch;
  }

  answer(examples: readonly Example[]): Promise<string[]> {
    return this.answerer.answer(examples);
  }

  likelihoods(examples: readonly Example[]): Promise<Likelihood[]> {
    return this.answerer.likelihoods(examples);
  }

  dispose(): void {
    this.memory.dispose();
  }
}
