import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

type WebGPUProgram = Parameters<WebGPUBackend['runWebGPUProgram']>[0];

/** Rows and columns of the output that one invocation computes in registers. */
const tile = 4;
const groupSize = 64;

/**
 * Matrix product without workgroup memory: each invocation keeps a 4×4 tile of the output in registers. Software adapters
 * run barriers one invocation at a time, so tfjs's tiled kernels are several times slower there.
 * A [Ba, M, K] (or [Ba, K, M] transposed) · B [Bb, K, N] (or [Bb, N, K]) → [max(Ba, Bb), M, N]; a batch of 1 is repeated.
 */
class DirectMatmulProgram implements WebGPUProgram {
  variableNames = ['A', 'B'];
  uniforms = 'dimM : i32, dimN : i32, dimK : i32, tilesM : i32, tilesN : i32, tiles : i32,';
  workgroupSize: [number, number, number] = [groupSize, 1, 1];
  dispatchLayout: { x: number[] };
  dispatch: [number, number, number];
  shaderKey: string;

  constructor(
    readonly outputShape: [number, number, number],
    tiles: number,
    private readonly transposeA: boolean,
    private readonly transposeB: boolean,
    private readonly batchA: number,
    private readonly batchB: number,
  ) {
    this.dispatchLayout = { x: [0, 1, 2] };
    this.dispatch = [Math.ceil(tiles / groupSize), 1, 1];
    this.shaderKey = `directMatmul_${transposeA}_${transposeB}_${batchA > 1}_${batchB > 1}`;
  }

  getUserCode(): string {
    const rows = Array.from({ length: tile }, (_, i) => i);
    // tfjs casts int32 to float32 by name only: the buffer may hold integers.
    const a = (i: number) =>
      this.transposeA
        ? `f32(A[baseA + k * uniforms.dimM + m${i}])`
        : `f32(A[baseA + m${i} * uniforms.dimK + k])`;
    const b = (j: number) =>
      this.transposeB
        ? `f32(B[baseB + n${j} * uniforms.dimK + k])`
        : `f32(B[baseB + k * uniforms.dimN + n${j}])`;
    return `
      fn main(index : i32) {
        if (index >= uniforms.tiles) { return; }
        let column = index % uniforms.tilesN;
        let row = (index / uniforms.tilesN) % uniforms.tilesM;
        let batch = index / (uniforms.tilesN * uniforms.tilesM);
        let baseA = ${this.batchA > 1 ? 'batch * uniforms.dimM * uniforms.dimK' : '0'};
        let baseB = ${this.batchB > 1 ? 'batch * uniforms.dimN * uniforms.dimK' : '0'};
        ${rows.map((i) => `let m${i} = min(row * ${tile} + ${i}, uniforms.dimM - 1);`).join('\n')}
        ${rows.map((j) => `let n${j} = min(column * ${tile} + ${j}, uniforms.dimN - 1);`).join('\n')}
        ${rows.map((i) => `var sum${i} = vec4<f32>(0.0);`).join('\n')}
        for (var k = 0; k < uniforms.dimK; k++) {
          let right = vec4<f32>(${rows.map(b).join(', ')});
          ${rows.map((i) => `sum${i} = fma(vec4<f32>(${a(i)}), right, sum${i});`).join('\n')}
        }
        let out = batch * uniforms.dimM * uniforms.dimN;
        ${rows
          .map(
            (i) => `if (row * ${tile} + ${i} < uniforms.dimM) {
          ${rows
            .map(
              (j) =>
                `if (column * ${tile} + ${j} < uniforms.dimN) { result[out + m${i} * uniforms.dimN + n${j}] = sum${i}[${j}]; }`,
            )
            .join('\n')}
        }`,
          )
          .join('\n')}
      }
    `;
  }
}

interface MatmulArguments {
  inputs: { a: tf.TensorInfo; b: tf.TensorInfo };
  attrs: { transposeA: boolean; transposeB: boolean };
  backend: WebGPUBackend;
}

/** Runs the direct kernel on tfjs's BatchMatMul arguments. */
export function directMatmul({ inputs: { a, b }, attrs, backend }: MatmulArguments): tf.TensorInfo {
  const { transposeA, transposeB } = attrs;
  const [m, k] = lastTwo(a.shape, transposeA);
  const [, n] = lastTwo(b.shape, transposeB);
  const batchA = tf.util.sizeFromShape(a.shape.slice(0, -2));
  const batchB = tf.util.sizeFromShape(b.shape.slice(0, -2));
  const batch = Math.max(batchA, batchB);
  const outer = batchA >= batchB ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  const [tilesM, tilesN] = [Math.ceil(m / tile), Math.ceil(n / tile)];
  const tiles = batch * tilesM * tilesN;
  const flat = (info: tf.TensorInfo, count: number): tf.TensorInfo => ({
    ...info,
    shape: [count, ...info.shape.slice(-2)],
  });
  const out = backend.runWebGPUProgram(
    new DirectMatmulProgram([batch, m, n], tiles, transposeA, transposeB, batchA, batchB),
    [flat(a, batchA), flat(b, batchB)],
    'float32',
    [m, n, k, tilesM, tilesN, tiles].map((value) => ({ type: 'int32', data: [value] })),
  );
  return { ...out, shape: [...outer, m, n] };
}

/** [rows, columns] of a matrix after its transposition. */
function lastTwo(shape: number[], transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

let stock: tf.KernelFunc | undefined;

/**
 * Makes tfjs use the direct kernel for every matrix product (software adapters), or only for those whose stock kernel
 * would add with atomics in no fixed order, which would make runs differ in the last bits.
 */
export function registerDirectMatmul(mode: 'always' | 'deterministic'): void {
  const registered = tf.getKernel('BatchMatMul', 'webgpu');
  if (registered === undefined) throw new Error('the WebGPU backend has no BatchMatMul kernel');
  stock ??= registered.kernelFunc;
  const original = stock;
  tf.unregisterKernel('BatchMatMul', 'webgpu');
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName: 'webgpu',
    kernelFunc: (params) => {
      const args = params as unknown as MatmulArguments;
      const { a } = args.inputs;
      const inner = a.shape.at(args.attrs.transposeA ? -2 : -1)!;
      // tfjs splits the inner dimension from 2000 on.
      if (mode === 'always' || inner >= 2000) return directMatmul(args);
      return original(params);
    },
  });
}
