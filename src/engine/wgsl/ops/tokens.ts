import type { Bounds } from '../../data/bounds.ts';
import type { Parameter } from '../core/parameters.ts';
import type { View } from '../core/view.ts';
import type { Tape, Value } from '../core/tape.ts';

export interface EmbedLayout {
  batch: number;
  /** Tokens per sequence. */
  length: number;
  /** Image tokens per picture; 0 for plain text. */
  imageTokens: number;
  vocabulary: number;
}

/**
 * Input embeddings. `codes` int32 [B·N]: a token id, or −1 − j for the j-th image token of the sequence's picture. images [B·T, d] → [B·N, d].
 * The table's gradient is summed row by row in token order.
 */
export function embed(
  tape: Tape,
  table: Parameter,
  columns: number,
  codes: View,
  layout: EmbedLayout,
  images?: Value,
): Value {
  const { batch, length, imageTokens, vocabulary } = layout;
  const rows = batch * length;
  const trained = tape.trains(table);
  const y = tape.value(rows, columns, trained || images?.tracked === true);
  const quads = columns / 4;
  tape.add({
    label: 'embed',
    bindings: [
      { name: 'table', view: table.weight, type: 'vec4<f32>' },
      { name: 'codes', view: codes, type: 'i32' },
      ...(images ? [{ name: 'images', view: images.view, type: 'vec4<f32>' as const }] : []),
      { name: 'y', view: y.view, type: 'vec4<f32>', write: true },
    ],
    threads: rows * quads,
    code: `
      if (index >= ${rows * quads}) { return; }
      let row = index / ${quads};
      let code = load_codes(row);
      ${
        images
          ? `if (code < 0) { store_y(index, load_images(((row / ${length}) * ${imageTokens} - 1 - code) * ${quads} + index % ${quads})); return; }`
          : ''
      }
      store_y(index, load_table(code * ${quads} + index % ${quads}));
    `,
  });
  if (!y.tracked) return y;
  tape.onBackward(() => {
    const dy = y.gradient!;
    if (images?.tracked) {
      const target = tape.target(images);
      const threads = batch * imageTokens * quads;
      tape.add({
        label: 'image gradient',
        bindings: [
          { name: 'codes', view: codes, type: 'i32' },
          { name: 'dy', view: dy, type: 'vec4<f32>' },
          { name: 'result', view: target.view, type: 'vec4<f32>', write: true },
        ],
        threads,
        code: `
          if (index >= ${threads}) { return; }
          let token = index / ${quads};
          let start = (token / ${imageTokens}) * ${length};
          let code = -1 - token % ${imageTokens};
          var sum = vec4<f32>(0.0);
          for (var i = 0; i < ${length}; i++) {
            if (load_codes(start + i) == code) { sum += load_dy((start + i) * ${quads} + index % ${quads}); }
          }
          store_result(index, sum${target.accumulate ? ' + load_result(index)' : ''});
        `,
      });
    }
    if (!trained) return;
    const target = tape.parameterTarget(table);
    tape.add({
      label: 'embedding gradient',
      bindings: [
        { name: 'codes', view: codes, type: 'i32' },
        { name: 'dy', view: dy, type: 'vec4<f32>' },
        { name: 'result', view: target.view, type: 'vec4<f32>', write: true },
      ],
      threads: vocabulary * quads,
      operations: vocabulary * quads * rows,
      code: `
        if (index >= ${vocabulary * quads}) { return; }
        let token = index / ${quads};
        var sum = ${target.accumulate ? 'load_result(index)' : 'vec4<f32>(0.0)'};
        for (var i = 0; i < ${rows}; i++) {
          if (load_codes(i) == token) { sum += load_dy(i * ${quads} + index % ${quads}); }
        }
        store_result(index, sum);
      `,
    });
  });
  return y;
}

/** Sequences in turn: the b-th of the result is the (b + by)-th, [B·N, d]. No gradient. */
export function rollBatch(tape: Tape, x: Value, batch: number, by: number): Value {
  const y = tape.value(x.rows, x.columns, false);
  const size = (x.rows * x.columns) / batch;
  tape.add({
    label: 'roll',
    bindings: [
      { name: 'x', view: x.view },
      { name: 'y', view: y.view, write: true },
    ],
    threads: batch * size,
    code: `
      if (index >= ${batch * size}) { return; }
      store_y(index, load_x(((index / ${size} + ${by}) % ${batch}) * ${size} + index % ${size}));
    `,
  });
  return y;
}

/** Tokens [from, from + count) of sequences of `length`. */
export interface TokenSpan {
  value: Value;
  length: number;
  from: number;
  count: number;
}

/** Features that predict the answer's tokens, as in `tfjs/features.ts`: z [B·(Nq+Na), d] → [B·Na, d]. */
export function answerPredictors(tape: Tape, value: Value, batch: number, { Nq, Na }: Bounds): Value {
  return joinTokens(tape, batch, [{ value, length: Nq + Na, from: Nq - 1, count: Na }]);
}

