import type { PromptBatch, PromptShape } from './generate.ts';
import { tokenLosses } from './ops/losses.ts';
import { part, type Memory } from './core/memory.ts';
import { Plan } from './core/plan.ts';
import type { View } from './core/view.ts';
import type { RotaryTables } from './ops/rotary.ts';
import { Tape } from './core/tape.ts';
import { answerPredictors } from './ops/tokens.ts';
import type { KernelVariant } from './core/variant.ts';
import type { WgslVlm } from './vlm.ts';

/** A batch of prompts with the answers that are forced on the model. */
export interface ForcedBatch extends PromptBatch {
  /** [B·Na] token ids; what follows an answer's last token does not count. */
  labels: Int32Array<ArrayBuffer>;
  /** [B], answer tokens. */
  lengths: Int32Array<ArrayBuffer>;
}

/** How probable a model finds given answers: one forward pass over question and answer, nothing trained. */
export class ForcedAnswers {
  private readonly plan: Plan;
  private readonly inputs: Record<keyof ForcedBatch, View>;
  private readonly rows: View;

  constructor(
    private readonly memory: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    private readonly shape: PromptShape,
    rotary: RotaryTables,
  ) {
    const { batch, Nq, Na } = shape;
    const length = Nq + Na;
    this.plan = new Plan(memory);
    const tape = new Tape(this.plan, memory, variant);
    const patches = tape.value(batch * vlm.patches, vlm.patchWords, false);
    this.inputs = {
      patches: patches.view,
      codes: memory.allocate(batch * length),
      spans: memory.allocate(batch * 3),
      labels: memory.allocate(batch * Na),
      lengths: memory.allocate(batch),
    };
    const { codes, spans, labels, lengths } = this.inputs;
    const features = vlm.visionFeatures(tape, patches, batch);
    const z = vlm.sequence(tape, features, codes, {
      batch,
      length,
      causal: { spans, split: Nq, rotary },
    });
    const predictors = answerPredictors(tape, z, batch, { Nq, Na });
    const { ce } = tokenLosses(
      tape,
      vlm.head(tape, predictors),
      vlm.config.text.vocabularySize,
      labels,
      { batch, length: Na, lengths, firstToken: true },
      { ce: 1, kl: 0, temperature: 1 },
    );
    this.rows = part(ce.view, ce.from, ce.rows);
  }

  compile(): Promise<void> {
    return this.plan.compile();
  }

  /** −log p of each answer, nats, summed over its tokens, [B]. */
  async negativeLogLikelihoods(batch: ForcedBatch): Promise<number[]> {
    const { memory, inputs, shape } = this;
    for (const name of Object.keys(inputs) as (keyof ForcedBatch)[]) memory.upload(inputs[name], batch[name]);
    this.plan.submit();
    // The kernel divides by the batch's tokens.
    const tokens = batch.lengths.reduce((sum, length) => sum + length, 0);
    const rows = await memory.read(this.rows, shape.batch * shape.Na);
    return Array.from(
      { length: shape.batch },
      (_, b) => tokens * rows.subarray(b * shape.Na, (b + 1) * shape.Na).reduce((sum, loss) => sum + loss, 0),
    );
  }
}
