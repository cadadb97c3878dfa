import { matmul } from '../products/matmul.ts';
import type { Parameter } from '../core/parameters.ts';
import type { Kernel } from '../core/plan.ts';
import type { View } from '../core/view.ts';
import type { Tape, Value } from '../core/tape.ts';

export interface LinearOptions {
  bias?: Parameter;
  /** Added to the output; the gradient flows into it as well. */
  residual?: Value;
  /** A table added row by row, row i mod `rows`: position embeddings. */
  periodic?: { parameter: Parameter; rows: number };
}

/** Rows that a product counts as having when its kernel is chosen by size. */
const usualRows = 1024;

/**
 * Numbers in the results of a layer [out, in], forward and backward, by which their kernels are chosen. The true number of rows must not matter: the bits
 * of an answer would depend on the batch it is asked in. Both gradients are cut up alike, so that they can be one dispatch.
 */
export function layerSizes(out: number, columns: number): { forward: number; backward: number } {
  return { forward: usualRows * out, backward: Math.min(usualRows, out) * columns };
}

/** y = x·Wᵀ + b (+ residual). x [M, in], W [out, in] → [M, out]. Gradients: dx = dy·W, dW = dyᵀ·x, db = column sums of dy. */
export function linear(
  tape: Tape,
  x: Value,
  weight: Parameter,
  out: number,
  options: LinearOptions = {},
): Value {
  const { bias, residual, periodic } = options;
  const trained = tape.trains(weight);
  const y = tape.value(x.rows, out, x.tracked || trained || residual?.tracked === true);
  const added = residual?.view ?? periodic?.parameter.weight;
  tape.add(
    matmul({
      label: 'linear',
      tile: tape.tile(layerSizes(out, x.columns).forward),
      m: x.rows,
      n: out,
      k: x.columns,
      left: { view: x.view, transposed: false },
      right: { view: weight.weight, transposed: true },
      out: y.view,
      ...(bias && { bias: bias.weight }),
      ...(added && { residual: { view: added, rows: periodic?.rows ?? x.rows } }),
    }),
  );
  if (!y.tracked) return y;
  tape.onBackward(() => {
    const dy = y.gradient!;
    const kernels: Kernel[] = [];
    if (x.tracked) {
      const target = tape.target(x);
      kernels.push(
        matmul({
          label: 'linear dx',
          tile: tape.tile(layerSizes(out, x.columns).backward),
          m: x.rows,
          n: x.columns,
          k: out,
          left: { view: dy, transposed: false },
          right: { view: weight.weight, transposed: false },
          out: target.view,
          accumulate: target.accumulate,
        }),
      );
    }
    if (trained) kernels.push(weightGradient(tape, x, dy, out, weight, bias));
    tape.addTogether(kernels);
    if (periodic && tape.trains(periodic.parameter)) sumPeriods(tape, dy, x.rows, out, periodic);
    if (residual?.tracked) tape.pass(residual, dy);
  });
  return y;
}

function weightGradient(
  tape: Tape,
  x: Value,
  dy: View,
  out: number,
  weight: Parameter,
  bias?: Parameter,
): Kernel {
  const target = tape.parameterTarget(weight);
  const biasTarget = bias && tape.parameterTarget(bias);
  return matmul({
    label: 'linear dW',
    tile: tape.tile(layerSizes(out, x.columns).backward),
    m: out,
    n: x.columns,
    k: x.rows,
    left: { view: dy, transposed: true },
    right: { view: x.view, transposed: false },
    out: target.view,
    accumulate: target.accumulate,
    ...(biasTarget && { rowSum: biasTarget }),
  });
}

/** Gradient of a table that every `rows` rows share. */
function sumPeriods(
  tape: Tape,
  dy: View,
  allRows: number,
  columns: number,
  { parameter, rows }: { parameter: Parameter; rows: number },
): void {
  const target = tape.parameterTarget(parameter);
  tape.add({
    label: 'position gradient',
    bindings: [
      { name: 'dy', view: dy },
      { name: 'result', view: target.view, write: true },
    ],
    threads: rows * columns,
    code: `
      if (index >= ${rows * columns}) { return; }
      var sum = ${target.accumulate ? 'load_result(index)' : '0.0'};
      for (var r = 0; r < ${allRows / rows}; r++) { sum += load_dy(r * ${rows * columns} + index); }
      store_result(index, sum);
    `,
  });
}
