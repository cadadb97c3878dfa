import { part, type Memory } from './core/memory.ts';
import { Plan } from './core/plan.ts';
import { Scratch } from './core/scratch.ts';
import { Tape, type Value } from './core/tape.ts';
import type { KernelVariant } from '../device/variant.ts';
import { ofStudent, type View } from './core/view.ts';
import {
  promptInputs,
  uploadPrompts,
  type PromptBatch,
  type PromptInputs,
  type PromptShape,
} from './greedy.ts';
import { surprise } from './ops/losses.ts';
import { answerPredictors } from './ops/tokens.ts';
import type { WgslVlm } from './vlm.ts';

/** Records one forward pass over questions and the answers that are forced on the model. → logits at the positions that predict these, [B·Na, stride] */
function recordForced(
  tape: Tape,
  vlm: WgslVlm,
  { patches, views, layout }: PromptInputs,
  shape: PromptShape,
): Value {
  const features = patches && vlm.visionFeatures(tape, patches, shape.batch);
  const z = vlm.sequence(tape, features, views.codes, layout);
  return vlm.head(tape, answerPredictors(tape, z, shape.batch, shape));
}

/** A batch of prompts with the answers that are forced on the model; spans end with the answers. */
export interface ForcedBatch extends PromptBatch {
  /** [B·Na] token ids; what follows an answer's last token does not count. */
  labels: Int32Array<ArrayBuffer>;
}

/** How probable a model, or every student of a list, finds given answers: one forward pass over question and answer, nothing trained. */
export class ForcedAnswers {
  private readonly plan: Plan;
  private readonly inputs: PromptInputs;
  private readonly labels: View;
  private readonly rows: View;

  /** @param pictures the table whose slots the prompts name; none for a model that reads no pictures */
  constructor(
    private readonly memory: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    private readonly shape: PromptShape,
    pictures: View | undefined,
  ) {
    const { batch, Na } = shape;
    this.plan = new Plan(memory);
    const scratch = new Scratch(memory);
    const tape = new Tape(this.plan, scratch, variant);
    this.inputs = promptInputs(tape, memory, vlm, shape, pictures);
    this.labels = memory.allocate(batch * Na);
    this.rows = memory.allocate(batch * Na);
    const logits = recordForced(tape, vlm, this.inputs, shape);
    surprise(tape, logits, vlm.config.text.vocabularySize, this.labels, this.rows);
    scratch.settle([this.plan]);
  }

  compile(): Promise<void> {
    return this.plan.compile();
  }

  /**
   * @param steps batches that are computed together, one for every student of a list from its first on; made when their turn comes
   * @returns −log p of every label of each batch, nats, [B·Na]; all batches are submitted before the first is read.
   */
  negativeLogLikelihoods(steps: Iterable<readonly ForcedBatch[]>): Promise<Float32Array[][]> {
    const { memory, shape, inputs, labels, rows, plan } = this;
    const read: Promise<Float32Array[]>[] = [];
    for (const batches of steps) {
      uploadPrompts(memory, inputs.views, batches);
      batches.forEach((batch, student) => memory.upload(ofStudent(labels, student), batch.labels));
      plan.submit(batches.length);
      const ofStudents = batches.map((_, student) =>
        part(ofStudent(rows, student), 0, shape.batch * shape.Na),
      );
      read.push(memory.readAll(ofStudents));
    }
    return Promise.all(read);
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
    this.inputs = promptInputs(tape, memory, vlm, shape);
    this.logits = recordForced(tape, vlm, this.inputs, shape);
    this.vocabulary = vlm.config.text.vocabularySize;
  }

  compile(): Promise<void> {
    return this.plan.compile();
  }

  /** @param batch spans end with the answers. @returns B·Na rows of logits, [V] each */
  async rows(batch: PromptBatch): Promise<Float32Array[]> {
    const { memory, logits, vocabulary } = this;
    uploadPrompts(memory, this.inputs.views, [batch]);
    this.plan.submit();
    const all = await memory.read(logits.view, logits.rows * logits.columns);
    return Array.from({ length: logits.rows }, (_, row) =>
      all.subarray(row * logits.columns, row * logits.columns + vocabulary),
    );
  }
}
