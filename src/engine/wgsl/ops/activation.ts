import type { Tape, Value } from '../core/tape.ts';

/** 1 + 2·7.1.26 of Abramowitz & Stegun: |error| ≤ 1.5e-7, as in tfjs. */
const erf = `
fn erf_(x : f32) -> f32 {
  let a = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1.0 - p * exp(-a * a));
}`;

// Some drivers (SwiftShader among them) give NaN for tanh and infinity for exp far from 0, where both have long reached their limits.
const inner = 'tanh(clamp(0.7978845608 * (v + 0.044715 * v * v * v), -15.0, 15.0))';

const gelus = {
  /** `gelu_pytorch_tanh`, SigLIP's activation. */
  tanh: {
    header: '',
    value: `0.5 * v * (1.0 + ${inner})`,
    slope: '0.5 * (1.0 + th) + 0.5 * v * (1.0 - th * th) * 0.7978845608 * (1.0 + 0.134145 * v * v)',
    prepare: `let th = ${inner};`,
  },
  /** Exact `gelu`, LLaVA's projector. */
  erf: {
    header: erf,
    value: '0.5 * v * (1.0 + erf_(v * 0.70710678118))',
    slope: '0.5 * (1.0 + erf_(v * 0.70710678118)) + v * 0.3989422804 * exp(-0.5 * v * v)',
    prepare: '',
  },
  /** x·σ(1.702·x), CLIP's activation. */
  quick: {
    header: '',
    value: 'v / (1.0 + exp(-max(1.702 * v, -80.0)))',
    slope: 's * (1.0 + 1.702 * v * (1.0 - s))',
    prepare: 'let s = 1.0 / (1.0 + exp(-max(1.702 * v, -80.0)));',
  },
};

/** GELU of any form, element by element. */
export function gelu(tape: Tape, x: Value, form: keyof typeof gelus): Value {
  const { header, value, slope, prepare } = gelus[form];
  const y = tape.value(x.rows, x.columns, x.tracked);
  const count = x.rows * x.columns;
  tape.add({
    label: 'gelu',
    bindings: [
      { name: 'x', view: x.view },
      { name: 'y', view: y.view, write: true },
    ],
    threads: count,
    header,
    code: `if (index < ${count}) { let v = load_x(index); store_y(index, ${value}); }`,
  });
  if (x.tracked)
    tape.onBackward(() => {
      const target = tape.target(x);
      tape.add({
        label: 'gelu gradient',
        bindings: [
          { name: 'x', view: x.view },
          { name: 'dy', view: y.gradient! },
          { name: 'dx', view: target.view, write: true },
        ],
        threads: count,
        header,
        code: `if (index < ${count}) {
          let v = load_x(index);
          ${prepare}
          store_dx(index, load_dy(index) * (${slope})${target.accumulate ? ' + load_dx(index)' : ''});
        }`,
      });
    });
  return y;
}

/** SwiGLU: silu(gate)·up (Shazeer 2020). x [M, 2·ffn] = gate | up → [M, ffn]. */
export function swiglu(tape: Tape, x: Value): Value {
  const width = x.columns / 2;
  const y = tape.value(x.rows, width, x.tracked);
  const count = x.rows * width;
  const read = `
    let row = index / ${width};
    let column = index % ${width};
    let gate = load_x(row * ${2 * width} + column);
    let up = load_x(row * ${2 * width} + ${width} + column);
    let s = 1.0 / (1.0 + exp(-max(gate, -80.0)));`;
  tape.add({
    label: 'swiglu',
    bindings: [
      { name: 'x', view: x.view },
      { name: 'y', view: y.view, write: true },
    ],
    threads: count,
    code: `if (index < ${count}) { ${read} store_y(index, gate * s * up); }`,
  });
  if (x.tracked)
    tape.onBackward(() => {
      const target = tape.target(x);
      if (target.accumulate) throw new Error('gate and up have one reader');
      tape.add({
        label: 'swiglu gradient',
        bindings: [
          { name: 'x', view: x.view },
          { name: 'dy', view: y.gradient! },
          { name: 'dx', view: target.view, write: true },
        ],
        threads: count,
        code: `if (index < ${count}) {
          ${read}
          let d = load_dy(index);
          store_dx(row * ${2 * width} + column, d * up * s * (1.0 + gate * (1.0 - s)));
          store_dx(row * ${2 * width} + ${width} + column, d * gate * s);
        }`,
      });
    });
  return y;
}
