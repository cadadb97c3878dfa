import { afterEach, describe, expect, it, vi } from 'vitest';
import { tileFor, usualVariant, type KernelVariant, type Tile } from '../../src/engine/device/variant.ts';
import { floatToHalf } from '../../src/engine/models/checkpoints/half.ts';
import { Random } from '../../src/engine/random.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { Parameters } from '../../src/engine/wgsl/core/parameters.ts';
import { Plan } from '../../src/engine/wgsl/core/plan.ts';
import { Tape } from '../../src/engine/wgsl/core/tape.ts';
import { ofStudent, type View } from '../../src/engine/wgsl/core/view.ts';
import { linear } from '../../src/engine/wgsl/ops/linear.ts';
import { matmul } from '../../src/engine/wgsl/products/matmul.ts';
import { chooseLarge } from '../../src/engine/wgsl/tune/choose-large.ts';
import { opened } from './device.ts';

const context = opened();
const random = new Random(3);
const numbers = (length: number) => Float32Array.from({ length }, () => random.normal());
const wide = ['workgroup64', 'workgroup128'] as const;

type Numbers = Float32Array<ArrayBuffer>;
interface Shape {
  m: number;
  n: number;
  k: number;
}

function filled(memory: Memory, data: Numbers): View {
  const view = memory.allocate(data.length);
  memory.upload(view, data);
  return view;
}

/** Runs one product with all that can be added, and returns its result and the sums of its left rows. */
async function product(
  tile: Tile,
  { m, n, k }: Shape,
  [leftTransposed, rightTransposed]: readonly [boolean, boolean],
  [a, b, bias, residual, before]: readonly Numbers[],
): Promise<Numbers[]> {
  const memory = new Memory(context.device.gpu);
  const out = filled(memory, before!);
  const sums = memory.allocate(m);
  const plan = new Plan(memory);
  plan.add(
    matmul({
      label: 'product',
      tile,
      m,
      n,
      k,
      left: { view: filled(memory, a!), transposed: leftTransposed },
      right: { view: filled(memory, b!), transposed: rightTransposed },
      out,
      accumulate: true,
      bias: filled(memory, bias!),
      residual: { view: filled(memory, residual!), rows: 3 },
      ...(leftTransposed && { rowSum: { view: sums, accumulate: false } }),
    }),
  );
  await plan.compile();
  plan.submit();
  const found = await memory.readAll([
    { ...out, length: m * n },
    { ...sums, length: m },
  ]);
  memory.dispose();
  return found;
}

