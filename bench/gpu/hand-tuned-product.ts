import type { Binding } from '../../src/engine/wgsl/core/elements.ts';
import type { Matmul } from '../../src/engine/wgsl/core/matmul-spec.ts';
import type { Kernel } from '../../src/engine/wgsl/core/plan.ts';

/**
 * Matrix products as the field tunes them by hand, to measure the engine's against: the two strongest designs of Simon Boehm's public account “How to
 * Optimize a CUDA Matmul Kernel for cuBLAS-like Performance” (siboehm.com/articles/22/CUDA-MMM) that WGSL can express, written anew from its
 * description. There, on an A6000 at 4092³, they reach 69–78 % (block tiling, 8×8 results a thread) and 94 % (warp tiling) of cuBLAS.
 */
export const handTunedDesigns = ['blockTiled', 'warpTiled'] as const;
export type HandTunedDesign = (typeof handTunedDesigns)[number];

/** Only what a plain product needs. */
export type PlainProduct = Pick<Matmul, 'm' | 'n' | 'k' | 'left' | 'right' | 'out'>;

/** Output tile of a workgroup. */
const side = 128;
/** The same in vectors of four. */
const width = side / 4;

const count = (length: number): number[] => Array.from({ length }, (_, i) => i);
const lines = (parts: readonly string[]): string => parts.join('\n');
const lanes = ['x', 'y', 'z', 'w'] as const;

/** The kernel of a design for matrices whose inner size, columns, and rows where they are read across, are multiples of four. */
export function handTuned(design: HandTunedDesign, product: PlainProduct): Kernel {
  const { m, n, k, left, right, out } = product;
  const { depth, invocations, staging, place, rows, columns, readLeft, readRight } =
    design === 'blockTiled' ? blockTiled : warpTiled;
  const across = Math.ceil(n / side);
  const bindings: Binding[] = [
    { name: 'left', view: left.view, type: 'vec4<f32>' },
    { name: 'right', view: right.view, type: 'vec4<f32>' },
    { name: 'result', view: out, write: true, type: 'vec4<f32>' },
  ];
  const sides = [
    { target: 'stagedLeft', source: 'left', origin: 'firstRow', length: m, alongK: !left.transposed },
    { target: 'stagedRight', source: 'right', origin: 'firstColumn', length: n, alongK: right.transposed },
  ];
  const quadRows = count(rows.length / 4);
  const code = `
    let firstRow = (group / ${across}) * ${side};
    let firstColumn = (group % ${across}) * ${side};
    ${place}
    ${lines(rows.flatMap((_, i) => columns.map((_c, j) => `var sum${i}_${j} = vec4<f32>(0.0);`)))}
    for (var k0 = 0; k0 < ${k}; k0 += ${depth}) {
      ${lines(sides.map((operand) => staging(operand, k)))}
      workgroupBarrier();
      for (var step = 0; step < ${depth}; step++) {
        ${lines(quadRows.map((i) => `let a${i} = ${readLeft(i)};`))}
        ${lines(columns.map((_, j) => `let b${j} = ${readRight(j)};`))}
        ${lines(rows.flatMap((_, i) => columns.map((_c, j) => `sum${i}_${j} += a${Math.floor(i / 4)}.${lanes[i % 4]!} * b${j};`)))}
      }
      workgroupBarrier();
    }
    ${lines(
      rows.flatMap((row, i) =>
        columns.map(
          (column, j) => `{ let row = firstRow + ${row}; let column = firstColumn / 4 + ${column};
            if (row < ${m} && column < ${n / 4}) { store_result(row * ${n / 4} + column, sum${i}_${j}); } }`,
        ),
      ),
    )}`;
  const staged =
    design === 'blockTiled' ? `array<f32, ${depth * side}>` : `array<vec4<f32>, ${depth * width}>`;
  return {
    label: `hand-tuned ${design}`,
    bindings,
    groupSize: invocations,
    threads: across * Math.ceil(m / side) * invocations,
    header: `var<workgroup> stagedLeft : ${staged};\nvar<workgroup> stagedRight : ${staged};`,
    code,
    operations: 2 * m * n * k,
  };
}

interface Staged {
  target: string;
  source: string;
  /** WGSL: the tile's first row, or column. */
  origin: string;
  /** How many there are. */
  length: number;
  /** Whether what lies side by side in memory lies along k. */
  alongK: boolean;
}

