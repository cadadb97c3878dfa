import { attentionCode, type AttentionLayout } from './attention-code.ts';
import type { View } from '../core/view.ts';
import type { Tape, Value } from '../core/tape.ts';

/**
 * Attention of one new token per sequence. `fresh` [B, (heads + 2·kvHeads)·headDim] holds its q | k | v before rotation, `packed` those of the
 * tokens before it, as in `attention`; its own are stored there. → [B, heads·headDim]
 * @param place int32 [1]: where the token stands in the sequences.
 */
export function decodeAttention(
  tape: Tape,
  fresh: Value,
  packed: Value,
  layout: AttentionLayout,
  place: View,
): Value {
  const { batch, length: n, heads, kvHeads, headDim } = layout;
  const width = heads * headDim;
  const row = ((heads + 2 * kvHeads) * headDim) / 4;
  const out = tape.value(batch, width, false);
  const w = attentionCode(layout);
  const threads = batch * heads;
  const [keys, values] = [`${heads} * HD + kv * HD`, `${heads + kvHeads} * HD + kv * HD`];
  const mix = `
        ${w.softmax}
        ${w.each((c) => `acc${c} = acc${c} * keep + p * v${c};`)}
        top = newTop;`;
  tape.add({
    label: 'decode attention',
    bindings: [
      { name: 'fresh', view: fresh.view, type: 'vec4<f32>' },
      ...w.bindings,
      { name: 'place', view: place, type: 'i32' },
      { name: 'packed', view: packed.view, type: 'vec4<f32>', write: true },
      { name: 'out', view: out.view, type: 'vec4<f32>', write: true },
    ],
    threads,
    operations: 4 * batch * heads * n * headDim,
    code: `
      if (index >= ${threads}) { return; }
      let b = index / ${heads};
      let head = index % ${heads};
      let token = load_place(0);
      ${w.span}
      let kv = head / ${heads / kvHeads};
      ${w.load('q', 'token', 'head * HD', true, 'fresh', `b * ${row}`)}
      ${w.each((c) => `var acc${c} = vec4<f32>(0.0);`)}
      var top = -3.0e38;
      var sum = 0.0;
      for (var j = first; j < token; j++) {
        ${w.load('k', 'j', keys, true)}
        ${w.load('v', 'j', values, false)}
        ${mix}
      }
      {
        ${w.load('k', 'token', keys, true, 'fresh', `b * ${row}`)}
        ${w.load('v', 'token', values, false, 'fresh', `b * ${row}`)}
        ${mix}
      }
      ${w.each((c) => `store_out(b * ${width / 4} + head * HD + ${c}, acc${c} / sum);`)}
      // One head of each group keeps the group's key and value; nobody reads that row in this dispatch.
      if (head % ${heads / kvHeads} == 0) {
        let at = (b * ${n} + token) * ${row};
        ${w.each((c) => `store_packed(at + ${keys} + ${c}, load_fresh(b * ${row} + ${keys} + ${c})); store_packed(at + ${values} + ${c}, load_fresh(b * ${row} + ${values} + ${c}));`)}
      }
    `.replaceAll('HD', String(headDim / 4)),
  });
  return out;
}
