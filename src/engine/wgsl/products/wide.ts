import { quadBindings } from './bindings.ts';
import type { WideTile } from '../../device/variant.ts';
import type { Matmul } from '../core/matmul-spec.ts';
import type { Kernel } from '../core/plan.ts';

/** How much of k is staged at a time. */
const depth = 16;
/** Rows of the result that one invocation computes: two quads, half a tile apart. */
const ownRows = 8;
/** Side of the output tile of a workgroup, and how many quads of columns, half a tile apart, one invocation computes. */
const shapes: Readonly<Record<WideTile, { side: number; ownQuads: number }>> = {
  workgroup64: { side: 64, ownQuads: 1 },
  workgroup128: { side: 128, ownQuads: 2 },
};

const lanes = ['x', 'y', 'z', 'w'] as const;
const count = (length: number): number[] => Array.from({ length }, (_, i) => i);
const lines = (parts: readonly string[]): string => parts.join('\n');

/**
 * Matrix product for large shapes on graphics cards: 8×4 or 8×8 results an invocation, so that a number read from workgroup memory is used more often
 * than by the small tile, whose reads take twice as long as its arithmetic. Every element is the same sum over k in the same order.
 *
 * Both operands are staged k by k as quads. Quad i of k stands at place i xor 2·(k / 4 mod 4): eight invocations that write or read side by side meet
 * eight different memory banks.
 */