describe('large products', () => {
  it.each(wide)('leave alone what more workgroups than tiles would write: %s', (tile) => {
    const memory = new Memory(context.device.gpu, true);
    const [m, n, k] = [2048, 151_936, 16];
    const { code } = matmul({
      label: 'product',
      tile,
      m,
      n,
      k,
      left: { view: memory.allocate(m * k), transposed: false },
      right: { view: memory.allocate(n * k), transposed: true },
      out: memory.allocate(m * n),
    });
    const side = tile === 'workgroup64' ? 64 : 128;
    expect(code).toContain(`if (group >= ${(m / side) * Math.ceil(n / side)}) { return; }`);
  });

  it.each([
    { name: 'y = x·Wᵀ', layout: [false, true], shape: { m: 36, n: 132, k: 44 } },
    { name: 'dx = dy·W', layout: [false, false], shape: { m: 128, n: 260, k: 20 } },
    { name: 'dW = dyᵀ·x', layout: [true, false], shape: { m: 132, n: 64, k: 35 } },
  ] as const)(
    'are what small tiles make of them, to the last bit: $name, $shape.m×$shape.k×$shape.n',
    async ({ layout, shape }) => {
      const { m, n, k } = shape;
      const data = [m * k, k * n, n, 3 * n, m * n].map(numbers);
      const expected = await product('workgroup', shape, layout, data);
      // Some element, in double precision.
      const [row, column] = [m - 2, n - 3];
      let sum = data[2]![column]! + data[3]![(row % 3) * n + column]! + data[4]![row * n + column]!;
      for (let i = 0; i < k; i++)
        sum +=
          data[0]![layout[0] ? i * m + row : row * k + i]! *
          data[1]![layout[1] ? column * k + i : i * n + column]!;
      expect(expected[0]![row * n + column]).toBeCloseTo(sum, 4);
      for (const tile of wide) expect(await product(tile, shape, layout, data), tile).toEqual(expected);
    },
  );

  it('have no need of rows that are a multiple of four, where no row is read across', async () => {
    const shape = { m: 67, n: 64, k: 16 };
    const data = [67 * 16, 16 * 64, 64, 3 * 64, 67 * 64].map(numbers);
    const layout = [false, true] as const;
    const [expected] = await product(4, shape, layout, data);
    for (const tile of ['workgroup', 'workgroup64'] as const) {
      const [found] = await product(tile, shape, layout, data);
      const worst = Math.max(...found!.map((value, i) => Math.abs(value - expected![i]!)));
      expect(worst, tile).toBeLessThan(1e-5);
    }
  });

  it.each(wide)('read packed f16 as the numbers it stands for: %s', async (tile) => {
    const [m, n, k] = [64, 132, 36];
    const halves = Uint16Array.from(numbers(n * k), floatToHalf);
    const memory = new Memory(context.device.gpu);
    const packed = memory.allocateHalf(n * k);
    memory.upload(packed, new Int32Array(halves.buffer));
    const unpacked = memory.allocate(n * k);
    const left = { view: filled(memory, numbers(m * k)), transposed: false };
    const outs = [packed, unpacked].map(() => memory.allocate(m * n));
    const plan = new Plan(memory);
    plan.add({
      label: 'unpack',
      bindings: [
        { name: 'source', view: packed },
        { name: 'result', view: unpacked, write: true },
      ],
      threads: n * k,
      code: `if (index < ${n * k}) { store_result(index, load_source(index)); }`,
    });
    for (const [i, view] of [packed, unpacked].entries())
      plan.add(
        matmul({ label: 'half', tile, m, n, k, left, right: { view, transposed: true }, out: outs[i]! }),
      );
    await plan.compile();
    plan.submit();
    const [half, full] = await memory.readAll(outs);
    expect(half).toEqual(full);
    expect(half!.some((value) => Math.abs(value) > 1)).toBe(true);
    memory.dispose();
  });

  it.each(wide)('are the same for a student of a list as alone: %s', async (tile) => {
    const [m, n, k] = [68, 136, 24];
    const [a, b] = [numbers(2 * m * k), numbers(2 * n * k)];
    const once = async (students: readonly number[]) => {
      const memory = new Memory(context.device.gpu, false, students.length);
      const [left, right, out] = [m * k, n * k, m * n].map((length) => memory.allocate(length));
      for (const [place, student] of students.entries()) {
        memory.upload(ofStudent(left!, place), a.slice(student * m * k, (student + 1) * m * k));
        memory.upload(ofStudent(right!, place), b.slice(student * n * k, (student + 1) * n * k));
      }
      const plan = new Plan(memory);
      plan.add(
        matmul({
          label: 'list',
          tile,
          m,
          n,
          k,
          left: { view: left!, transposed: false },
          right: { view: right!, transposed: true },
          out: out!,
        }),
      );
      await plan.compile();
      plan.submit();
      const found = await memory.readAll(students.map((_, place) => ofStudent(out!, place)));
      memory.dispose();
      return found;
    };
    const [[first], [second]] = [await once([0]), await once([1])];
    expect(await once([0, 1])).toEqual([first, second]);
  });
});

