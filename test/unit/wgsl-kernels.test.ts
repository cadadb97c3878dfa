import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { gelu, swiglu } from '../../src/engine/wgsl/ops/activation.ts';
import { attention } from '../../src/engine/wgsl/ops/attention.ts';
import { rotaryValues } from '../../src/engine/wgsl/ops/rotary.ts';
import { headNorm } from '../../src/engine/wgsl/ops/head-norm.ts';
import { withLearnedRow } from '../../src/engine/wgsl/ops/learned-row.ts';
import { linear } from '../../src/engine/wgsl/ops/linear.ts';
import { addAdapters } from '../../src/engine/wgsl/lora.ts';
import { featureLoss, tokenLosses } from '../../src/engine/wgsl/ops/losses.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { norm } from '../../src/engine/wgsl/ops/norm.ts';
import type { HostTensor } from '../../src/engine/models/host-tensor.ts';
import { layered, Parameters } from '../../src/engine/wgsl/core/parameters.ts';
import { Plan } from '../../src/engine/wgsl/core/plan.ts';
import type { View } from '../../src/engine/wgsl/core/view.ts';
import { Tape, type Value } from '../../src/engine/wgsl/core/tape.ts';
import type { KernelVariant } from '../../src/engine/device/variant.ts';
import { embed, joinTokens, pixelShuffle } from '../../src/engine/wgsl/ops/tokens.ts';
import * as reference from '../../src/engine/tfjs/ops/activations.ts';
import { attention as referenceAttention, causalBias } from '../../src/engine/tfjs/ops/attention.ts';
import { gatherRows } from '../../src/engine/tfjs/ops/gather-rows.ts';
import { linear as referenceLinear } from '../../src/engine/tfjs/ops/linear.ts';
import { adapted as referenceAdapted } from '../../src/engine/tfjs/ops/lora.ts';
import { layerNorm, rmsNorm } from '../../src/engine/tfjs/ops/norms.ts';
import { rotate, rotaryTable } from '../../src/engine/tfjs/ops/rope.ts';
import { crossEntropy, klDivergence } from '../../src/engine/tfjs/ops/token-losses.ts';
import { pixelShuffle as referenceShuffle } from '../../src/engine/tfjs/connector.ts';
import type { Lora } from '../../src/engine/recipe/recipe.ts';
import { Random } from '../../src/engine/random.ts';
import { opened } from './device.ts';

/**
 * Every recorded kernel against its plain tfjs reference (whose gradients kernels.test.ts checks by finite differences): values and
 * gradients, odd shapes, both ways of sharing rows, both tiles.
 */
const context = opened();

const random = new Random(7);
const numbers = (count: number) => Float32Array.from({ length: count }, () => random.next() * 2 - 1);
const variants: KernelVariant[] = [
  { lanes: 1, tile: 8 },
  { lanes: 64, tile: 4 },
];
/** Matrix products have three more. */
const productVariants: KernelVariant[] = [
  ...variants,
  { lanes: 32, tile: 'workgroup' },
  { lanes: 32, tile: 'workgroup', large: [{ from: 0, tile: 'workgroup64' }] },
  { lanes: 32, tile: 'workgroup', large: [{ from: 0, tile: 'workgroup128' }] },
];

interface Matrix {
  rows: number;
  columns: number;
  data: Float32Array<ArrayBuffer>;
}
const matrix = (rows: number, columns: number): Matrix => ({ rows, columns, data: numbers(rows * columns) });
/** A matrix that no gradient flows through. */
const constant = (view: View, rows: number, columns: number): Value => ({
  rows,
  columns,
  view,
  tracked: false,
});
const tensor = ({ rows, columns, data }: Matrix) => tf.tensor2d(data, [rows, columns]);

type NamedTensor = HostTensor & { name: string };

interface Bench {
  tape: Tape;
  inputs: Value[];
  weights: Parameters;
  ints: (values: ArrayLike<number>) => View;
  floats: (values: Float32Array<ArrayBuffer>) => View;
}