/** Puts the spans of each sequence one behind the other: [B·(Σ counts), d]. One span is a slice, two are a join. */
export function joinTokens(tape: Tape, batch: number, spans: readonly TokenSpan[]): Value {
  const total = spans.reduce((sum, { count }) => sum + count, 0);
  const { columns } = spans[0]!.value;
  const y = tape.value(
    batch * total,
    columns,
    spans.some(({ value }) => value.tracked),
  );
  let to = 0;
  const placed = spans.map((span) => {
    const at = to;
    to += span.count;
    return { ...span, at };
  });
  const threads = batch * total * columns;
  tape.add({
    label: 'tokens',
    bindings: [
      ...placed.map(({ value }, i) => ({ name: `x${i}`, view: value.view })),
      { name: 'y', view: y.view, write: true },
    ],
    threads,
    code: `
      if (index >= ${threads}) { return; }
      let b = index / ${total * columns};
      let rest = index % ${total * columns};
      ${placed
        .map(
          ({ length, from, count, at }, i) => `if (rest < ${(at + count) * columns}) {
        store_y(index, load_x${i}(b * ${length * columns} + ${(from - at) * columns} + rest));
        return;
      }`,
        )
        .join('\n')}
    `,
  });
  if (y.tracked)
    tape.onBackward(() => {
      for (const { value, length, from, count, at } of placed) {
        if (!value.tracked) continue;
        const target = tape.target(value);
        const threads = batch * length * columns;
        tape.add({
          label: 'tokens gradient',
          bindings: [
            { name: 'dy', view: y.gradient! },
            { name: 'dx', view: target.view, write: true },
          ],
          threads,
          // The first writer also clears what it does not cover.
          code: `
            if (index >= ${threads}) { return; }
            let b = index / ${length * columns};
            let rest = index % ${length * columns} - ${from * columns};
            let covered = rest >= 0 && rest < ${count * columns};
            ${
              target.accumulate
                ? `if (covered) { store_dx(index, load_dx(index) + load_dy(b * ${total * columns} + ${at * columns} + rest)); }`
                : `store_dx(index, 0.0); if (covered) { store_dx(index, load_dy(b * ${total * columns} + ${at * columns} + rest)); }`
            }
          `,
        });
      }
    });
  return y;
}

/** Idefics3's pixel shuffle: folds each s×s block of patches into one wider token. [B·P, d] → [B·P/s², d·s²]. */
export function pixelShuffle(tape: Tape, x: Value, batch: number, scale: number): Value {
  const side = Math.sqrt(x.rows / batch);
  const across = side / scale;
  const d = x.columns;
  const count = x.rows * d;
  const y = tape.value(batch * across * across, scale * scale * d, x.tracked);
  // Output [b, Y, X, sy, sx, c] comes from input [b, Y·s + sy, X·s + sx, c].
  const locate = `
    if (index >= ${count}) { return; }
    let c = index % ${d};
    let sx = (index / ${d}) % ${scale};
    let sy = (index / ${d * scale}) % ${scale};
    let tx = (index / ${d * scale * scale}) % ${across};
    let ty = (index / ${d * scale * scale * across}) % ${across};
    let b = index / ${count / batch};
    let at = ((b * ${side} + ty * ${scale} + sy) * ${side} + tx * ${scale} + sx) * ${d} + c;`;
  tape.add({
    label: 'pixel shuffle',
    bindings: [
      { name: 'x', view: x.view },
      { name: 'y', view: y.view, write: true },
    ],
    threads: count,
    code: `${locate} store_y(index, load_x(at));`,
  });
  if (x.tracked)
    tape.onBackward(() => {
      const target = tape.target(x);
      tape.add({
        label: 'pixel shuffle gradient',
        bindings: [
          { name: 'dy', view: y.gradient! },
          { name: 'dx', view: target.view, write: true },
        ],
        threads: count,
        code: `${locate} store_dx(at, load_dy(index)${target.accumulate ? ' + load_dx(at)' : ''});`,
      });
    });
  return y;
}

/** Rows of a cache, chosen by `slots` int32 [B]; each holds `words` numbers, a multiple of four where the cache is packed f16. → view of B·words numbers. */
export function gatherSlots(
  tape: Tape,
  cache: View,
  slots: View,
  batch: number,
  words: number,
  out: View,
): void {
  moveSlots(tape, 'gather', cache, slots, batch, words, out);
}

/** The reverse of `gatherSlots`. */
export function scatterSlots(
  tape: Tape,
  source: View,
  slots: View,
  batch: number,
  words: number,
  cache: View,
): void {
  moveSlots(tape, 'scatter', source, slots, batch, words, cache);
}

function moveSlots(
  tape: Tape,
  direction: 'gather' | 'scatter',
  source: View,
  slots: View,
  batch: number,
  words: number,
  target: View,
): void {
  const quads = source.half === true || target.half === true;
  const type = quads ? 'vec4<f32>' : 'f32';
  const width = words / (quads ? 4 : 1);
  const slot = `load_slots(index / ${width}) * ${width} + index % ${width}`;
  tape.add({
    label: direction,
    bindings: [
      { name: 'source', view: source, type },
      { name: 'slots', view: slots, type: 'i32' },
      { name: 'result', view: target, type, write: true },
    ],
    threads: batch * width,
    code: `if (index < ${batch * width}) { store_result(${direction === 'scatter' ? slot : 'index'}, load_source(${direction === 'gather' ? slot : 'index'})); }`,
  });
}
