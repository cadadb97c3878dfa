import { attentionCode, pairsOf, type AttentionLayout } from './attention-code.ts';
import type { View } from '../core/view.ts';
import type { Tape, Value } from '../core/tape.ts';

/**
 * softmax(q·kᵀ/√headDim)·v with rotary positions and grouped keys. `packed` [B·N, (heads + 2·kvHeads)·headDim] holds q | k | v before
 * rotation → [B·N, heads·headDim]. One pass over the keys per query with a running maximum; the backward pass recomputes the weights
 * from the stored log-sum, so no N×N array exists (Dao et al. 2022). A query with no visible key gives 0.
 */
export function attention(tape: Tape, packed: Value, layout: AttentionLayout): Value {
  const { batch, length: n, heads, kvHeads, headDim } = layout;
  const width = heads * headDim;
  const out = tape.value(packed.rows, width, packed.tracked);
  const logSums = tape.memory.allocate(batch * heads * n);
  const w = attentionCode(layout);
  const threads = batch * heads * n;
  tape.add({
    label: 'attention',
    bindings: [
      { name: 'packed', view: packed.view, type: 'vec4<f32>' },
      ...w.bindings,
      { name: 'out', view: out.view, type: 'vec4<f32>', write: true },
      { name: 'logSums', view: logSums, write: true },
    ],
    threads,
    operations: 4 * pairsOf(layout) * headDim,
    code: `
      if (index >= ${threads}) { return; }
      ${w.unravel('i', 'head', heads)}
      ${w.span}
      let kv = head / ${heads / kvHeads};
      ${w.load('q', 'i', 'head * HD', true)}
      ${w.each((c) => `var acc${c} = vec4<f32>(0.0);`)}
      var top = -3.0e38;
      var sum = 0.0;
      for (var j = first; j < ${w.lastKey('i')}; j++) {
        ${w.load('k', 'j', `${heads} * HD + kv * HD`, true)}
        ${w.load('v', 'j', `${heads + kvHeads} * HD + kv * HD`, false)}
        ${w.softmax}
        ${w.each((c) => `acc${c} = acc${c} * keep + p * v${c};`)}
        top = newTop;
      }
      let inverse = select(0.0, 1.0 / max(sum, 1.0e-30), sum > 0.0);
      ${w.each((c) => `store_out((b * ${n} + i) * ${width / 4} + head * HD + ${c}, acc${c} * inverse);`)}
      store_logSums(index, select(0.0, top + log(max(sum, 1.0e-30)), sum > 0.0));
    `.replaceAll('HD', String(headDim / 4)),
  });
  if (packed.tracked) tape.onBackward(() => backward(tape, packed, out, logSums, layout));
  return out;
}

/** Both halves of the backward pass in one dispatch: the first invocations own a query each, the rest a key each. */
function backward(tape: Tape, packed: Value, out: Value, logSums: View, layout: AttentionLayout): void {
  const { batch, length: n, heads, kvHeads, headDim } = layout;
  const width = heads * headDim;
  const row = (heads + 2 * kvHeads) * headDim;
  const w = attentionCode(layout);
  const target = tape.target(packed);
  if (target.accumulate) throw new Error('packed projections have one reader');
  const queries = batch * heads * n;
  const keys = batch * kvHeads * n;
  tape.add({
    label: 'attention gradient',
    bindings: [
      { name: 'packed', view: packed.view, type: 'vec4<f32>' },
      ...w.bindings,
      { name: 'out', view: out.view, type: 'vec4<f32>' },
      { name: 'logSums', view: logSums },
      { name: 'dOut', view: out.gradient!, type: 'vec4<f32>' },
      { name: 'result', view: target.view, type: 'vec4<f32>', write: true },
    ],
    threads: queries + keys,
    operations: 12 * pairsOf(layout) * headDim,
    code: `
      if (index >= ${queries + keys}) { return; }
      if (index < ${queries}) {
        ${w.unravel('i', 'head', heads)}
        ${w.span}
        let kv = head / ${heads / kvHeads};
        ${w.load('q', 'i', 'head * HD', true)}
        let at = (b * ${n} + i) * ${width / 4} + head * HD;
        ${w.each((c) => `let d${c} = load_dOut(at + ${c}); let o${c} = load_out(at + ${c});`)}
        let delta = ${w.dot('d', 'o')};
        let logSum = load_logSums(index);
        ${w.each((c) => `var acc${c} = vec4<f32>(0.0);`)}
        for (var j = first; j < ${w.lastKey('i')}; j++) {
          ${w.load('k', 'j', `${heads} * HD + kv * HD`, true)}
          ${w.load('v', 'j', `${heads + kvHeads} * HD + kv * HD`, false)}
          let p = exp((${w.dot('q', 'k')}) * ${w.scale} - logSum);
          let ds = p * ((${w.dot('d', 'v')}) - delta) * ${w.scale};
          ${w.each((c) => `acc${c} += ds * k${c};`)}
        }
        ${w.unrotate('acc', 'i')}
        ${w.each((c) => `store_result((b * ${n} + i) * ${row / 4} + head * HD + ${c}, acc${c});`)}
      } else {
        let keyIndex = index - ${queries};
        ${w.unravel('j', 'kv', kvHeads, 'keyIndex')}
        ${w.span}
        ${w.load('k', 'j', `${heads} * HD + kv * HD`, true)}
        ${w.load('v', 'j', `${heads + kvHeads} * HD + kv * HD`, false)}
        ${w.each((c) => `var acc${c} = vec4<f32>(0.0); var val${c} = vec4<f32>(0.0);`)}
        if (j >= first && j < end) {
          for (var g = 0; g < ${heads / kvHeads}; g++) {
            let head = kv * ${heads / kvHeads} + g;
            for (var i = ${layout.causal ? 'j' : '0'}; i < ${n}; i++) {
              ${w.load('q', 'i', 'head * HD', true)}
              let at = (b * ${n} + i) * ${width / 4} + head * HD;
              ${w.each((c) => `let d${c} = load_dOut(at + ${c}); let o${c} = load_out(at + ${c});`)}
              let delta = ${w.dot('d', 'o')};
              let p = exp((${w.dot('q', 'k')}) * ${w.scale} - load_logSums((b * ${heads} + head) * ${n} + i));
              let ds = p * ((${w.dot('d', 'v')}) - delta) * ${w.scale};
              ${w.each((c) => `acc${c} += ds * q${c}; val${c} += p * d${c};`)}
            }
          }
        }
        ${w.unrotate('acc', 'j')}
        let base = (b * ${n} + j) * ${row / 4};
        ${w.each((c) => `store_result(base + ${heads} * HD + kv * HD + ${c}, acc${c}); store_result(base + ${heads + kvHeads} * HD + kv * HD + ${c}, val${c});`)}
      }
    `.replaceAll('HD', String(headDim / 4)),
  });
}
