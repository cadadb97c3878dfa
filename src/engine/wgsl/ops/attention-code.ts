import type { Binding } from '../core/elements.ts';
import type { View } from '../core/view.ts';
import type { RotaryTables } from './rotary.ts';

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

/** Query–key pairs of a pass. */
export function pairsOf({ batch, length, heads, causal }: AttentionLayout): number {
  return (batch * heads * length * length) / (causal ? 2 : 1);
}

/** Pieces of WGSL that the attention kernels share, unrolled over the head's vec4s. */
export function attentionCode({ length: n, heads, kvHeads, headDim, causal }: AttentionLayout) {
  if (headDim % 8 !== 0) throw new Error('head dimensions must be multiples of 8');
  const quads = headDim / 4;
  const half = quads / 2;
  const row = ((heads + 2 * kvHeads) * headDim) / 4;
  const all = Array.from({ length: quads }, (_, c) => c);
  const each = (write: (c: number) => string) => all.map(write).join('\n');
  const scale = (1 / Math.sqrt(headDim)).toExponential();
  const dot = (a: string, b: string) => all.map((c) => `dot(${a}${c}, ${b}${c})`).join(' + ');
  const bindings: Binding[] = causal
    ? [
        { name: 'spans', view: causal.spans, type: 'i32' },
        { name: 'cosines', view: causal.rotary.cos, type: 'vec4<f32>' },
        { name: 'sines', view: causal.rotary.sin, type: 'vec4<f32>' },
      ]
    : [];
  const angles = (name: string, token: string) => `
    let ${name}At = clamp(select(${token} - first, ${token} - ${causal?.split} + offset, ${token} >= ${causal?.split}), 0, ${(causal?.rotary.positions ?? 1) - 1}) * ${half};
    ${Array.from({ length: half }, (_, c) => `let ${name}Cos${c} = load_cosines(${name}At + ${c}); let ${name}Sin${c} = load_sines(${name}At + ${c});`).join('\n')}`;
  return {
    each,
    bindings,
    scale,
    /** flat index → batch b, `head`, token. */
    unravel: (token: string, head: string, count: number, from = 'index') => `
      let ${token} = ${from} % ${n};
      let ${head} = (${from} / ${n}) % ${count};
      let b = ${from} / ${n * count};`,
    span: causal
      ? 'let first = load_spans(b * 3); let end = load_spans(b * 3 + 1); let offset = load_spans(b * 3 + 2);'
      : `let first = 0; let end = ${n};`,
    lastKey: (token: string) => (causal ? `min(${token} + 1, end)` : `${n}`),
    dot,
    /**
     * One key of a softmax with a running maximum: from `q` and `k`, and `top` and `sum` so far, its weight `p`; what was added up before
     * has to be multiplied by `keep`. `top = newTop` ends it.
     */
    softmax: `let s = (${dot('q', 'k')}) * ${scale};
        let newTop = max(top, s);
        let keep = exp(top - newTop);
        let p = exp(s - newTop);
        sum = sum * keep + p;`,
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
      const read = (c: number) => `load_${source}(${name}Base + ${c})`;
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
