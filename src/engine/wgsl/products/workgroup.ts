import { quadBindings } from './bindings.ts';
import type { Matmul } from '../core/matmul-spec.ts';
import type { Kernel } from '../core/plan.ts';

/** Side of the output tile that a workgroup of 8×8 invocations computes, 4×4 each, and how much of k it stages at a time. */
const side = 32;
const depth = 16;
const groupSize = 64;
/** Staged columns are this far apart, so that neighbours lie in different memory banks. */
const stride = side + 1;

/** Whether the shapes allow it: what is read four numbers at a time is a multiple of four, and less than a tile would mostly idle. */
export function fitsWorkgroup({ m, n, k, left, right }: Matmul): boolean {
  const alongK = !left.transposed || right.transposed;
  return (
    m >= side && n >= side && n % 4 === 0 && (!left.transposed || m % 4 === 0) && (!alongK || k % 4 === 0)
  );
}

/**
 * Matrix product with both operands staged in workgroup memory, which suits graphics cards. Every element is the same sum over k in the same
 * order as in the other variants.
 */
export function workgroupTiled(spec: Matmul): Kernel {
  const { label, m, n, k, left, right, bias, residual, rowSum } = spec;
  const across = Math.ceil(n / side);

  /** Stages rows `from`… of an operand whose rows lie along k (`inner` = false: across it); what is outside counts as zero. */
  const stage = (
    target: string,
    source: string,
    { inner, from, rows }: { inner: boolean; from: string; rows: number },
  ) =>
    [0, 1]
      .map((u) => {
        const id = `(lane + ${u * groupSize})`;
        const guarded = (condition: string, at: string) =>
          `var v = vec4<f32>(0.0); if (${condition}) { v = load_${source}(${at}); }`;
        return inner
          ? `{ let r = ${id} / ${depth / 4}; let q = ${id} % ${depth / 4};
               ${guarded(`${from} + r < ${rows} && k0 / 4 + q < ${k / 4}`, `(${from} + r) * ${k / 4} + k0 / 4 + q`)}
               for (var c = 0; c < 4; c++) { ${target}[(q * 4 + c) * ${stride} + r] = v[c]; } }`
          : `{ let kk = ${id} / ${side / 4}; let q = ${id} % ${side / 4};
               ${guarded(`k0 + kk < ${k} && ${from} + q * 4 < ${rows}`, `(k0 + kk) * ${rows / 4} + ${from} / 4 + q`)}
               for (var c = 0; c < 4; c++) { ${target}[kk * ${stride} + q * 4 + c] = v[c]; } }`;
      })
      .join('\n');
  const rows = [0, 1, 2, 3];
  const lines = (write: (i: number) => string) => rows.map(write).join('\n');
  const store = (i: number) => {
    const parts = [`s${i}`];
    if (bias) parts.push('load_bias(column)');
    if (residual) parts.push(`load_residual(((row + ${i}) % ${residual.rows}) * ${n / 4} + column)`);
    if (spec.accumulate) parts.push(`load_result((row + ${i}) * ${n / 4} + column)`);
    return `if (row + ${i} < ${m}) { store_result((row + ${i}) * ${n / 4} + column, ${parts.join(' + ')}); }`;
  };
  const sum = (i: number) =>
    `if (row + ${i} < ${m}) { store_sums(row + ${i}, total[${i}]${rowSum?.accumulate ? ` + load_sums(row + ${i})` : ''}); }`;
  return {
    label,
    bindings: quadBindings(spec),
    groupSize,
    threads: across * Math.ceil(m / side) * groupSize,
    header: `var<workgroup> tileLeft : array<f32, ${depth * stride}>;
var<workgroup> tileRight : array<f32, ${depth * stride}>;`,
    code: `
      let m0 = (group / ${across}) * ${side};
      let n0 = (group % ${across}) * ${side};
      let x = lane % 8;
      let y = lane / 8;
      ${lines((i) => `var s${i} = vec4<f32>(0.0);`)}
      ${rowSum ? 'var total = vec4<f32>(0.0);' : ''}
      for (var k0 = 0; k0 < ${k}; k0 += ${depth}) {
        ${stage('tileLeft', 'left', { inner: !left.transposed, from: 'm0', rows: m })}
        ${stage('tileRight', 'right', { inner: right.transposed, from: 'n0', rows: n })}
        workgroupBarrier();
        for (var kk = 0; kk < ${depth}; kk++) {
          let a = kk * ${stride} + y * 4;
          let b = kk * ${stride} + x * 4;
          let values = vec4<f32>(tileRight[b], tileRight[b + 1], tileRight[b + 2], tileRight[b + 3]);
          ${lines((i) => `s${i} += tileLeft[a + ${i}] * values;`)}
          ${rowSum ? 'total += vec4<f32>(tileLeft[a], tileLeft[a + 1], tileLeft[a + 2], tileLeft[a + 3]);' : ''}
        }
        workgroupBarrier();
      }
      let row = m0 + y * 4;
      let column = n0 / 4 + x;
      if (column < ${n / 4}) {
        ${lines(store)}
        ${rowSum ? `if (column == 0) { ${lines(sum)} }` : ''}
      }
    `,
  };
}