/** Runs `record` forward and backward and reads its result and all gradients. Without `upstream`, `record` sets the gradients itself. */
async function runRecorded(
  variant: KernelVariant,
  inputs: readonly Matrix[],
  host: readonly NamedTensor[],
  record: (bench: Bench) => Value,
  upstream?: Float32Array<ArrayBuffer>,
) {
  const memory = new Memory(context.device.gpu);
  const weights = new Parameters(memory, new Map(host.map(({ name, ...own }) => [name, own])), 'trained');
  const plan = new Plan(memory);
  const tape = new Tape(plan, memory, variant, () => true);
  const upload = (values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>) => {
    const view = memory.allocate(values.length);
    memory.upload(view, values);
    return view;
  };
  const values = inputs.map(({ rows, columns, data }) => {
    const value = tape.value(rows, columns, true);
    memory.upload(value.view, data);
    return value;
  });
  const out = record({
    tape,
    inputs: values,
    weights,
    ints: (list) => upload(Int32Array.from(list)),
    floats: upload,
  });
  if (upstream) {
    out.gradient = memory.allocate(upstream.length);
    memory.upload(out.gradient, upstream);
  }
  tape.backward();
  await plan.compile();
  const encoder = context.device.gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  plan.encode(pass);
  pass.end();
  context.device.gpu.queue.submit([encoder.finish()]);
  const result = {
    out: await memory.read(out.view, out.rows * out.columns),
    inputs: await Promise.all(
      values.map(({ gradient, rows, columns }) =>
        gradient ? memory.read(gradient, rows * columns) : Promise.resolve(new Float32Array(rows * columns)),
      ),
    ),
    weights: weights.split(await memory.read(weights.gradients!, weights.length)),
  };
  memory.dispose();
  return result;
}

function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, label: string): void {
  expect(actual.length, label).toBe(wanted.length);
  let worst = 0;
  let size = 1e-3;
  for (let i = 0; i < wanted.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i]! - wanted[i]!));
    size = Math.max(size, Math.abs(wanted[i]!));
  }
  expect(worst / size, label).toBeLessThan(2e-5);
}

/** Compares a recorded op with `plain` on the same inputs, weights and upstream gradient. */
async function compare(
  inputs: readonly Matrix[],
  host: readonly NamedTensor[],
  record: (bench: Bench) => Value,
  plain: (inputs: tf.Tensor2D[], weights: tf.Tensor[]) => tf.Tensor,
  among = variants,
): Promise<void> {
  const xs = inputs.map(tensor);
  const ws = host.map(({ shape, data }) => tf.tensor(data, [...shape]));
  const f = (...all: tf.Tensor[]) => plain(all.slice(0, xs.length) as tf.Tensor2D[], all.slice(xs.length));
  const y = f(...xs, ...ws);
  const upstream = numbers(y.size);
  const gradients = tf.grads(f)([...xs, ...ws], tf.tensor(upstream, y.shape));
  const wanted = await Promise.all([y, ...gradients].map((t) => t.data<'float32'>()));
  for (const variant of among) {
    const recorded = await runRecorded(variant, inputs, host, record, upstream);
    const label = JSON.stringify(variant);
    expectClose(recorded.out, wanted[0]!, `${label} result`);
    inputs.forEach((_, i) => expectClose(recorded.inputs[i]!, wanted[1 + i]!, `${label} input ${i}`));
    host.forEach(({ name }, i) =>
      expectClose(recorded.weights.get(name)!, wanted[1 + inputs.length + i]!, `${label} ${name}`),
    );
  }
  tf.dispose([...xs, ...ws, y, ...gradients]);
}

const weight = (name: string, ...shape: number[]): NamedTensor => ({
  name,
  shape,
  data: numbers(shape.reduce((a, b) => a * b, 1)),
});