interface Design {
  /** How much of k is staged at a time. */
  depth: number;
  invocations: number;
  /** WGSL that stages one operand, k by k. */
  staging: (operand: Staged, k: number) => string;
  /** WGSL that finds an invocation's place in the tile. */
  place: string;
  /** WGSL of each row of the tile that an invocation computes, and of each four columns, in fours. */
  rows: readonly string[];
  columns: readonly string[];
  /** WGSL of four rows, or columns, of the staged `step`. */
  readLeft: (i: number) => string;
  readRight: (j: number) => string;
}

/** Four numbers of an operand; what is outside counts as zero. */
function guarded(name: string, source: string, inside: string, at: string): string {
  return `var ${name} = vec4<f32>(0.0); if (${inside}) { ${name} = load_${source}(${at}); }`;
}

/** Four numbers side by side of a staged row. */
const four = (target: string, from: string) =>
  `vec4<f32>(${count(4)
    .map((i) => `${target}[step * ${side} + ${from} + ${i}]`)
    .join(', ')})`;

/** 256 invocations with 8×8 results each; both operands turned so that k comes first, number by number. */
const blockTiled: Design = {
  depth: 8,
  invocations: 256,
  place: `let tileRow = (lane / 16) * 8; let tileColumn = (lane % 16) * 8;`,
  rows: count(8).map((i) => `tileRow + ${i}`),
  columns: count(2).map((j) => `tileColumn / 4 + ${j}`),
  readLeft: (i) => four('stagedLeft', `tileRow + ${4 * i}`),
  readRight: (j) => four('stagedRight', `tileColumn + ${4 * j}`),
  staging: ({ target, source, origin, length, alongK }, k) =>
    alongK
      ? `{ let r = lane / 2; let q = lane % 2;
          ${guarded('v', source, `${origin} + r < ${length} && k0 / 4 + q < ${k / 4}`, `(${origin} + r) * ${k / 4} + k0 / 4 + q`)}
          ${lines(lanes.map((c, i) => `${target}[(q * 4 + ${i}) * ${side} + r] = v.${c};`))} }`
      : `{ let r = lane / ${width}; let q = lane % ${width};
          ${guarded('v', source, `k0 + r < ${k} && ${origin} / 4 + q < ${length / 4}`, `(k0 + r) * ${length / 4} + ${origin} / 4 + q`)}
          ${lines(lanes.map((c, i) => `${target}[r * ${side} + q * 4 + ${i}] = v.${c};`))} }`,
};

/**
 * 128 invocations, 32 of which (a warp, where warps are that large) compute a quarter of 64×64: each 8 rows by four times 4 columns, 16 columns apart.
 * Staged four by four numbers, so that they are read as vectors.
 */
const warpTiled: Design = {
  depth: 16,
  invocations: 128,
  place: `let warp = lane / 32; let inWarp = lane % 32;
    let tileRow = (warp / 2) * 64 + (inWarp / 4) * 8;
    let tileQuad = (warp % 2) * 16 + inWarp % 4;`,
  rows: count(8).map((i) => `tileRow + ${i}`),
  columns: count(4).map((j) => `tileQuad + ${4 * j}`),
  readLeft: (i) => `stagedLeft[step * ${width} + tileRow / 4 + ${i}]`,
  readRight: (j) => `stagedRight[step * ${width} + tileQuad + ${4 * j}]`,
  staging: ({ target, source, origin, length, alongK }, k) =>
    alongK
      ? `{ let r = lane / 4; let q = lane % 4;
          ${lines(count(4).map((u) => guarded(`v${u}`, source, `${origin} + r * 4 + ${u} < ${length} && k0 / 4 + q < ${k / 4}`, `(${origin} + r * 4 + ${u}) * ${k / 4} + k0 / 4 + q`)))}
          ${lines(lanes.map((c, i) => `${target}[(q * 4 + ${i}) * ${width} + r] = vec4<f32>(v0.${c}, v1.${c}, v2.${c}, v3.${c});`))} }`
      : `{ let r = lane / ${width}; let q = lane % ${width};
          ${lines(count(4).map((u) => guarded(`v${u}`, source, `k0 + r + ${4 * u} < ${k} && ${origin} / 4 + q < ${length / 4}`, `(k0 + r + ${4 * u}) * ${length / 4} + ${origin} / 4 + q`)))}
          ${lines(count(4).map((u) => `${target}[(r + ${4 * u}) * ${width} + q] = v${u};`))} }`,
};
