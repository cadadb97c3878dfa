import { part, type Memory } from './core/memory.ts';
import { Plan, totalWork, type Work } from './core/plan.ts';
import { Scratch } from './core/scratch.ts';
import { Tape } from './core/tape.ts';
import type { KernelVariant } from '../device/variant.ts';
import { ofStudent, type View } from './core/view.ts';
import {
  promptInputs,
  recordNext,
  recordPrompts,
  uploadPrompts,
  type PromptBatch,
  type PromptInputs,
  type PromptShape,
} from './greedy.ts';
import type { WgslVlm } from './vlm.ts';

/** Ids of one token of every answer start at multiples of this many words. */
const alignment = 64;

/** How a generator goes about a batch. */
export interface Pace {
  /** The token that ends an answer. */
  end: number;
  /** Tokens of every answer between two looks at whether all are over. */
  tokens: number;
}

/**
 * Greedy answers as fixed lists of dispatches: the prompts once, then one row per sequence and token, whose keys and values go to where the
 * prompt's are kept. Every argmax stays on the GPU. A batch whose answers fit one list is read after the next ones are submitted; of a
 * longer one no list runs once all its answers are over.
 */
export class WgslGenerator {
  /** Tokens per answer. */
  readonly tokens: number;
  private readonly plans: Plan[] = [];
  private readonly inputs: PromptInputs;
  private readonly ids: View;
  private readonly stride: number;

  /**
   * @param working for what no batch reads of another; its buffers may be others' as well
   * @param pictures the table whose slots the prompts name; none for a model that reads no pictures
   */
  constructor(
    private readonly memory: Memory,
    working: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    private readonly shape: PromptShape,
    pictures: View | undefined,
    private readonly pace: Pace,
  ) {
    const { batch, Nq, Na } = shape;
    this.tokens = Na + 1;
    const scratch = new Scratch(working);
    const tape = new Tape(this.nextPlan(), scratch, variant);
    this.inputs = promptInputs(tape, memory, vlm, shape, pictures);
    this.stride = Math.ceil(batch / alignment) * alignment;
    this.ids = memory.allocate(this.tokens * this.stride);
    const id = (t: number) => part(this.ids, t * this.stride, batch);
    const places = memory.allocate(this.tokens * alignment);
    memory.upload(
      places,
      Int32Array.from({ length: this.tokens * alignment }, (_, i) => Nq + Math.floor(i / alignment)),
    );
    const answer = recordPrompts(tape, vlm, this.inputs, id(0));
    for (let t = 1; t < this.tokens; t++) {
      if (t % pace.tokens === 0) tape.continueIn(this.nextPlan());
      recordNext(tape, vlm, answer, id(t - 1), part(places, (t - 1) * alignment, 1), id(t));
    }
    scratch.settle(this.plans);
  }

  /** Of a batch with an answer that takes every token there is. */
  get work(): Work {
    return totalWork(this.plans.map(({ work }) => work));
  }

  async compile(): Promise<void> {
    await Promise.all(this.plans.map((plan) => plan.compile()));
  }

  /**
   * @param steps batches that are answered together, one for every student of a list from its first on; made when their turn comes
   * @returns ids [B][tokens or fewer] of each batch; what follows the end-of-sequence token is meaningless.
   */
  async generate(steps: Iterable<readonly PromptBatch[]>): Promise<number[][][][]> {
    const { memory, inputs, plans } = this;
    const answered: Promise<number[][][]>[] = [];
    for (const prompts of steps) {
      uploadPrompts(memory, inputs.views, prompts);
      for (const [i, plan] of plans.entries()) {
        plan.submit(prompts.length);
        const ids = this.read(prompts.length, Math.min(this.tokens, (i + 1) * this.pace.tokens));
        if (i + 1 === plans.length || this.over(await ids)) {
          // Whoever waits for all of them hears of a device that is lost.
          ids.catch(() => undefined);
          answered.push(ids);
          break;
        }
      }
    }
    return Promise.all(answered);
  }

  private over(ids: readonly number[][][]): boolean {
    return ids.every((answers) => answers.every((answer) => answer.includes(this.pace.end)));
  }

  private async read(students: number, tokens: number): Promise<number[][][]> {
    const { memory, stride, shape } = this;
    const views = Array.from({ length: students }, (_, student) =>
      part(ofStudent(this.ids, student), 0, tokens * stride),
    );
    return (await memory.readAll(views)).map(({ buffer }) => {
      const ids = new Int32Array(buffer);
      return Array.from({ length: shape.batch }, (_, b) =>
        Array.from({ length: tokens }, (__, t) => ids[t * stride + b]!),
      );
    });
  }

  private nextPlan(): Plan {
    const plan = new Plan(this.memory);
    this.plans.push(plan);
    return plan;
  }
}
