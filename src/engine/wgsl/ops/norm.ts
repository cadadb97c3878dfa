import type { Parameter } from '../core/parameters.ts';
import type { Binding } from '../core/elements.ts';
import type { Kernel } from '../core/plan.ts';
import { rowGrid, rowHeader, sumOver } from './rows.ts';
import type { Tape, Value } from '../core/tape.ts';

/**
 * RMSNorm (without `bias`) or LayerNorm over the columns. x [M, d] → [M, d].
 * Backward: with x̂ the normalised row and g = dy·w, dx = (g − x̂·mean(g·x̂) [− mean(g)])/σ; dw = Σ dy·x̂, db = Σ dy.
 */
export function norm(tape: Tape, x: Value, weight: Parameter, epsilon: number, bias?: Parameter): Value {
  const { rows, columns: d } = x;
  const trained = tape.trains(weight);
  const y = tape.value(rows, d, x.tracked || trained);
  const stats = tape.memory.allocate(rows * 2);
  const { lanes } = tape;
  const grid = rowGrid(rows, lanes);
  const loop = (body: string) => `for (var j = ${grid.first}; j < ${d}; j += ${lanes}) { ${body} }`;
  tape.add({
    label: bias ? 'layer norm' : 'rms norm',
    bindings: [
      { name: 'x', view: x.view },
      { name: 'weight', view: weight.weight },
      ...(bias ? [{ name: 'bias', view: bias.weight }] : []),
      { name: 'y', view: y.view, write: true },
      { name: 'stats', view: stats, write: true },
    ],
    threads: grid.threads,
    groupSize: grid.groupSize,
    header: rowHeader(lanes),
    operations: rows * d * 16,
    code: `
      let row = ${grid.row};
      if (row >= ${rows}) { return; }
      let base = row * ${d};
      var mean = 0.0;
      ${bias ? `var total = 0.0; ${loop('total += load_x(base + j);')} mean = ${sumOver(lanes, 'total')} / ${d}.0;` : ''}
      var square = 0.0;
      ${loop('let c = load_x(base + j) - mean; square += c * c;')}
      let scale = inverseSqrt(${sumOver(lanes, 'square')} / ${d}.0 + ${epsilon.toExponential()});
      ${loop(`store_y(base + j, (load_x(base + j) - mean) * scale * load_weight(j)${bias ? ' + load_bias(j)' : ''});`)}
      if (${grid.first} == 0) { store_stats(row * 2, mean); store_stats(row * 2 + 1, scale); }
    `,
  });
  if (!y.tracked) return y;
  tape.onBackward(() => {
    const dy = y.gradient!;
    const shared: Binding[] = [
      { name: 'x', view: x.view },
      { name: 'stats', view: stats },
      { name: 'dy', view: dy },
    ];
    const kernels: Kernel[] = [];
    if (x.tracked) {
      const target = tape.target(x);
      kernels.push({
        label: 'norm dx',
        bindings: [
          ...shared,
          { name: 'weight', view: weight.weight },
          { name: 'dx', view: target.view, write: true },
        ],
        threads: grid.threads,
        groupSize: grid.groupSize,
        header: rowHeader(lanes),
        operations: rows * d * 24,
        code: `
          let row = ${grid.row};
          if (row >= ${rows}) { return; }
          let base = row * ${d};
          let mean = load_stats(row * 2);
          let scale = load_stats(row * 2 + 1);
          var along = 0.0;
          var total = 0.0;
          ${loop('let g = load_dy(base + j) * load_weight(j); total += g; along += g * (load_x(base + j) - mean) * scale;')}
          let alongMean = ${sumOver(lanes, 'along')} / ${d}.0;
          ${bias ? `let totalMean = ${sumOver(lanes, 'total')} / ${d}.0;` : 'let totalMean = 0.0;'}
          ${loop(`
            let g = load_dy(base + j) * load_weight(j);
            let value = scale * (g - totalMean - (load_x(base + j) - mean) * scale * alongMean);
            store_dx(base + j, value${target.accumulate ? ' + load_dx(base + j)' : ''});`)}
        `,
      });
    }
    if (trained) kernels.push(weightGradient());
    tape.addTogether(kernels);

    function weightGradient(): Kernel {
      const target = tape.parameterTarget(weight);
      const biasTarget = bias && tape.parameterTarget(bias);
      const columns = rowGrid(d, lanes);
      return {
        label: 'norm dw',
        bindings: [
          ...shared,
          { name: 'dw', view: target.view, write: true },
          ...(biasTarget ? [{ name: 'db', view: biasTarget.view, write: true }] : []),
        ],
        threads: columns.threads,
        groupSize: columns.groupSize,
        header: rowHeader(lanes),
        operations: rows * d * 8,
        code: `
        let j = ${columns.row};
        if (j >= ${d}) { return; }
        var scaled = 0.0;
        var total = 0.0;
        for (var r = ${columns.first}; r < ${rows}; r += ${lanes}) {
          let g = load_dy(r * ${d} + j);
          scaled += g * (load_x(r * ${d} + j) - load_stats(r * 2)) * load_stats(r * 2 + 1);
          total += g;
        }
        let scaledSum = ${sumOver(lanes, 'scaled')};
        ${biasTarget ? `let totalSum = ${sumOver(lanes, 'total')};` : ''}
        if (${columns.first} == 0) {
          store_dw(j, scaledSum${target.accumulate ? ' + load_dw(j)' : ''});
          ${biasTarget ? `store_db(j, totalSum${biasTarget.accumulate ? ' + load_db(j)' : ''});` : ''}
        }
      `,
      };
    }
  });
  return y;
}
