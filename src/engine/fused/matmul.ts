import type { Binding, Kernel, View } from './plan.ts';

/** A stored matrix of a product; `transposed` = stored with the inner dimension first (left) or last (right). */
interface Operand {
  view: View;
  transposed: boolean;
}

export interface Matmul {
  label: string;
  m: number;
  n: number;
  k: number;
  /** [m, k], or [k, m] transposed. */
  left: Operand;
  /** [k, n], or [n, k] transposed. */
  right: Operand;
  out: View;
  /** Adds to what `out` holds. */
  accumulate?: boolean;
  /** [n], added to every row. */
  bias?: View;
  /** [rows, n], added row by row; row i takes row i mod `rows`. */
  residual?: { view: View; rows: number };
  /** Σ over k of the left operand (transposed): the bias gradient, [m]. */
  rowSum?: { view: View; accumulate: boolean };
}

const tile = 4;

/**
 * Matrix product with a 4×4 tile of the output in the registers of each invocation and no workgroup memory, which suits software adapters and small
 * matrices. Loads are vec4 wherever a stored row is a multiple of four; sums run over k in order, in f32.
 */
export function matmul(spec: Matmul): Kernel {
  const { label, m, n, k, left, right, out } = spec;
  const rows = [0, 1, 2, 3];
  const leftWide = left.transposed ? m % 4 === 0 : k % 4 === 0;
  const rightWide = right.transposed ? k % 4 === 0 : n % 4 === 0;
  const outWide = n % 4 === 0;
  const tilesM = Math.ceil(m / tile);
  const tilesN = Math.ceil(n / tile);
  const clampM = m % tile === 0 ? '' : `, ${m - 1})`;
  const clampN = n % tile === 0 ? '' : `, ${n - 1})`;
  const bindings: Binding[] = [
    { name: 'left', view: left.view, type: leftWide ? 'vec4<f32>' : 'f32' },
    { name: 'right', view: right.view, type: rightWide ? 'vec4<f32>' : 'f32' },
    { name: 'result', view: out, write: true, type: outWide ? 'vec4<f32>' : 'f32' },
  ];
  if (spec.bias) bindings.push({ name: 'bias', view: spec.bias });
  if (spec.residual)
    bindings.push({ name: 'residual', view: spec.residual.view, type: outWide ? 'vec4<f32>' : 'f32' });
  if (spec.rowSum) bindings.push({ name: 'sums', view: spec.rowSum.view, write: true });

  // One block of four k (or one k), as the vec4s the fused multiply-adds need.
  const wideK = k % 4 === 0 && (leftWide || left.transposed) && (rightWide || !right.transposed);
  const blocks = wideK && !(left.transposed && !right.transposed);
  let loop: string;
  if (blocks && right.transposed && !left.transposed) {
    // Both operands run along k: dot products of vec4s.
    loop = `for (var q = 0; q < ${k / 4}; q++) {
      ${rows.map((i) => `let a${i} = left[m${i} * ${k / 4} + q];`).join('\n')}
      ${rows.map((j) => `let b${j} = right[n${j} * ${k / 4} + q];`).join('\n')}
      ${rows.map((i) => `sum${i} += vec4<f32>(${rows.map((j) => `dot(a${i}, b${j})`).join(', ')});`).join('\n')}
    }`;
  } else if (blocks && !right.transposed && !left.transposed && rightWide) {
    loop = `for (var q = 0; q < ${k / 4}; q++) {
      ${rows.map((i) => `let a${i} = left[m${i} * ${k / 4} + q];`).join('\n')}
      ${rows.map((c) => `let b${c} = right[(q * 4 + ${c}) * ${n / 4} + column];`).join('\n')}
      ${rows.map((i) => `sum${i} = fma(vec4<f32>(a${i}.w), b3, fma(vec4<f32>(a${i}.z), b2, fma(vec4<f32>(a${i}.y), b1, fma(vec4<f32>(a${i}.x), b0, sum${i}))));`).join('\n')}
    }`;
  } else {
    const a = (i: number) => {
      if (left.transposed) return leftWide ? `left[k * ${m / 4} + row][${i}]` : `left[k * ${m} + m${i}]`;
      return leftWide ? `left[m${i} * ${k / 4} + k / 4][k % 4]` : `left[m${i} * ${k} + k]`;
    };
    const b = () => {
      if (!right.transposed && rightWide) return `right[k * ${n / 4} + column]`;
      const one = (j: number) => {
        if (!right.transposed) return `right[k * ${n} + n${j}]`;
        return rightWide ? `right[n${j} * ${k / 4} + k / 4][k % 4]` : `right[n${j} * ${k} + k]`;
      };
      return `vec4<f32>(${rows.map(one).join(', ')})`;
    };
    const aAll =
      left.transposed && leftWide
        ? `let a = left[k * ${m / 4} + row];`
        : `let a = vec4<f32>(${rows.map(a).join(', ')});`;
    loop = `for (var k = 0; k < ${k}; k++) {
      ${aAll}
      let b = ${b()};
      ${rows.map((i) => `sum${i} = fma(vec4<f32>(a[${i}]), b, sum${i});`).join('\n')}
      ${spec.rowSum ? 'rowTotal += a;' : ''}
    }`;
  }
  const store = (i: number) => {
    let value = `sum${i}`;
    if (spec.bias) value += ` + biases`;
    const guard = m % tile === 0 ? '' : `if (row * ${tile} + ${i} < ${m}) `;
    if (outWide) {
      const at = `m${i} * ${n / 4} + column`;
      const extra = spec.residual ? ` + residual[(m${i} % ${spec.residual.rows}) * ${n / 4} + column]` : '';
      return `${guard}{ result[${at}] = ${value}${extra}${spec.accumulate ? ` + result[${at}]` : ''}; }`;
    }
    return rows
      .map((j) => {
        const at = `m${i} * ${n} + n${j}`;
        const extra = spec.residual ? ` + residual[(m${i} % ${spec.residual.rows}) * ${n} + n${j}]` : '';
        return `${guard}{ if (column * ${tile} + ${j} < ${n}) { result[${at}] = (${value})[${j}]${extra}${spec.accumulate ? ` + result[${at}]` : ''}; } }`;
      })
      .join('\n');
  };
  const sums = spec.rowSum
    ? `if (column == 0) { ${rows
        .map(
          (i) =>
            `${m % tile === 0 ? '' : `if (row * ${tile} + ${i} < ${m}) `}{ sums[m${i}] = rowTotal[${i}]${spec.rowSum!.accumulate ? ` + sums[m${i}]` : ''}; }`,
        )
        .join('\n')} }`
    : '';
  return {
    label,
    bindings,
    threads: tilesM * tilesN,
    code: `
      if (index >= ${tilesM * tilesN}) { return; }
      let column = index % ${tilesN};
      let row = index / ${tilesN};
      ${rows.map((i) => `let m${i} = ${clampM ? 'min(' : ''}row * ${tile} + ${i}${clampM};`).join('\n')}
      ${rows.map((j) => `let n${j} = ${clampN ? 'min(' : ''}column * ${tile} + ${j}${clampN};`).join('\n')}
      ${rows.map((i) => `var sum${i} = vec4<f32>(0.0);`).join('\n')}
      ${spec.rowSum ? 'var rowTotal = vec4<f32>(0.0);' : ''}
      ${loop}
      ${spec.bias ? `let biases = vec4<f32>(${rows.map((j) => `bias[n${j}]`).join(', ')});` : ''}
      ${rows.map(store).join('\n')}
      ${sums}
    `,
  };
}
