import type { Parameter } from '../core/parameters.ts';
import type { Tape, Value } from '../core/tape.ts';

/**
 * A learned row before or behind the rows of every sequence: CLIP's class token, LLaVA-OneVision's newline. x [B·N, d] → [B·(N+1), d].
 * @param row [d]
 * @param positions [N+1, d], added to every sequence where it is given.
 */
export function withLearnedRow(
  tape: Tape,
  x: Value,
  batch: number,
  row: Parameter,
  place: 'first' | 'last',
  positions?: Parameter,
): Value {
  const d = x.columns;
  const n = x.rows / batch;
  const trained = tape.trains(row);
  const y = tape.value(batch * (n + 1), d, x.tracked || trained);
  const count = batch * (n + 1) * d;
  const [own, shift] = place === 'first' ? [0, 1] : [n, 0];
  tape.add({
    label: 'learned row',
    bindings: [
      { name: 'x', view: x.view },
      { name: 'row', view: row.weight },
      ...(positions ? [{ name: 'positions', view: positions.weight }] : []),
      { name: 'y', view: y.view, write: true },
    ],
    threads: count,
    code: `
      if (index >= ${count}) { return; }
      let b = index / ${(n + 1) * d};
      let place = index % ${(n + 1) * d};
      let i = place / ${d};
      var value = 0.0;
      if (i == ${own}) { value = load_row(place % ${d}); }
      else { value = load_x(b * ${n * d} + place - ${shift * d}); }
      store_y(index, value${positions ? ' + load_positions(place)' : ''});
    `,
  });
  if (!y.tracked) return y;
  tape.onBackward(() => {
    const dy = { name: 'dy', view: y.gradient! };
    if (x.tracked) {
      const target = tape.target(x);
      tape.add({
        label: 'learned row dx',
        bindings: [dy, { name: 'dx', view: target.view, write: true }],
        threads: batch * n * d,
        code: `
          if (index >= ${batch * n * d}) { return; }
          let at = (index / ${n * d}) * ${(n + 1) * d} + index % ${n * d} + ${shift * d};
          store_dx(index, load_dy(at)${target.accumulate ? ' + load_dx(index)' : ''});
        `,
      });
    }
    if (trained) sumOverBatch(row, d, own * d);
    if (positions && tape.trains(positions)) sumOverBatch(positions, (n + 1) * d, 0);

    /** Gradient of what every sequence shares: words [from, from + length) of each, added up. */
    function sumOverBatch(parameter: Parameter, length: number, from: number): void {
      const target = tape.parameterTarget(parameter);
      tape.add({
        label: 'learned row gradient',
        bindings: [dy, { name: 'result', view: target.view, write: true }],
        threads: length,
        code: `
          if (index >= ${length}) { return; }
          var sum = ${target.accumulate ? 'load_result(index)' : '0.0'};
          for (var b = 0; b < ${batch}; b++) { sum += load_dy(b * ${(n + 1) * d} + ${from} + index); }
          store_result(index, sum);
        `,
      });
    }
  });
  return y;
}
