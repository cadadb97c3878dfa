import { tileFor, type KernelVariant, type Tile } from '../../src/engine/device/variant.ts';
import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import { Random } from '../../src/engine/random.ts';
import { Memory, part } from '../../src/engine/wgsl/core/memory.ts';
import { Plan, type Kernel } from '../../src/engine/wgsl/core/plan.ts';
import { layerSizes } from '../../src/engine/wgsl/ops/linear.ts';
import { matmul } from '../../src/engine/wgsl/products/matmul.ts';
import { chooseLarge } from '../../src/engine/wgsl/tune/choose-large.ts';
import { handTuned, handTunedDesigns, type PlainProduct } from './hand-tuned-product.ts';

const tiles: readonly Tile[] = [4, 8, 'workgroup', 'workgroup64', 'workgroup128'];
/** Sums are in the same order in these, so they should agree to the last bit. */
const sharedTiles: readonly Tile[] = ['workgroup', 'workgroup64', 'workgroup128'];
/** The size at which products are compared, and everything else is given for. */
const fullSize = 4096;
/** Milliseconds that what is submitted at once should take, so that submitting it is no matter. */
const passMs = 10;

interface Shape {
  name: string;
  m: number;
  n: number;
  k: number;
  leftTransposed: boolean;
  rightTransposed: boolean;
}

interface ProductTimes {
  name: string;
  m: number;
  n: number;
  k: number;
  /** GFLOP/s of every tile of ours and every design tuned by hand: median. */
  gflops: Record<string, number>;
  /** The tile that the engine takes. */
  tile: Tile;
  /** Its rate over that of the better design tuned by hand. */
  ratio: number;
  /** Whether the tiles that workgroups share gave the same bits. */
  sameBits: boolean;
}

/**
 * Our matrix product in every variant against two that are tuned by hand, side by side: a cube, and the layers of SmolVLM 256M and 500M forward and
 * backward.
 * @param size of the cube; the layers shrink with it.
 * @throws where a sampled number is not what it should be
 */
export async function measureProducts(
  { gpu, report }: EngineDevice,
  rounds: number,
  size: number,
): Promise<{ large: KernelVariant['large']; products: (ProductTimes | { name: string; note: string })[] }> {
  const scaled = (length: number) => Math.max(32, 4 * Math.round((length * size) / fullSize / 4));
  const variant: KernelVariant = {
    ...report.variant,
    large: await chooseLarge(gpu, report.variant.tile, [512, 1024, 2048].map(scaled)),
  };
  const products: (ProductTimes | { name: string; note: string })[] = [];
  // In software, where kernels compile for seconds and rates say nothing, one of each kind shows that everything runs.
  for (const shape of shapes(scaled).slice(0, report.software ? 4 : undefined)) {
    const { name, m, n, k } = shape;
    const largest = 4 * Math.max(m * n, m * k, n * k);
    if (largest > gpu.limits.maxStorageBufferBindingSize) {
      products.push({ name, note: `needs ${largest} bytes in one binding` });
      continue;
    }
    const found = await measureShape(gpu, variant, shape, rounds);
    const rates = Object.entries(found.gflops).map(([key, rate]) => `${key} ${rate.toFixed(0)}`);
    console.log(
      `${name} ${m}×${k}×${n}: ${rates.join(', ')} GFLOP/s; ${found.tile} is ${found.ratio.toFixed(2)} of the better by hand`,
    );
    products.push(found);
  }
  return { large: variant.large, products };
}

/** The cube; then width and the layers' inner width of both models, with as many rows as a short and a long batch. */
function shapes(scaled: (length: number) => number): Shape[] {
  const product = (name: string, m: number, n: number, k: number, transposed: [boolean, boolean]): Shape => {
    const [leftTransposed, rightTransposed] = transposed;
    return { name, m: scaled(m), n: scaled(n), k: scaled(k), leftTransposed, rightTransposed };
  };
  const layers = [
    ['256M gate and up', 576, 2 * 1536],
    ['256M down', 1536, 576],
    ['500M gate and up', 960, 2 * 2560],
    ['500M down', 2560, 960],
    ['256M head', 576, 49_280],
    ['500M head', 960, 49_280],
  ] as const;
  return [
    product('cube', fullSize, fullSize, fullSize, [false, true]),
    ...[512, 2048].flatMap((rows) =>
      layers.flatMap(([name, from, to]) => [
        product(`${name}, forward`, rows, to, from, [false, true]),
        product(`${name}, dx`, rows, from, to, [false, false]),
        product(`${name}, dW`, to, from, rows, [true, false]),
      ]),
    ),
  ];
}

