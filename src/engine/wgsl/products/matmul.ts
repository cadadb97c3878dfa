import { quadBindings } from './bindings.ts';
import { wideTiled } from './wide.ts';
import { fitsWorkgroup, workgroupTiled } from './workgroup.ts';
import type { Binding } from '../core/elements.ts';
import type { Kernel } from '../core/plan.ts';
import type { Matmul } from '../core/matmul-spec.ts';

/**
 * Matrix product. Register tiles use no workgroup memory, which suits software adapters (whose barriers are slow) and small matrices.
 * Every element is a sum over k in order, in f32, whatever the tile.
 */
export function matmul(spec: Matmul): Kernel {
  const { m, n, k, left, right } = spec;
  const fits = (tile: number) =>
    m % tile === 0 && n % tile === 0 && (left.transposed ? !right.transposed : k % 4 === 0);
  const tile = ([spec.tile === 8 ? 8 : 4, 4] as const).find(fits);
  const kernel = shared(spec) ?? (tile === undefined ? ragged(spec) : tiled(spec, tile));
  return { ...kernel, operations: 2 * m * n * k };
}

/** Tiles that a workgroup shares, where they are asked for and the shapes allow it. */
function shared(spec: Matmul): Kernel | undefined {
  const { tile } = spec;
  if (tile === 4 || tile === 8 || !fitsWorkgroup(spec)) return undefined;
  return tile === 'workgroup' ? workgroupTiled(spec) : wideTiled(spec, tile);
}

const lanes = ['x', 'y', 'z', 'w'] as const;
const count = (length: number): number[] => Array.from({ length }, (_, i) => i);
const lines = (parts: string[]): string => parts.join('\n');

/** Shapes that are multiples of the tile: everything is loaded and stored as vec4. */
function tiled(spec: Matmul, tile: number): Kernel {
  const { label, m, n, k, left, right, bias, residual, rowSum } = spec;
  const rows = count(tile);
  const quads = count(tile / 4);
  const tiles = (m / tile) * (n / tile);

  const multiply = (j: number, factor: (i: number) => string, by: string) =>
    lines(rows.map((i) => `s${i}_${j} += ${factor(i)} * ${by};`));
  /** One k of a product whose left operand is stored along m. */
  const outer = (at: string) => `{
    ${lines(quads.map((i) => `let a${i} = load_left((${at}) * ${m / 4} + m / 4 + ${i});${rowSum ? ` total${i} += a${i};` : ''}`))}
    ${lines(quads.map((j) => `let b${j} = load_right((${at}) * ${n / 4} + n4 + ${j}); ${multiply(j, (i) => `a${Math.floor(i / 4)}.${lanes[i % 4]!}`, `b${j}`)}`))}
  }`;
  let loop: string;
  if (left.transposed) {
    const whole = Math.floor(k / 4);
    loop = `for (var q = 0; q < ${whole}; q++) { ${lines(count(4).map((u) => outer(`q * 4 + ${u}`)))} }
      ${lines(count(k % 4).map((u) => outer(String(whole * 4 + u))))}`;
  } else {
    const across = (j: number) =>
      right.transposed
        ? `${lines(count(4).map((t) => `let b${j}_${t} = load_right(((n4 + ${j}) * 4 + ${t}) * ${k / 4} + q);`))}
           ${lines(
             rows.map(
               (i) =>
                 `s${i}_${j} += vec4<f32>(${count(4)
                   .map((t) => `dot(a${i}, b${j}_${t})`)
                   .join(', ')});`,
             ),
           )}`
        : lines(
            lanes.map(
              (c, t) =>
                `let b${j}_${t} = load_right((q * 4 + ${t}) * ${n / 4} + n4 + ${j}); ${multiply(j, (i) => `a${i}.${c}`, `b${j}_${t}`)}`,
            ),
          );
    loop = `for (var q = 0; q < ${k / 4}; q++) {
      ${lines(rows.map((i) => `let a${i} = load_left((m + ${i}) * ${k / 4} + q);`))}
      ${lines(quads.map(across))}
    }`;
  }
  const store = (i: number, j: number) => {
    const at = `(m + ${i}) * ${n / 4} + n4 + ${j}`;
    const parts = [`s${i}_${j}`];
    if (bias) parts.push(`load_bias(n4 + ${j})`);
    if (residual) parts.push(`load_residual(((m + ${i}) % ${residual.rows}) * ${n / 4} + n4 + ${j})`);
    if (spec.accumulate) parts.push(`load_result(${at})`);
    return `store_result(${at}, ${parts.join(' + ')});`;
  };
  const sum = (i: number) => {
    const value = `total${Math.floor(i / 4)}.${lanes[i % 4]!}`;
    return `store_sums(m + ${i}, ${value}${rowSum!.accumulate ? ` + load_sums(m + ${i})` : ''});`;
  };
  return {
    label,
    bindings: quadBindings(spec),
    threads: tiles,
    // Few tiles are spread over more workgroups, so that every core has some.
    groupSize: tiles < 1024 ? 16 : 64,
    code: `
      if (index >= ${tiles}) { return; }
      let n4 = (index % ${n / tile}) * ${tile / 4};
      let m = (index / ${n / tile}) * ${tile};
      ${lines(rows.flatMap((i) => quads.map((j) => `var s${i}_${j} = vec4<f32>(0.0);`)))}
      ${rowSum ? lines(quads.map((i) => `var total${i} = vec4<f32>(0.0);`)) : ''}
      ${loop}
      ${lines(rows.flatMap((i) => quads.map((j) => store(i, j))))}
      ${rowSum ? `if (n4 == 0) { ${lines(rows.map(sum))} }` : ''}
    `,
  };
}

/** Any shape: one element per invocation. */
function ragged(spec: Matmul): Kernel {
  const { label, m, n, k, left, right, out, bias, residual, rowSum } = spec;
  const bindings: Binding[] = [
    { name: 'left', view: left.view },
    { name: 'right', view: right.view },
    { name: 'result', view: out, write: true },
  ];
  if (bias) bindings.push({ name: 'bias', view: bias });
  if (residual) bindings.push({ name: 'residual', view: residual.view });
  if (rowSum) bindings.push({ name: 'sums', view: rowSum.view, write: true });
  const parts = ['sum'];
  if (bias) parts.push('load_bias(column)');
  if (residual) parts.push(`load_residual((row % ${residual.rows}) * ${n} + column)`);
  if (spec.accumulate) parts.push('load_result(index)');
  return {
    label,
    bindings,
    threads: m * n,
    code: `
      if (index >= ${m * n}) { return; }
      let column = index % ${n};
      let row = index / ${n};
      var sum = 0.0;
      var total = 0.0;
      for (var k = 0; k < ${k}; k++) {
        let a = load_left(${left.transposed ? `k * ${m} + row` : `row * ${k} + k`});
        sum += a * load_right(${right.transposed ? `column * ${k} + k` : `k * ${n} + column`});
        ${rowSum ? 'total += a;' : ''}
      }
      store_result(index, ${parts.join(' + ')});
      ${rowSum ? `if (column == 0) { store_sums(row, total${rowSum.accumulate ? ' + load_sums(row)' : ''}); }` : ''}
    `,
  };
}