describe('recorded kernels equal their references', () => {
  it.each([
    [1, 1, 4],
    [5, 7, 4],
    [3, 12, 4],
    [16, 24, 8],
    [24, 32, 40],
    [10, 96, 12],
    [36, 20, 44],
    [70, 64, 32],
    [32, 36, 64],
    [131, 68, 132],
    [128, 128, 256],
  ])('linear %i×%i → %i', async (rows, inner, out) => {
    await compare(
      [matrix(rows, inner), matrix(rows, out)],
      [weight('a.weight', out, inner), weight('a.bias', out)],
      ({ tape, inputs: [x, residual], weights }) =>
        linear(tape, x!, weights.get('a.weight'), out, { bias: weights.get('a.bias'), residual: residual! }),
      ([x, residual], [w, b]) => tf.add(referenceLinear(x!, w!, b), residual!),
      productVariants,
    );
  });

  it.each([
    ['all layers, odd rank', 5, 20, [8, 4, 4], ['q', 'k', 'v'], 3],
    ['the outer two of three, ranks four at a time', 9, 12, [12, 4, 8], ['q', 'v'], 4],
    ['the last of three', 3, 8, [4, 4, 8], ['v'], 2],
  ] as const)('LoRA beside %s', async (_, rows, inner, widths, targets, rank) => {
    const layers = widths.map((columns, i) => ({ layer: `self_attn.${'qkv'[i]}_proj`, columns }));
    const out = widths.reduce((sum, width) => sum + width, 0);
    const adapted = layers.filter((_layer, i) => (targets as readonly string[]).includes('qkv'[i]!));
    const lora: Lora = {
      rank,
      alpha: 3,
      targets: targets.map((target) => `${target}_proj` as const),
    };
    await compare(
      [matrix(rows, inner)],
      [
        ...layers.map(({ layer, columns }) => weight(`${layer}.weight`, columns, inner)),
        ...adapted.flatMap(({ layer, columns }) => [
          weight(`${layer}.lora_A.weight`, rank, inner),
          weight(`${layer}.lora_B.weight`, columns, rank),
        ]),
      ],
      ({ tape, inputs: [x], weights }) => {
        const y = linear(tape, x!, weights.get('self_attn.q_proj.weight'), out);
        addAdapters(tape, x!, y, layered(weights, weights, lora), layers);
        return y;
      },
      ([x], ws) => {
        const [own, others] = [ws.slice(0, layers.length), ws.slice(layers.length)];
        const parts = layers.map((layer, i) => {
          const y = referenceLinear(x!, own[i]!);
          const at = adapted.indexOf(layer);
          return at < 0
            ? y
            : referenceAdapted(x!, y, { a: others[2 * at]!, b: others[2 * at + 1]!, scale: 3 / rank });
        });
        return tf.concat(parts, 1);
      },
    );
  });

  it.each([
    [1, 6],
    [3, 5],
    [17, 96],
    [64, 7],
  ])('RMSNorm and LayerNorm %i×%i', async (rows, width) => {
    await compare(
      [matrix(rows, width)],
      [weight('n.weight', width)],
      ({ tape, inputs: [x], weights }) => norm(tape, x!, weights.get('n.weight'), 1e-5),
      ([x], [w]) => rmsNorm(x!, w!, 1e-5),
    );
    await compare(
      [matrix(rows, width)],
      [weight('n.weight', width), weight('n.bias', width)],
      ({ tape, inputs: [x], weights }) =>
        norm(tape, x!, weights.get('n.weight'), 1e-5, weights.get('n.bias')),
      ([x], [w, b]) => layerNorm(x!, w!, b!, 1e-5),
    );
  });

  it('GELU and SwiGLU stay finite far from 0', async () => {
    const far = [-1e4, -300, -95, -40, -12, 12, 40, 95, 300, 1e4];
    const row: Matrix = { rows: 1, columns: far.length, data: Float32Array.from(far) };
    for (const [form, plain] of [
      ['tanh', reference.geluTanh],
      ['erf', reference.geluErf],
      ['quick', reference.quickGelu],
    ] as const)
      await compare(
        [row],
        [],
        ({ tape, inputs: [x] }) => gelu(tape, x!, form),
        ([x]) => plain(x!),
      );
    const half = far.length / 2;
    await compare(
      [row],
      [],
      ({ tape, inputs: [x] }) => swiglu(tape, x!),
      ([x]) => reference.swiglu(tf.slice(x!, [0, 0], [-1, half]), tf.slice(x!, [0, half], [-1, half])),
    );
  });

  it.each([
    [1, 1],
    [5, 13],
  ])('GELU, SwiGLU %i×%i', async (rows, width) => {
    for (const [form, plain] of [
      ['tanh', reference.geluTanh],
      ['erf', reference.geluErf],
      ['quick', reference.quickGelu],
    ] as const)
      await compare(
        [matrix(rows, width)],
        [],
        ({ tape, inputs: [x] }) => gelu(tape, x!, form),
        ([x]) => plain(x!),
      );
    await compare(
      [matrix(rows, 2 * width)],
      [],
      ({ tape, inputs: [x] }) => swiglu(tape, x!),
      ([x]) => reference.swiglu(tf.slice(x!, [0, 0], [-1, width]), tf.slice(x!, [0, width], [-1, width])),
    );
  });

  it.each([
    [1, 1, 1, 1, 8],
    [2, 5, 4, 2, 8],
    [3, 7, 3, 1, 16],
    [2, 9, 2, 2, 24],
  ])('attention %i×%i, %i heads over %i, width %i', async (batch, length, heads, kvHeads, headDim) => {
    const width = (heads + 2 * kvHeads) * headDim;
    const shape = { batch, queries: length, keys: length, heads, kvHeads, headDim };
    const split = (x: tf.Tensor2D) =>
      tf.split<tf.Tensor2D>(x, [heads * headDim, kvHeads * headDim, kvHeads * headDim], 1);
    await compare(
      [matrix(batch * length, width)],
      [],
      ({ tape, inputs: [x] }) => attention(tape, x!, { batch, length, heads, kvHeads, headDim }),
      ([x]) => {
        const [q, k, v] = split(x!);
        return referenceAttention(q!, k!, v!, shape);
      },
    );
    // Left padding of b tokens, right padding of b tokens where there is room; positions count from the first real token.
    const first = Array.from({ length: batch }, (_, b) => Math.min(b, length - 1));
    const end = first.map((start, b) => Math.max(start + 1, length - b));
    const mask = new Float32Array(batch * length);
    const positions: number[] = [];
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < length; i++) {
        mask[b * length + i] = i >= first[b]! && i < end[b]! ? 1 : 0;
        positions.push(Math.max(0, i - first[b]!));
      }
    // Padding before the first token sees nothing: 0 here, anything in the reference; nobody reads it.
    const visible = tf.tensor2d(
      Array.from({ length: batch * length }, (_, t) =>
        t % length >= first[Math.floor(t / length)]! ? 1 : 0,
      ),
      [batch * length, 1],
    );
    const { cos, sin } = rotaryValues(length, { headDim, ropeTheta: 100 });
    await compare(
      [matrix(batch * length, width)],
      [],
      ({ tape, inputs: [x], ints, floats }) => {
        const y = attention(tape, x!, {
          batch,
          length,
          heads,
          kvHeads,
          headDim,
          causal: {
            spans: ints(first.flatMap((start, b) => [start, end[b]!, 0])),
            split: length,
            rotary: { cos: floats(cos), sin: floats(sin), positions: length },
          },
        });
        return y;
      },
      ([x]) => {
        const [q, k, v] = split(x!);
        const table = rotaryTable(positions, { headDim, ropeTheta: 100 });
        const mixed = referenceAttention(
          rotate(q!, table, heads),
          rotate(k!, table, kvHeads),
          v!,
          shape,
          causalBias(mask, batch, length),
        );
        return tf.mul(mixed, visible);
      },
    );
  });

  it('norms of the heads of q and k', async () => {
    const [rows, heads, kvHeads, headDim] = [5, 3, 1, 8];
    await compare(
      [matrix(rows, (heads + 2 * kvHeads) * headDim)],
      [weight('q_norm', headDim), weight('k_norm', headDim)],
      ({ tape, inputs: [x], weights }) =>
        headNorm(
          tape,
          x!,
          { query: weights.get('q_norm'), key: weights.get('k_norm') },
          { heads, kvHeads, headDim },
          1e-6,
        ),
      ([x], [query, key]) => {
        const parts = tf.split<tf.Tensor2D>(x!, [heads * headDim, kvHeads * headDim, kvHeads * headDim], 1);
        const normed = (part: tf.Tensor2D, scale: tf.Tensor): tf.Tensor2D =>
          tf.reshape(rmsNorm(tf.reshape(part, [-1, headDim]), scale, 1e-6), part.shape);
        return tf.concat([normed(parts[0]!, query!), normed(parts[1]!, key!), parts[2]!], 1);
      },
    );
  });

  it.each([
    ['first', true],
    ['last', false],
  ] as const)('a learned row, %s of every sequence, with positions: %s', async (place, placed) => {
    await compare(
      [matrix(6, 4)],
      [weight('row', 4), ...(placed ? [weight('positions', 4, 4)] : [])],
      ({ tape, inputs: [x], weights }) =>
        withLearnedRow(tape, x!, 2, weights.get('row'), place, placed ? weights.get('positions') : undefined),
      ([x], [row, positions]) => {
        const sequences: tf.Tensor3D = tf.reshape(x!, [2, 3, 4]);
        const rows: tf.Tensor3D = tf.tile(tf.reshape(row!, [1, 1, 4]), [2, 1, 1]);
        const joined = tf.concat(place === 'first' ? [rows, sequences] : [sequences, rows], 1);
        const whole = positions === undefined ? joined : tf.add(joined, tf.expandDims(positions, 0));
        return tf.reshape(whole, [8, 4]);
      },
    );
  });

  it('embedding of text and image tokens', async () => {
    const codes = [3, -1, -2, 0, 3, -1, -2, 4];
    const rows = [3, 5, 6, 0, 3, 7, 8, 4];
    await compare(
      [matrix(4, 8)],
      [weight('t', 5, 8)],
      ({ tape, inputs: [images], weights, ints }) =>
        embed(
          tape,
          weights.get('t'),
          8,
          ints(codes),
          { batch: 2, length: 4, imageTokens: 2, vocabulary: 5 },
          images,
        ),
      ([images], [table]) =>
        gatherRows(tf.concat([table as tf.Tensor2D, images!], 0), tf.tensor1d(rows, 'int32')),
    );
  });

  it('slices, joins and the pixel shuffle', async () => {
    await compare(
      [matrix(6, 5), matrix(4, 5)],
      [],
      ({ tape, inputs: [a, b] }) =>
        joinTokens(tape, 2, [
          { value: a!, length: 3, from: 1, count: 2 },
          { value: b!, length: 2, from: 0, count: 1 },
        ]),
      ([a, b]) =>
        tf.reshape(
          tf.concat(
            [
              tf.slice(tf.reshape(a!, [2, 3, 5]), [0, 1, 0], [2, 2, 5]),
              tf.slice(tf.reshape(b!, [2, 2, 5]), [0, 0, 0], [2, 1, 5]),
            ],
            1,
          ),
          [6, 5],
        ),
    );
    await compare(
      [matrix(2 * 16, 3)],
      [],
      ({ tape, inputs: [x] }) => pixelShuffle(tape, x!, 2, 2),
      ([x]) => referenceShuffle(x!, 2, 2),
    );
  });
});

