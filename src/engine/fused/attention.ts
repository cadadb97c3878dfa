import type { Memory } from './memory.ts';
import type { Binding, View } from './plan.ts';
import type { Tape, Value } from './tape.ts';

export interface AttentionLayout {
  batch: number;
  /** Tokens per sequence. */
  length: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  /** Decoder attention: causal, with rotary positions and padding. Absent: every token sees every token (vision). */
  causal?: {
    /**
     * int32 [B, 3]: first real token, end of the real tokens, and the position id of token `split`. Token i has the position id
     * i − first before `split`, and i − split + that id from there on.
     */
    spans: View;
    split: number;
    /** cos and sin, [positions, headDim/2] each. */
    rotary: RotaryTables;
  };
}

export interface RotaryTables {
  cos: View;
  sin: View;
  positions: number;
}

/** Uploads cos and sin of position·θ^(−2i/headDim) for positions 0…count−1. */
export function rotaryTables(
  memory: Memory,
  { headDim, ropeTheta }: { headDim: number; ropeTheta: number },
  positions: number,
): RotaryTables {
  const { cos, sin } = rotaryValues(positions, headDim, ropeTheta);
  const upload = (data: Float32Array<ArrayBuffer>) => {
    const view = memory.allocate(data.length);
    memory.upload(view, data);
    return view;
  };
  return { cos: upload(cos), sin: upload(sin), positions };
}

/** cos and sin of position·θ^(−2i/headDim). */
export function rotaryValues(
  positions: number,
  headDim: number,
  theta: number,
): { cos: Float32Array<ArrayBuffer>; sin: Float32Array<ArrayBuffer> } {
  const half = headDim / 2;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * theta ** ((-2 * i) / headDim);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  return { cos, sin };
}

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
  const w = writer(layout);
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
        let s = (${w.dot('q', 'k')}) * ${w.scale};
        ${w.load('v', 'j', `${heads + kvHeads} * HD + kv * HD`, false)}
        let newTop = max(top, s);
        let keep = exp(top - newTop);
        let p = exp(s - newTop);
        sum = sum * keep + p;
        ${w.each((c) => `acc${c} = acc${c} * keep + p * v${c};`)}
        top = newTop;
      }
      let inverse = select(0.0, 1.0 / max(sum, 1.0e-30), sum > 0.0);
      ${w.each((c) => `out[(b * ${n} + i) * ${width / 4} + head * HD + ${c}] = acc${c} * inverse;`)}
      logSums[index] = select(0.0, top + log(max(sum, 1.0e-30)), sum > 0.0);
    `.replaceAll('HD', String(headDim / 4)),
  });
  if (packed.tracked) tape.onBackward(() => backward(tape, packed, out, logSums, layout));
  return out;
}

/**
 * How much of their attention the tokens from `from` on give to tokens before `from`, as in `attention` with a causal layout:
 * one number in 0…1 per sequence, head and token, → [B·heads·(N−from)]; −1 for padding.
 */
export function attentionShare(tape: Tape, packed: Value, layout: AttentionLayout, from: number): View {
  const { batch, length: n, heads, kvHeads, headDim } = layout;
  const count = n - from;
  const threads = batch * heads * count;
  const out = tape.memory.allocate(threads);
  const w = writer(layout);
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
        let s = (${w.dot('q', 'k')}) * ${w.scale};
        let newTop = max(top, s);
        let keep = exp(top - newTop);
        let p = exp(s - newTop);
        sum = sum * keep + p;
        before = before * keep + select(0.0, p, j < ${from});
        top = newTop;
      }
      out[index] = select(-1.0, before / max(sum, 1.0e-30), i < end);
    `.replaceAll('HD', String(headDim / 4)),
  });
  return out;
}

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
  const w = writer(layout);
  const threads = batch * heads;
  const [keys, values] = [`${heads} * HD + kv * HD`, `${heads + kvHeads} * HD + kv * HD`];
  const mix = `
        let s = (${w.dot('q', 'k')}) * ${w.scale};
        let newTop = max(top, s);
        let keep = exp(top - newTop);
        let p = exp(s - newTop);
        sum = sum * keep + p;
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
      let token = place[0];
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
      ${w.each((c) => `out[b * ${width / 4} + head * HD + ${c}] = acc${c} / sum;`)}
      // One head of each group keeps the group's key and value; nobody reads that row in this dispatch.
      if (head % ${heads / kvHeads} == 0) {
        let at = (b * ${n} + token) * ${row};
        ${w.each((c) => `packed[at + ${keys} + ${c}] = fresh[b * ${row} + ${keys} + ${c}]; packed[at + ${values} + ${c}] = fresh[b * ${row} + ${values} + ${c}];`)}
      }
    `.replaceAll('HD', String(headDim / 4)),
  });
  return out;
}