describe('how large products are cut up', () => {
  const variant: KernelVariant = {
    lanes: 64,
    tile: 'workgroup',
    large: [
      { from: 1 << 18, tile: 'workgroup64' },
      { from: 1 << 22, tile: 'workgroup128' },
    ],
  };

  it('depends on how much they give', () => {
    const sizes = [0, (1 << 18) - 1, 1 << 18, 1 << 22, 1 << 25];
    expect(sizes.map((size) => tileFor(variant, size))).toEqual([
      'workgroup',
      'workgroup',
      'workgroup64',
      'workgroup128',
      'workgroup128',
    ]);
    expect(tileFor({ lanes: 1, tile: 8 }, 1e9)).toBe(8);
    expect(usualVariant({ software: true, adapter: 'llvmpipe' }).large).toBeUndefined();
  });

  it('depends on the layer, never on how many rows it reads', () => {
    const sizes = (rows: number, columns: number, out: number) => {
      const memory = new Memory(context.device.gpu, true);
      const host = { shape: [out, columns], data: new Float32Array(out * columns) };
      const weights = new Parameters(memory, new Map([['w', host]]), 'trained');
      const plan = new Plan(memory);
      const tape = new Tape(plan, memory, variant, () => true);
      const y = linear(tape, tape.value(rows, columns, true), weights.get('w'), out);
      y.gradient = memory.allocate(rows * out);
      tape.backward();
      return plan.kernels.map(({ label, groupSize }) => [label, groupSize]);
    };
    expect(sizes(32, 64, 512)).toEqual([
      ['linear', 128],
      ['linear dx + linear dW', 64],
    ]);
    expect(sizes(4096, 64, 512)).toEqual(sizes(32, 64, 512));
    // The gradient of x alone would be large enough; apart from that of the weights it would be one more dispatch.
    expect(sizes(4096, 512, 128)).toEqual([
      ['linear', 64],
      ['linear dx + linear dW', 64],
    ]);
    expect(sizes(4096, 512, 512)).toEqual([
      ['linear', 128],
      ['linear dx + linear dW', 128],
    ]);
  });
});

describe('the choice for large products', () => {
  afterEach(() => vi.restoreAllMocks());

  /** A driver that compiles other code than it was given. What it compiled before it keeps: each test has sizes of its own. */
  function driver(change: (code: string) => string): void {
    const { gpu } = context.device;
    const compile = gpu.createShaderModule.bind(gpu);
    vi.spyOn(gpu, 'createShaderModule').mockImplementation((descriptor) =>
      compile({ ...descriptor, code: change(descriptor.code) }),
    );
  }
  const isWide = (code: string) => code.includes('tileLeft : array<vec4');
  /** Takes its time, and computes the same. */
  const slowly = (code: string) =>
    code.replace(
      'var s0 = vec4<f32>(0.0);',
      'var s0 = vec4<f32>(0.5); for (var w = 0; w < 20000; w++) { s0 = fract(s0 * 1.1 + 0.1); } s0 = floor(s0 * 0.5);',
    );

  it('is a wide tile where that is faster, from where it is', async () => {
    driver((code) => (isWide(code) ? code : slowly(code)));
    const chosen = await chooseLarge(context.device.gpu, 'workgroup', [32, 64]);
    expect(chosen[0]).toEqual({
      from: 32 * 32,
      tile: expect.stringMatching(/^workgroup(64|128)$/) as string,
    });
    expect(chosen.map(({ from }) => from).every((from) => [32 * 32, 64 * 64].includes(from))).toBe(true);
  });

  it('is none that the driver gets wrong, however fast', async () => {
    driver((code) =>
      isWide(code) ? code.replace('s0_0 += a0.x * b0;', 's0_0 += a0.y * b0;') : slowly(code),
    );
    expect(await chooseLarge(context.device.gpu, 'workgroup', [36])).toEqual([]);
  });

  it('is none that the driver refuses, and the device goes on', async () => {
    driver((code) => (isWide(code) ? code.replace('var<workgroup>', 'var<nothing>') : slowly(code)));
    const { gpu } = context.device;
    const errors: string[] = [];
    const told = ({ error }: GPUUncapturedErrorEvent) => errors.push(error.message);
    gpu.addEventListener('uncapturederror', told);
    expect(await chooseLarge(gpu, 'workgroup', [40])).toEqual([]);
    gpu.removeEventListener('uncapturederror', told);
    expect(errors).toEqual([]);
  });
});