describe('recorded losses equal their references', () => {
  const batch = 3;
  const length = 2;
  const m = batch * length;
  const labels = [1, 0, 6, 2, 3, 3];

  it.each([
    [[2, 1, 2], true, 1, 5],
    [[2, 1, 1], false, 2.5, 7],
    [[0, 0, 0], true, 1, 7],
    [[1, 1, 1], false, 1, 7],
  ])(
    'cross-entropy and KL, answers of %j, first token %s, T = %f',
    async (lengths, firstToken, temperature, v) => {
      const vocabulary = Math.max(v, 7);
      const stride = 8;
      const weights = { ce: 0.7, kl: 1.3, temperature };
      const logits = matrix(m, stride);
      const teacher = matrix(m, stride);
      const counted = labels.map((_, r) => {
        const j = r % length;
        return j < lengths[Math.floor(r / length)]! && (firstToken || j > 0) ? 1 : 0;
      });
      const total = (x: tf.Tensor) => {
        const cut = tf.slice(x as tf.Tensor2D, [0, 0], [m, vocabulary]);
        const wanted = tf.slice(tensor(teacher), [0, 0], [m, vocabulary]);
        const mask = tf.tensor1d(counted);
        const ce = crossEntropy(cut, tf.tensor1d(labels, 'int32'), mask);
        const kl = klDivergence(
          tf.logSoftmax(tf.div(wanted, temperature)),
          tf.logSoftmax(tf.div(cut, temperature)),
          mask,
        );
        return { ce, kl, sum: tf.add<tf.Scalar>(tf.mul(ce, weights.ce), tf.mul(kl, weights.kl)) };
      };
      const { ce, kl } = total(tensor(logits));
      const gradient = tf.grad((x) => total(x).sum)(tensor(logits));
      for (const variant of variants) {
        const recorded = await runRecorded(variant, [logits], [], ({ tape, inputs: [x], ints, floats }) => {
          const { ce: losses } = tokenLosses(
            tape,
            x!,
            vocabulary,
            ints(labels),
            { batch, length, lengths: ints(lengths), firstToken },
            weights,
            constant(floats(teacher.data), m, stride),
          );
          return { rows: 2, columns: m, tracked: false, view: losses.view };
        });
        const sum = (from: number) => recorded.out.slice(from, from + m).reduce((a, b) => a + b, 0);
        expectClose([sum(0), sum(m)], [(await ce.data())[0]!, (await kl.data())[0]!], 'losses');
        expectClose(recorded.inputs[0]!, await gradient.data(), 'gradient');
      }
    },
  );

  it('is 0, with no gradient, where the student is the teacher', async () => {
    const logits = matrix(m, 8);
    const recorded = await runRecorded(variants[0]!, [logits], [], ({ tape, inputs: [x], ints, floats }) => {
      const { kl } = tokenLosses(
        tape,
        x!,
        8,
        ints(labels),
        { batch, length, lengths: ints([2, 2, 2]), firstToken: true },
        { ce: 0, kl: 1, temperature: 1 },
        constant(floats(logits.data), m, 8),
      );
      return { rows: 2, columns: m, tracked: false, view: kl!.view };
    });
    for (const value of [...recorded.out.slice(m), ...recorded.inputs[0]!])
      expect(Math.abs(value)).toBeLessThan(1e-7);
  });

  it('feature distance', async () => {
    const predicted = matrix(m, 5);
    const wanted = matrix(m, 5);
    const lengths = [1, 2, 0];
    const mask = [1, 0, 1, 1, 0, 0];
    const loss = (x: tf.Tensor) =>
      tf.div<tf.Scalar>(
        tf.sum(tf.mul(tf.mean(tf.square(tf.sub(x, tensor(wanted))), -1), tf.tensor1d(mask))),
        3,
      );
    const gradient = tf.grad((x) => tf.mul(loss(x), 0.5))(tensor(predicted));
    for (const variant of variants) {
      const recorded = await runRecorded(variant, [predicted], [], ({ tape, inputs: [x], ints, floats }) => {
        const { view } = featureLoss(
          tape,
          x!,
          constant(floats(wanted.data), m, 5),
          { batch, length, lengths: ints(lengths), firstToken: true },
          0.5,
        );
        return { rows: 1, columns: m, tracked: false, view };
      });
      const total = recorded.out.reduce((a, b) => a + b, 0);
      expectClose([total], await loss(tensor(predicted)).data(), 'loss');
      expectClose(recorded.inputs[0]!, await gradient.data(), 'gradient');
    }
  });
});
