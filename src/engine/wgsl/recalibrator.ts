import type { ModelConfig } from '../models/config.ts';
import { attention } from './ops/attention.ts';
import { linear } from './ops/linear.ts';
import { norm } from './ops/norm.ts';
import type { WeightStore } from './core/parameters.ts';
import type { Tape, Value } from './core/tape.ts';
import { joinTokens } from './ops/tokens.ts';
import { decoderBlock, type DecoderLayout } from './vlm.ts';

/** The Recalibrator on a tape: Rec-proj-pre → Rec-body → norm → Rec-proj-post (`tfjs/recalibrator.ts` is the reference). */
export class WgslRecalibrator {
  constructor(
    private readonly student: Pick<ModelConfig, 'text'>,
    private readonly teacher: Pick<ModelConfig, 'text'>,
    private readonly options: { depth: number; normBeforeProjection: boolean },
    private readonly store: WeightStore,
  ) {}

  /** [M, d_l] → [M, d_s]. */
  projectIn(tape: Tape, x: Value): Value {
    const { hiddenSize } = this.student.text;
    return linear(tape, x, this.store.get('rec.proj_pre.weight'), hiddenSize, {
      bias: this.store.get('rec.proj_pre.bias'),
    });
  }

  /**
   * [B·N, d_s] → tokens [from, from + count) of every sequence, [B·count, d_l].
   * @param onPacked told every layer's packed projections.
   */
  body(
    tape: Tape,
    x: Value,
    layout: DecoderLayout,
    tokens: { from: number; count: number },
    onPacked?: (packed: Value) => void,
  ): Value {
    const { text } = this.student;
    let hidden = x;
    for (let i = 0; i < this.options.depth; i++)
      hidden = decoderBlock(tape, this.store, `rec.layers.${i}`, text, hidden, (packed) => {
        onPacked?.(packed);
        return attention(tape, packed, { ...layout, ...text });
      });
    // Norm and projection go row by row: only the rows that are compared need them.
    hidden = joinTokens(tape, layout.batch, [{ value: hidden, length: layout.length, ...tokens }]);
    if (this.options.normBeforeProjection)
      hidden = norm(tape, hidden, this.store.get('rec.norm.weight'), text.rmsNormEps);
    return linear(tape, hidden, this.store.get('rec.proj_post.weight'), this.teacher.text.hiddenSize, {
      bias: this.store.get('rec.proj_post.bias'),
    });
  }
}