async function measureShape(
  gpu: GPUDevice,
  variant: KernelVariant,
  shape: Shape,
  rounds: number,
): Promise<ProductTimes> {
  const { name, m, n, k, leftTransposed, rightTransposed } = shape;
  const memory = new Memory(gpu);
  try {
    const hosts = [m * k, k * n].map(someNumbers);
    const [left, right] = hosts.map((host) => {
      const view = memory.allocate(host.length);
      memory.upload(view, host);
      return view;
    });
    const out = memory.allocate(m * n);
    const product: PlainProduct = {
      m,
      n,
      k,
      left: { view: left!, transposed: leftTransposed },
      right: { view: right!, transposed: rightTransposed },
      out,
    };
    const kernels = new Map<string, Kernel>([
      ...tiles.map((tile) => [String(tile), matmul({ ...product, label: `tile ${tile}`, tile })] as const),
      ...handTunedDesigns.map((design) => [design, handTuned(design, product)] as const),
    ]);
    // Compiled at the same time.
    const all = new Plan(memory);
    for (const kernel of kernels.values()) all.add(kernel);
    await all.compile();
    // Rows of whose numbers some are computed again in double precision.
    const rows = [0, Math.floor(m / 3), m - 1];
    const gflops: Record<string, number> = {};
    const samples = new Map<string, Float32Array[]>();
    for (const [key, kernel] of kernels) {
      for (const row of rows) memory.upload(part(out, row * n, n), new Float32Array(n));
      gflops[key] = (await operationsPerSecond(memory, kernel, rounds)) / 1e9;
      const found = await memory.readAll(rows.map((row) => part(out, row * n, n)));
      samples.set(key, found);
      checkRows(`${name}, ${key}`, shape, hosts, rows, found);
    }
    const expected = samples.get(String(sharedTiles[0]))!;
    const sameBits = sharedTiles.every((tile) =>
      samples.get(String(tile))!.every((row, i) => row.every((value, j) => value === expected[i]![j])),
    );
    const tile = tileFor(variant, sizeOf(shape));
    const best = Math.max(...handTunedDesigns.map((design) => gflops[design]!));
    return { name, m, n, k, gflops, tile, ratio: gflops[String(tile)]! / best, sameBits };
  } finally {
    memory.dispose();
  }
}

/** By which the engine chooses a product's kernel, as that of a layer. */
function sizeOf({ m, n, k, leftTransposed, rightTransposed }: Shape): number {
  return rightTransposed ? layerSizes(n, k).forward : layerSizes(leftTransposed ? m : k, n).backward;
}

/** Median of passes that are long enough for what submitting them costs. */
async function operationsPerSecond(memory: Memory, kernel: Kernel, rounds: number): Promise<number> {
  const { queue } = memory.device;
  const pass = async (repeats: number) => {
    const plan = new Plan(memory);
    for (let i = 0; i < repeats; i++) plan.add(kernel);
    await plan.compile();
    return async () => {
      const begun = performance.now();
      plan.submit();
      await queue.onSubmittedWorkDone();
      return performance.now() - begun;
    };
  };
  const once = await pass(1);
  // The first also waits for drivers that compile late.
  await once();
  const repeats = Math.max(1, Math.min(64, Math.round(passMs / (await once()))));
  const many = await pass(repeats);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await many());
  const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
  return (kernel.operations! * repeats) / (median / 1000);
}

/** A prime: rows of a matrix differ. */
const poolLength = 1_048_573;
let pool: Float32Array | undefined;

/** Numbers between −1 and 1: some hardware is faster on zeros and ones. */
function someNumbers(length: number): Float32Array<ArrayBuffer> {
  const random = new Random(5);
  pool ??= Float32Array.from({ length: poolLength }, () => 2 * random.next() - 1);
  const numbers = new Float32Array(length);
  for (let at = 0; at < length; at += poolLength)
    numbers.set(pool.subarray(0, Math.min(poolLength, length - at)), at);
  return numbers;
}

function checkRows(
  what: string,
  { m, n, k, leftTransposed, rightTransposed }: Shape,
  [left, right]: readonly Float32Array[],
  rows: readonly number[],
  found: readonly Float32Array[],
): void {
  for (const [i, row] of rows.entries())
    for (const column of [0, 5, Math.floor(n / 2) + 1, n - 1]) {
      let sum = 0;
      for (let t = 0; t < k; t++)
        sum +=
          left![leftTransposed ? t * m + row : row * k + t]! *
          right![rightTransposed ? column * k + t : t * n + column]!;
      const value = found[i]![column]!;
      if (!(Math.abs(value - sum) <= 1e-5 * Math.sqrt(k) + 1e-4))
        throw new Error(`${what}: number ${row}, ${column} is ${value}, and should be ${sum}`);
    }
}