export function wideTiled(spec: Matmul, tile: WideTile): Kernel {
  const { label, m, n, k, left, right, bias, residual, rowSum } = spec;
  const { side, ownQuads } = shapes[tile];
  const width = side / 4;
  const half = width / 2;
  const groupSize = 2 * side;
  const [down, across] = [Math.ceil(m / side), Math.ceil(n / side)];

  /** One quad of an operand; what is outside counts as zero. */
  const quad = (name: string, source: string, at: string, inside: readonly string[]) =>
    inside.length === 0
      ? `let ${name} = load_${source}(${at});`
      : `var ${name} = vec4<f32>(0.0); if (${inside.join(' && ')}) { ${name} = load_${source}(${at}); }`;
  const wholeDepth = k % depth === 0;
  /** An operand whose rows lie along k: each invocation turns a block of four rows and four k around. */
  const alongK = (target: string, source: string, from: string, rows: number) => `
    let q = place % 4;
    let r = place / 4;
    ${lines(
      count(4).map((u) =>
        quad(`v${u}`, source, `(${from} + r * 4 + ${u}) * ${k / 4} + k0 / 4 + q`, [
          ...(rows % side === 0 ? [] : [`${from} + r * 4 + ${u} < ${rows}`]),
          ...(wholeDepth ? [] : [`k0 / 4 + q < ${k / 4}`]),
        ]),
      ),
    )}
    let to = q * ${4 * width} + (r ^ (q * 2));
    ${lines(lanes.map((c, u) => `${target}[to + ${u * width}] = vec4<f32>(v0.${c}, v1.${c}, v2.${c}, v3.${c});`))}`;
  /** An operand whose rows lie across it: quads are taken as they are. */
  const acrossK = (target: string, source: string, from: string, rows: number) => `
    let kk = place / ${width};
    let c = place % ${width};
    ${lines(
      count(4).map((u) =>
        quad(`v${u}`, source, `(k0 + kk + ${4 * u}) * ${rows / 4} + ${from} / 4 + c`, [
          ...(rows % side === 0 ? [] : [`${from} / 4 + c < ${rows / 4}`]),
          ...(wholeDepth ? [] : [`k0 + kk + ${4 * u} < ${k}`]),
        ]),
      ),
    )}
    ${lines(count(4).map((u) => `${target}[(kk + ${4 * u}) * ${width} + (c ^ ${2 * u})] = v${u};`))}`;
  const stageLeft = (left.transposed ? acrossK : alongK)('tileLeft', 'left', 'm0', m);
  const stageRight = (right.transposed ? alongK : acrossK)('tileRight', 'right', 'n0', n);

  const rows = count(ownRows);
  const quads = count(ownQuads);
  const multiply = (kk: number) => `{
    let at = q * ${4 * width} + ${kk * width};
    let a0 = tileLeft[at + ya];
    let a1 = tileLeft[at + ya + ${half}];
    ${lines(quads.map((j) => `let b${j} = tileRight[at + xb + ${j * half}];`))}
    ${lines(rows.flatMap((i) => quads.map((j) => `s${i}_${j} += a${Math.floor(i / 4)}.${lanes[i % 4]!} * b${j};`)))}
    ${rowSum ? 'total0 += a0; total1 += a1;' : ''}
  }`;
  const rowOf = (i: number) => `row + ${i < 4 ? i : 4 * half + i - 4}`;
  const guarded = (condition: string | false, code: string) =>
    condition === false ? code : `if (${condition}) { ${code} }`;
  const store = (i: number, j: number) => {
    const column = `column + ${j * half}`;
    const at = `(${rowOf(i)}) * ${n / 4} + ${column}`;
    const parts = [`s${i}_${j}`];
    if (bias) parts.push(`load_bias(${column})`);
    if (residual) parts.push(`load_residual(((${rowOf(i)}) % ${residual.rows}) * ${n / 4} + ${column})`);
    if (spec.accumulate) parts.push(`load_result(${at})`);
    const inside = guarded(
      n % side !== 0 && `${column} < ${n / 4}`,
      `store_result(${at}, ${parts.join(' + ')});`,
    );
    return guarded(m % side !== 0 && `${rowOf(i)} < ${m}`, inside);
  };
  const sum = (i: number) =>
    guarded(
      m % side !== 0 && `${rowOf(i)} < ${m}`,
      `store_sums(${rowOf(i)}, total${Math.floor(i / 4)}.${lanes[i % 4]!}${rowSum?.accumulate ? ` + load_sums(${rowOf(i)})` : ''});`,
    );
  return {
    label,
    bindings: quadBindings(spec),
    groupSize,
    threads: across * down * groupSize,
    header: `var<workgroup> tileLeft : array<vec4<f32>, ${depth * width}>;
var<workgroup> tileRight : array<vec4<f32>, ${depth * width}>;`,
    // More workgroups run than there are tiles where they are too many for one row of a dispatch.
    // Workgroups that run at the same time share the longer operand, and walk over the shorter one.
    code: `
      if (group >= ${across * down}) { return; }
      let m0 = (${across > down ? `group % ${down}` : `group / ${across}`}) * ${side};
      let n0 = (${across > down ? `group / ${down}` : `group % ${across}`}) * ${side};
      // 32 neighbours compute eight quads of columns by four of rows: the fewest different numbers that as many can read.
      let x = lane % 8 + 8 * ((lane / 32) % 2);
      let y = (lane / 8) % 4 + 4 * (lane / 64);
      let place = lane % ${side};
      ${lines(rows.flatMap((i) => quads.map((j) => `var s${i}_${j} = vec4<f32>(0.0);`)))}
      ${rowSum ? 'var total0 = vec4<f32>(0.0); var total1 = vec4<f32>(0.0);' : ''}
      for (var k0 = 0; k0 < ${k}; k0 += ${depth}) {
        if (lane < ${side}) {${stageLeft}
        } else {${stageRight}
        }
        workgroupBarrier();
        for (var q = 0; q < ${depth / 4}; q++) {
          let ya = y ^ (q * 2);
          let xb = x ^ (q * 2);
          ${lines(count(4).map(multiply))}
        }
        workgroupBarrier();
      }
      let row = m0 + y * 4;
      let column = n0 / 4 + x;
      ${lines(rows.flatMap((i) => quads.map((j) => store(i, j))))}
      ${rowSum ? `if (column == 0) { ${lines(rows.map(sum))} }` : ''}
    `,
  };
}
