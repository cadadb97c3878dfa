import { attentionCode, type AttentionLayout } from './attention-code.ts';
import type { View } from '../core/view.ts';
import type { Tape, Value } from '../core/tape.ts';

/**
 * How much of their attention the tokens from `from` on give to tokens before `from`, as in `attention` with a causal layout:
 * one number in 0…1 per sequence, head and token, → [B·heads·(N−from)]; −1 for padding.
 */
export function attentionShare(tape: Tape, packed: Value, layout: AttentionLayout, from: number): View {
  const { batch, length: n, heads, kvHeads, headDim } = layout;
  const count = n - from;
  const threads = batch * heads * count;
  const out = tape.memory.allocate(threads);
  const w = attentionCode(layout);
  tape.add({
    label: 'attention share',
    bindings: [
      { name: 'packed', view: packed.view, type: 'vec4<f32>' },
      ...w.bindings,
      { name: 'out', view: out, write: true },
    ],
    threads,
    code: `
      if (index >= ${threads}) { return; }
      let i = ${from} + index % ${count};
      let head = (index / ${count}) % ${heads};
      let b = index / ${count * heads};
      ${w.span}
      let kv = head / ${heads / kvHeads};
      ${w.load('q', 'i', 'head * HD', true)}
      var top = -3.0e38;
      var sum = 0.0;
      var before = 0.0;
      for (var j = first; j < ${w.lastKey('i')}; j++) {
        ${w.load('k', 'j', `${heads} * HD + kv * HD`, true)}
        ${w.softmax}
        before = before * keep + select(0.0, p, j < ${from});
        top = newTop;
      }
      store_out(index, select(-1.0, before / max(sum, 1.0e-30), i < end));
    `.replaceAll('HD', String(headDim / 4)),
  });
  return out;
}