/** Both halves of the backward pass in one dispatch: the first invocations own a query each, the rest a key each. */
function backward(tape: Tape, packed: Value, out: Value, logSums: View, layout: AttentionLayout): void {
  const { batch, length: n, heads, kvHeads, headDim } = layout;
  const width = heads * headDim;
  const row = (heads + 2 * kvHeads) * headDim;
  const w = writer(layout);
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
        ${w.each((c) => `let d${c} = dOut[at + ${c}]; let o${c} = out[at + ${c}];`)}
        let delta = ${w.dot('d', 'o')};
        let logSum = logSums[index];
        ${w.each((c) => `var acc${c} = vec4<f32>(0.0);`)}
        for (var j = first; j < ${w.lastKey('i')}; j++) {
          ${w.load('k', 'j', `${heads} * HD + kv * HD`, true)}
          ${w.load('v', 'j', `${heads + kvHeads} * HD + kv * HD`, false)}
          let p = exp((${w.dot('q', 'k')}) * ${w.scale} - logSum);
          let ds = p * ((${w.dot('d', 'v')}) - delta) * ${w.scale};
          ${w.each((c) => `acc${c} += ds * k${c};`)}
        }
        ${w.unrotate('acc', 'i')}
        ${w.each((c) => `result[(b * ${n} + i) * ${row / 4} + head * HD + ${c}] = acc${c};`)}
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
              ${w.each((c) => `let d${c} = dOut[at + ${c}]; let o${c} = out[at + ${c}];`)}
              let delta = ${w.dot('d', 'o')};
              let p = exp((${w.dot('q', 'k')}) * ${w.scale} - logSums[(b * ${heads} + head) * ${n} + i]);
              let ds = p * ((${w.dot('d', 'v')}) - delta) * ${w.scale};
              ${w.each((c) => `acc${c} += ds * q${c}; val${c} += p * d${c};`)}
            }
          }
        }
        ${w.unrotate('acc', 'j')}
        let base = (b * ${n} + j) * ${row / 4};
        ${w.each((c) => `result[base + ${heads} * HD + kv * HD + ${c}] = acc${c}; result[base + ${heads + kvHeads} * HD + kv * HD + ${c}] = val${c};`)}
      }
    `.replaceAll('HD', String(headDim / 4)),
  });
}

/** Query–key pairs of a pass. */
function pairsOf({ batch, length, heads, causal }: AttentionLayout): number {
  return (batch * heads * length * length) / (causal ? 2 : 1);
}

/** Pieces of WGSL that both passes share, unrolled over the head's vec4s. */
function writer({ length: n, heads, kvHeads, headDim, causal }: AttentionLayout) {
  if (headDim % 8 !== 0) throw new Error('head dimensions must be multiples of 8');
  const quads = headDim / 4;
  const half = quads / 2;
  const row = ((heads + 2 * kvHeads) * headDim) / 4;
  const all = Array.from({ length: quads }, (_, c) => c);
  const each = (write: (c: number) => string) => all.map(write).join('\n');
  const bindings: Binding[] = causal
    ? [
        { name: 'spans', view: causal.spans, type: 'i32' },
        { name: 'cosines', view: causal.rotary.cos, type: 'vec4<f32>' },
        { name: 'sines', view: causal.rotary.sin, type: 'vec4<f32>' },
      ]
    : [];
  const angles = (name: string, token: string) => `
    let ${name}At = clamp(select(${token} - first, ${token} - ${causal?.split} + offset, ${token} >= ${causal?.split}), 0, ${(causal?.rotary.positions ?? 1) - 1}) * ${half};
    ${Array.from({ length: half }, (_, c) => `let ${name}Cos${c} = cosines[${name}At + ${c}]; let ${name}Sin${c} = sines[${name}At + ${c}];`).join('\n')}`;
  return {
    each,
    bindings,
    scale: (1 / Math.sqrt(headDim)).toExponential(),
    /** flat index → batch b, `head`, token. */
    unravel: (token: string, head: string, count: number, from = 'index') => `
      let ${token} = ${from} % ${n};
      let ${head} = (${from} / ${n}) % ${count};
      let b = ${from} / ${n * count};`,
    span: causal
      ? 'let first = spans[b * 3]; let end = spans[b * 3 + 1]; let offset = spans[b * 3 + 2];'
      : `let first = 0; let end = ${n};`,
    lastKey: (token: string) => (causal ? `min(${token} + 1, end)` : `${n}`),
    dot: (a: string, b: string) => all.map((c) => `dot(${a}${c}, ${b}${c})`).join(' + '),
    /** Loads one head's vector of a token as `name0…`, rotated where the layout has positions. */
    load: (
      name: string,
      token: string,
      column: string,
      rotates: boolean,
      source = 'packed',
      start = `(b * ${n} + ${token}) * ${row}`,
    ) => {
      const at = `let ${name}Base = ${start} + ${column};`;
      const read = (c: number) => `${source}[${name}Base + ${c}]`;
      if (!rotates || causal === undefined) return at + each((c) => `let ${name}${c} = ${read(c)};`);
      return `${at} ${angles(name, token)} ${all
        .slice(0, half)
        .map(
          (c) => `
        let ${name}Lo${c} = ${read(c)}; let ${name}Hi${c} = ${read(c + half)};
        let ${name}${c} = ${name}Lo${c} * ${name}Cos${c} - ${name}Hi${c} * ${name}Sin${c};
        let ${name}${c + half} = ${name}Hi${c} * ${name}Cos${c} + ${name}Lo${c} * ${name}Sin${c};`,
        )
        .join('\n')}`;
    },
    /** Turns a gradient of a rotated vector into that of the unrotated one, in place. */
    unrotate: (name: string, token: string) =>
      causal === undefined
        ? ''
        : `${angles(`${name}Back`, token)} ${all
            .slice(0, half)
            .map(
              (c) => `
        let ${name}Old${c} = ${name}${c};
        ${name}${c} = ${name}Old${c} * ${name}BackCos${c} + ${name}${c + half} * ${name}BackSin${c};
        ${name}${c + half} = ${name}${c + half} * ${name}BackCos${c} - ${name}Old${c} * ${name}BackSin${c};`,
            )
            .join('\n')}`,
  };
}
