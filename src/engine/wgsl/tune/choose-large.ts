import type { LargeTile, Tile } from '../../device/variant.ts';
import { Memory } from '../core/memory.ts';
import { Plan } from '../core/plan.ts';
import type { View } from '../core/view.ts';
import { matmul } from '../products/matmul.ts';
import { fastestPass } from './speed.ts';

/** Sides of the square results that candidates are measured at, ascending, and the inner size of these products. */
const usualSides = [512, 1024, 2048];
const inner = 256;
/** Floating-point operations that one pass is worth: many times what submitting it costs on a large card. */
const passOperations = 2e9;
/** Milliseconds that each candidate may take at each size once it is compiled. */
const budget = 30;

/**
 * The fastest way to cut up large products, by size of their result: at each side the tile for small products against the wide ones. A wide one that a
 * driver refuses, or computes wrongly, is out. On the order of half a second on a graphics card.
 * @param small for smaller products, and known to compute rightly.
 */
export async function chooseLarge(
  device: GPUDevice,
  small: Tile,
  sides: readonly number[] = usualSides,
): Promise<LargeTile[]> {
  const chosen: LargeTile[] = [];
  for (const side of sides) {
    const tile = await fastestAt(device, side, small);
    if (tile !== (chosen.at(-1)?.tile ?? small)) chosen.push({ from: side * side, tile });
  }
  return chosen;
}

async function fastestAt(device: GPUDevice, side: number, small: Tile): Promise<Tile> {
  const memory = new Memory(device);
  try {
    // Small whole numbers: their sums are exact, whatever the order.
    const operand = (factor: number): View => {
      const view = memory.allocate(side * inner);
      memory.upload(
        view,
        Float32Array.from({ length: side * inner }, (_, i) => ((i * factor) % 17) - 8),
      );
      return view;
    };
    const [left, right] = [operand(5), operand(11)];
    const out = memory.allocate(side * side);
    const measured = async (tile: Tile) => {
      const plan = new Plan(memory);
      const product = matmul({
        label: `large product ${tile}`,
        tile,
        m: side,
        n: side,
        k: inner,
        left: { view: left, transposed: false },
        right: { view: right, transposed: true },
        out,
      });
      const repeats = Math.max(1, Math.min(16, Math.round(passOperations / product.operations!)));
      for (let i = 0; i < repeats; i++) plan.add(product);
      memory.upload(out, new Float32Array(side * side));
      const seconds = await fastestPass(device, plan, budget);
      return { tile, seconds, numbers: await memory.read(out) };
    };
    let best = await measured(small);
    const expected = best.numbers;
    for (const tile of ['workgroup64', 'workgroup128'] as const) {
      const found = await unlessRefused(device, () => measured(tile));
      const rightly = found?.numbers.every((value, i) => value === expected[i]) === true;
      if (rightly && found.seconds < best.seconds) best = found;
    }
    return best.tile;
  } finally {
    memory.dispose();
  }
}

/** A kernel that a driver refuses, or fails at, is no reason not to open the device: there is the tile for small products. */
async function unlessRefused<T>(device: GPUDevice, measure: () => Promise<T>): Promise<T | undefined> {
  device.pushErrorScope('validation');
  const found = await measure().catch(() => undefined);
  const refused = await device.popErrorScope().catch(() => true);
  return refused === null ? found : undefined;
}
