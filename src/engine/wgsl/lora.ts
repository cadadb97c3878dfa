import { adapterNames } from '../models/families/lora-shapes.ts';
import { loraScale } from '../method/lora-layers.ts';
import type { Parameter, WeightStore } from './core/parameters.ts';
import type { Tape, Value } from './core/tape.ts';
import { linear } from './ops/linear.ts';

/** Columns of y that one adapted layer writes. */
interface Segment {
  layer: string;
  from: number;
  columns: number;
}

/**
 * Adds to y [M, out] what the store's adapters make of x [M, in], in place: y += (alpha / rank)·(x·Aᵀ)·Bᵀ for every layer that has them. Nothing is
 * recorded where none has.
 * @param layers whose outputs lie side by side in y; their adapters lie side by side in the store
 */
export function addAdapters(
  tape: Tape,
  x: Value,
  y: Value,
  store: WeightStore,
  layers: readonly { layer: string; columns: number }[],
): void {
  const { lora } = store;
  if (lora === undefined) return;
  const segments: Segment[] = [];
  let from = 0;
  for (const { layer, columns } of layers) {
    // A store knows groups of layers that lie together: where one of q, k, v is adapted, it has the names of all.
    const targeted = lora.targets.some((target) => layer.endsWith(`.${target}`));
    if (targeted && store.has(adapterNames(layer).a)) segments.push({ layer, from, columns });
    from += columns;
  }
  const [first] = segments;
  if (first === undefined) return;
  const names = adapterNames(first.layer);
  const inner = linear(tape, x, store.get(names.a), segments.length * lora.rank);
  addProduct(tape, inner, store.get(names.b), y, segments, lora.rank, loraScale(lora));
}

/** y[:, segment] += scale · u[:, its ranks]·Bᵀ, in place; `u` [M, segments · rank], `up` the segments' B [columns, rank] one over the other. */
function addProduct(
  tape: Tape,
  u: Value,
  up: Parameter,
  y: Value,
  segments: readonly Segment[],
  rank: number,
  scale: number,
): void {
  const trained = tape.trains(up);
  y.tracked ||= u.tracked || trained;
  const adapted = segments.reduce((sum, { columns }) => sum + columns, 0);
  // Ranks that are a multiple of four are read four at a time.
  const wide = rank % 4 === 0 ? 4 : 1;
  const type = wide === 4 ? 'vec4<f32>' : 'f32';
  const zero = wide === 4 ? 'vec4<f32>(0.0)' : '0.0';
  const ranks = rank / wide;
  const width = segments.length * ranks;
  /** WGSL: which adapter row `c` of B belongs to, and its column of y. */
  const find = `
    var adapter = 0;
    var column = c + ${segments[0]!.from};
    ${startsOf(segments)
      .map((start, i) => `if (c >= ${start}) { adapter = ${i}; column = c + ${segments[i]!.from - start}; }`)
      .slice(1)
      .join('\n')}`;
  tape.add({
    label: 'adapters',
    bindings: [
      { name: 'u', view: u.view, type },
      { name: 'b', view: up.weight, type },
      { name: 'result', view: y.view, write: true },
    ],
    threads: y.rows * adapted,
    operations: 2 * y.rows * adapted * rank,
    code: `
      if (index >= ${y.rows * adapted}) { return; }
      let row = index / ${adapted};
      let c = index % ${adapted};
      ${find}
      var sum = 0.0;
      for (var j = 0; j < ${ranks}; j++) {
        let a = load_u(row * ${width} + adapter * ${ranks} + j);
        let b = load_b(c * ${ranks} + j);
        sum += ${wide === 4 ? 'dot(a, b)' : 'a * b'};
      }
      let at = row * ${y.columns} + column;
      store_result(at, load_result(at) + ${scale} * sum);
    `,
  });
  if (!y.tracked) return;
  tape.onBackward(() => {
    const dy = y.gradient!;
    const target = u.tracked ? tape.target(u) : undefined;
    const own = trained ? tape.parameterTarget(up) : undefined;
    const operations = 2 * y.rows * adapted * rank;
    tape.addTogether([
      ...(target
        ? [
            {
              label: 'adapters du',
              bindings: [
                { name: 'dy', view: dy },
                { name: 'b', view: up.weight, type } as const,
                { name: 'result', view: target.view, type, write: true } as const,
              ],
              threads: y.rows * width,
              operations,
              code: `
                if (index >= ${y.rows * width}) { return; }
                let row = index / ${width};
                let adapter = (index % ${width}) / ${ranks};
                let j = index % ${ranks};
                var first = 0;
                var columns = ${segments[0]!.columns};
                var begin = ${segments[0]!.from};
                ${startsOf(segments)
                  .map(
                    (start, i) =>
                      `if (adapter == ${i}) { first = ${start}; columns = ${segments[i]!.columns}; begin = ${segments[i]!.from}; }`,
                  )
                  .slice(1)
                  .join('\n')}
                var sum = ${target.accumulate ? 'load_result(index)' : zero};
                for (var c = 0; c < columns; c++) {
                  sum += ${scale} * load_dy(row * ${y.columns} + begin + c) * load_b((first + c) * ${ranks} + j);
                }
                store_result(index, sum);
              `,
            },
          ]
        : []),
      ...(own
        ? [
            {
              label: 'adapters dB',
              bindings: [
                { name: 'dy', view: dy },
                { name: 'u', view: u.view, type } as const,
                { name: 'result', view: own.view, type, write: true } as const,
              ],
              threads: adapted * ranks,
              operations,
              code: `
                if (index >= ${adapted * ranks}) { return; }
                let c = index / ${ranks};
                let j = index % ${ranks};
                ${find}
                var sum = ${zero};
                for (var row = 0; row < ${y.rows}; row++) {
                  sum += load_dy(row * ${y.columns} + column) * load_u(row * ${width} + adapter * ${ranks} + j);
                }
                store_result(index, sum * ${scale}${own.accumulate ? ' + load_result(index)' : ''});
              `,
            },
          ]
        : []),
    ]);
  });
}

/** Where each segment's rows begin in B. */
function startsOf(segments: readonly Segment[]): number[] {
  let start = 0;
  return segments.map(({ columns }) => (start += columns) - columns);
}
