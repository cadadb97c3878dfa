import type { Parameter } from '../core/parameters.ts';
import type { Tape, Value } from '../core/tape.ts';

/** Heads of packed projections q | k | v. */
export interface PackedHeads {
  heads: number;
  kvHeads: number;
  headDim: number;
}

/**
 * RMSNorm of every head of q and of k by itself, before they are rotated (Qwen3); v stays. packed [M, (heads + 2·kvHeads)·headDim] → the same shape.
 * One weight [headDim] for all heads of q, one for those of k. Backward as in `norm`.
 */
export function headNorm(
  tape: Tape,
  packed: Value,
  weights: { query: Parameter; key: Parameter },
  { heads, kvHeads, headDim }: PackedHeads,
  epsilon: number,
): Value {
  const { query, key } = weights;
  const { rows } = packed;
  const all = heads + 2 * kvHeads;
  const normed = heads + kvHeads;
  const trained = tape.trains(query);
  const y = tape.value(rows, packed.columns, packed.tracked || trained);
  const scales = tape.memory.allocate(rows * all);
  const threads = rows * all;
  const shared = [
    { name: 'x', view: packed.view },
    { name: 'query', view: query.weight },
    { name: 'key', view: key.weight },
  ];
  const weight = `select(load_key(j), load_query(j), head < ${heads})`;
  const loop = (body: string) => `for (var j = 0; j < ${headDim}; j++) { ${body} }`;
  tape.add({
    label: 'head norm',
    bindings: [
      ...shared,
      { name: 'y', view: y.view, write: true },
      { name: 'scales', view: scales, write: true },
    ],
    threads,
    operations: rows * packed.columns * 16,
    code: `
      if (index >= ${threads}) { return; }
      let head = index % ${all};
      let base = index * ${headDim};
      if (head >= ${normed}) { ${loop('store_y(base + j, load_x(base + j));')} return; }
      var square = 0.0;
      ${loop('square += load_x(base + j) * load_x(base + j);')}
      let scale = inverseSqrt(square / ${headDim}.0 + ${epsilon.toExponential()});
      ${loop(`store_y(base + j, load_x(base + j) * scale * ${weight});`)}
      store_scales(index, scale);
    `,
  });
  if (!y.tracked) return y;
  tape.onBackward(() => {
    const dy = { name: 'dy', view: y.gradient! };
    if (packed.tracked) {
      const target = tape.target(packed);
      const plus = target.accumulate ? ' + load_dx(base + j)' : '';
      tape.add({
        label: 'head norm dx',
        bindings: [
          ...shared,
          { name: 'scales', view: scales },
          dy,
          { name: 'dx', view: target.view, write: true },
        ],
        threads,
        operations: rows * packed.columns * 24,
        code: `
          if (index >= ${threads}) { return; }
          let head = index % ${all};
          let base = index * ${headDim};
          if (head >= ${normed}) { ${loop(`store_dx(base + j, load_dy(base + j)${plus});`)} return; }
          let scale = load_scales(index);
          var along = 0.0;
          ${loop(`along += load_dy(base + j) * ${weight} * load_x(base + j) * scale;`)}
          let mean = along / ${headDim}.0;
          ${loop(`store_dx(base + j, scale * (load_dy(base + j) * ${weight} - load_x(base + j) * scale * mean)${plus});`)}
        `,
      });
    }
    if (!trained) return;
    const [queries, keys] = [tape.parameterTarget(query), tape.parameterTarget(key)];
    const sum = (first: number, end: number, name: string, accumulate: boolean) => `
      var sum = ${accumulate ? `load_${name}(j)` : '0.0'};
      for (var row = 0; row < ${rows}; row++) {
        for (var head = ${first}; head < ${end}; head++) {
          let at = row * ${all} + head;
          sum += load_dy(at * ${headDim} + j) * load_x(at * ${headDim} + j) * load_scales(at);
        }
      }
      store_${name}(j, sum);`;
    tape.add({
      label: 'head norm dw',
      bindings: [
        { name: 'x', view: packed.view },
        { name: 'scales', view: scales },
        dy,
        { name: 'queries', view: queries.view, write: true },
        { name: 'keys', view: keys.view, write: true },
      ],
      threads: 2 * headDim,
      operations: rows * packed.columns * 8,
      code: `
        if (index >= ${2 * headDim}) { return; }
        let j = index % ${headDim};
        if (index < ${headDim}) { ${sum(0, heads, 'queries', queries.accumulate)} }
        else { ${sum(heads, normed, 'keys', keys.accumulate)} }
      `,
    });
  });
  return y;
}
