import type { Memory } from './core/memory.ts';
import { Plan } from './core/plan.ts';
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

/**
 * The greedy answers of `WgslGenerator` for whoever waits for each token: a list of dispatches for the prompts and one for every further
 * token, and a read of the ids after each. No token is computed that nobody asks for.
 */
export class TokenStream {
  private readonly inputs: PromptInputs;
  private readonly ids: View;
  private readonly place: View;
  private readonly prompts: Plan;
  private readonly next: Plan;

  constructor(
    private readonly memory: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    private readonly shape: PromptShape,
  ) {
    this.prompts = new Plan(memory);
    this.next = new Plan(memory);
    const tape = new Tape(this.prompts, memory, variant);
    this.inputs = promptInputs(tape, memory, vlm, shape);
    this.ids = memory.allocate(shape.batch);
    this.place = memory.allocate(1);
    const answer = recordPrompts(tape, vlm, this.inputs, this.ids);
    tape.continueIn(this.next);
    recordNext(tape, vlm, answer, this.ids, this.place, this.ids);
  }

  async compile(): Promise<void> {
    await Promise.all([this.prompts.compile(), this.next.compile()]);
  }

  /** @returns the ids of one token of every answer at a time, [B], Na+1 times; what follows the end-of-sequence token is meaningless. */
  async *generate(prompts: PromptBatch): AsyncGenerator<number[], void, void> {
    const { memory, shape, ids, place } = this;
    uploadPrompts(memory, this.inputs.views, [prompts]);
    this.prompts.submit();
    for (let t = 0; t <= shape.Na; t++) {
      if (t > 0) {
        memory.upload(place, Int32Array.of(shape.Nq + t - 1));
        this.next.submit();
      }
      yield [...new Int32Array((await memory.read(ids, shape.batch)).buffer)];
    }
  }
}
