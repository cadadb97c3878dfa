import { part, type Memory } from './core/memory.ts';
import { Plan, type Work } from './core/plan.ts';
import { Tape } from './core/tape.ts';
import type { KernelVariant } from '../device/variant.ts';
import type { View } from './core/view.ts';
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

/**
 * Greedy answers as one fixed list of dispatches: the prompts once, then one row per sequence and token, whose keys and values go to where the
 * prompt's are kept. Every argmax stays on the GPU; all ids come back in one read.
 */
export class WgslGenerator {
  /** Tokens per answer. */
  readonly tokens: number;
  private readonly plan: Plan;
  private readonly inputs: PromptInputs;
  private readonly ids: View;
  private readonly stride: number;

  constructor(
    private readonly memory: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    private readonly shape: PromptShape,
  ) {
    const { batch, Nq, Na } = shape;
    this.tokens = Na + 1;
    this.plan = new Plan(memory);
    const tape = new Tape(this.plan, memory, variant);
    this.inputs = promptInputs(tape, vlm, shape);
    this.stride = Math.ceil(batch / alignment) * alignment;
    this.ids = memory.allocate(this.tokens * this.stride);
    const id = (t: number) => part(this.ids, t * this.stride, batch);
    const places = memory.allocate(this.tokens * alignment);
    memory.upload(
      places,
      Int32Array.from({ length: this.tokens * alignment }, (_, i) => Nq + Math.floor(i / alignment)),
    );
    const answer = recordPrompts(tape, vlm, this.inputs, id(0));
    for (let t = 0; t + 1 < this.tokens; t++)
      recordNext(tape, vlm, answer, id(t), part(places, t * alignment, 1), id(t + 1));
  }

  get work(): Work {
    return this.plan.work;
  }

  compile(): Promise<void> {
    return this.plan.compile();
  }

  /** @returns ids [B][tokens]; what follows the end-of-sequence token is meaningless. */
  async generate(prompts: PromptBatch): Promise<number[][]> {
    const { memory, inputs, shape, stride, tokens } = this;
    uploadPrompts(memory, inputs.views, prompts);
    this.plan.submit();
    const ids = new Int32Array((await memory.read(this.ids)).buffer);
    return Array.from({ length: shape.batch }, (_, b) =>
      Array.from({ length: tokens }, (__, t) => ids[t * stride + b]!),
    );
  }
}
