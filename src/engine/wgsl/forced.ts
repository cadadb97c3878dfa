import { part, type Memory } from './core/memory.ts';
import { Plan } from './core/plan.ts';
import { Tape, type Value } from './core/tape.ts';
import type { KernelVariant } from '../device/variant.ts';
import type { View } from './core/view.ts';
import {
  promptInputs,
  uploadPrompts,
  type PromptBatch,
  type PromptInputs,
  type PromptShape,
} from './greedy.ts';
import { tokenLosses } from './ops/losses.ts';
import { answerPredictors } from './ops/tokens.ts';
import type { WgslVlm } from './vlm.ts';

/** Records one forward pass over questions and the answers that are forced on the model. → logits at the positions that predict these, [B·Na, stride] */
function recordForced(
  tape: Tape,
  vlm: WgslVlm,
  { patches, views, layout }: PromptInputs,
  shape: PromptShape,
): Value {
  const features = vlm.visionFeatures(tape, patches, shape.batch);
  const z = vlm.sequence(tape, features, views.codes, layout);
  return vlm.head(tape, answerPredictors(tape, z, shape.batch, shape));
}

/** A batch of prompts with the answers that are forced on the model; spans end with the answers. */
export interface ForcedBatch extends PromptBatch {
  /** [B·Na] token ids; what follows an answer's last token does not count. */
  labels: Int32Array<ArrayBuffer>;
  /** [B], answer tokens. */
  lengths: Int32Array<ArrayBuffer>;
}

/** How probable a model finds given answers: one forward pass over question and answer, nothing trained. */
export class ForcedAnswers {
  private readonly plan: Plan;
  private readonly inputs: PromptInputs;
  private readonly labels: View;
  private readonly lengths: View;
  private readonly rows: View;

  constructor(
    private readonly memory: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    private readonly shape: PromptShape,
  ) {
    const { batch, Na } = shape;
    this.plan = new Plan(memory);
    const tape = new Tape(this.plan, memory, variant);
    this.inputs = promptInputs(tape, vlm, shape);
    this.labels = memory.allocate(batch * Na);
    this.lengths = memory.allocate(batch);
    const { ce } = tokenLosses(
      tape,
      recordForced(tape, vlm, this.inputs, shape),
      vlm.config.text.vocabularySize,
      this.labels,
      { batch, length: Na, lengths: this.lengths, firstToken: true },
      { ce: 1, kl: 0, temperature: 1 },
    );
    this.rows = part(ce.view, ce.from, ce.rows);
  }

  compile(): Promise<void> {
    return this.plan.compile();
  }

  /** −log p of each answer, nats, summed over its tokens, [B]. */
  async negativeLogLikelihoods(batch: ForcedBatch): Promise<number[]> {
    const { memory, shape } = this;
    uploadPrompts(memory, this.inputs.views, batch);
    memory.upload(this.labels, batch.labels);
    memory.upload(this.lengths, batch.lengths);
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

/** What a model expects in the place of every token of given answers, over its whole vocabulary. */
export class ForcedLogits {
  private readonly plan: Plan;
  private readonly inputs: PromptInputs;
  private readonly logits: Value;
  private readonly vocabulary: number;

  constructor(
    private readonly memory: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    shape: PromptShape,
  ) {
    this.plan = new Plan(memory);
    const tape = new Tape(this.plan, memory, variant);
    this.inputs = promptInputs(tape, vlm, shape);
    this.logits = recordForced(tape, vlm, this.inputs, shape);
    this.vocabulary = vlm.config.text.vocabularySize;
  }

  compile(): Promise<void> {
    return this.plan.compile();
  }

  /** @param batch spans end with the answers. @returns B·Na rows of logits, [V] each */
  async rows(batch: PromptBatch): Promise<Float32Array[]> {
    const { memory, logits, vocabulary } = this;
    uploadPrompts(memory, this.inputs.views, batch);
    this.plan.submit();
    const all = await memory.read(logits.view, logits.rows * logits.columns);
    return Array.from({ length: logits.rows }, (_, row) =>
      all.subarray(row * logits.columns, row * logits.columns + vocabulary),
    );
  }
}
