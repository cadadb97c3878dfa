import type { Bounds } from '../data/bounds.ts';
import type { RotaryTables } from './ops/rotary.ts';
import { part, type Memory } from './core/memory.ts';
import { Plan, type Work } from './core/plan.ts';
import type { View } from './core/view.ts';
import { maxOver, rowGrid, rowHeader } from './ops/rows.ts';
import { Tape, type Value } from './core/tape.ts';
import type { KernelVariant } from './core/variant.ts';
import { joinTokens } from './ops/tokens.ts';
import type { DecoderLayout, WgslVlm } from './vlm.ts';

/** `Na` answer tokens the sequences have room for; one more is generated. */
export interface PromptShape extends Bounds {
  batch: number;
}

/** One batch of prompts on the host. */
export interface PromptBatch {
  /** [B·P, 3·p²] */
  patches: Float32Array<ArrayBuffer>;
  /** [B·(Nq+Na)], as `embed` reads them; what follows the question is never looked at. */
  codes: Int32Array<ArrayBuffer>;
  /** [B, 3], as `attention` reads them, ending with the question. */
  spans: Int32Array<ArrayBuffer>;
}

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
  private readonly inputs: { patches: View; codes: View; spans: View };
  private readonly ids: View;
  private readonly stride: number;

  constructor(
    private readonly memory: Memory,
    variant: KernelVariant,
    vlm: WgslVlm,
    private readonly shape: PromptShape,
    rotary: RotaryTables,
  ) {
    const { batch, Nq, Na } = shape;
    const length = Nq + Na;
    this.tokens = Na + 1;
    this.plan = new Plan(memory);
    const tape = new Tape(this.plan, memory, variant);
    const patches = tape.value(batch * vlm.patches, vlm.patchWords, false);
    this.inputs = {
      patches: patches.view,
      codes: memory.allocate(batch * length),
      spans: memory.allocate(batch * 3),
    };
    const layout: DecoderLayout = {
      batch,
      length,
      causal: { spans: this.inputs.spans, split: Nq, rotary },
    };
    this.stride = Math.ceil(batch / alignment) * alignment;
    this.ids = memory.allocate(this.tokens * this.stride);
    const id = (t: number) => part(this.ids, t * this.stride, batch);
    const places = memory.allocate(this.tokens * alignment);
    memory.upload(
      places,
      Int32Array.from({ length: this.tokens * alignment }, (_, i) => Nq + Math.floor(i / alignment)),
    );

    const features = vlm.visionFeatures(tape, patches, batch);
    const { hidden, packed } = vlm.prefill(tape, features, this.inputs.codes, layout);
    const last = joinTokens(tape, batch, [{ value: hidden, length, from: Nq - 1, count: 1 }]);
    argmax(tape, vlm.head(tape, vlm.finalNorm(tape, last)), vlm.config.text.vocabularySize, id(0));
    for (let t = 0; t + 1 < this.tokens; t++) {
      const z = vlm.next(tape, id(t), packed, layout, part(places, t * alignment, 1));
      argmax(tape, vlm.head(tape, z), vlm.config.text.vocabularySize, id(t + 1));
    }
  }

  get work(): Work {
    return this.plan.work;
  }

  compile(): Promise<void> {
    return this.plan.compile();
  }

  /** @returns ids [B][tokens]; what follows the end-of-sequence token is meaningless. */
  async generate({ patches, codes, spans }: PromptBatch): Promise<number[][]> {
    const { memory, inputs, shape, stride, tokens } = this;
    memory.upload(inputs.patches, patches);
    memory.upload(inputs.codes, codes);
    memory.upload(inputs.spans, spans);
    this.plan.submit();
    const ids = new Int32Array((await memory.read(this.ids)).buffer);
    return Array.from({ length: shape.batch }, (_, b) =>
      Array.from({ length: tokens }, (__, t) => ids[t * stride + b]!),
    );
  }
}

/** Column of each row's largest number, the first of equals. logits [M, stride], of which `vocabulary` columns count → int32 [M]. */
function argmax(tape: Tape, logits: Value, vocabulary: number, out: View): void {
  const { lanes } = tape;
  const grid = rowGrid(logits.rows, lanes);
  const loop = (body: string) => `for (var v = ${grid.first}; v < ${vocabulary}; v += ${lanes}) { ${body} }`;
  tape.add({
    label: 'argmax',
    bindings: [
      { name: 'logits', view: logits.view },
      { name: 'out', view: out, type: 'i32', write: true },
    ],
    threads: grid.threads,
    groupSize: grid.groupSize,
    header: rowHeader(lanes),
    code: `
      let row = ${grid.row};
      if (row >= ${logits.rows}) { return; }
      let base = row * ${logits.columns};
      var top = -3.0e38;
      ${loop('top = max(top, logits[base + v]);')}
      let peak = ${maxOver(lanes, 'top')};
      // Negated, so that the largest is the smallest column.
      var best = -${vocabulary}.0;
      ${loop('if (logits[base + v] == peak) { best = max(best, -f32(v)); }')}
      let found = ${maxOver(lanes, 'best')};
      if (${grid.first} == 0) { out[row] = i32(-found); }
    `,
  });
}
