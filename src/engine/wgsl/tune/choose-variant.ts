import type { HostTensor } from '../../models/host-tensor.ts';
import { linear } from '../ops/linear.ts';
import { Memory } from '../core/memory.ts';
import { norm } from '../ops/norm.ts';
import { Parameters } from '../core/parameters.ts';
import { Plan } from '../core/plan.ts';
import { chooseLarge } from './choose-large.ts';
import { fastestPass } from './speed.ts';
import { Tape, type Value } from '../core/tape.ts';
import type { KernelVariant } from '../../device/variant.ts';

const tiles = [4, 8, 'workgroup'] as const;
const lanes = [1, 32, 64];
/** Milliseconds that each candidate may take once it is compiled. */
const budget = 60;
/** Shapes of the default pair's step. */
const [rows, columns, repeats] = [512, 128, 4];

/**
 * The fastest way to write kernels for a device: one linear layer forward and backward by tile, one norm by lanes, each a fraction of a second.
 * Variants differ in the last bits of their sums, so a device should be measured once and then remembered. Large products are cut up otherwise than small
 * ones on graphics cards alone.
 */
export async function chooseVariant(device: GPUDevice, software: boolean): Promise<KernelVariant> {
  const byTile = new Map<KernelVariant['tile'], number>();
  for (const tile of tiles)
    byTile.set(
      tile,
      await seconds(device, { lanes: 1, tile }, (tape, x, weights) =>
        linear(tape, x, weights.get('matrix'), columns),
      ),
    );
  const byLanes = new Map<number, number>();
  for (const count of lanes)
    byLanes.set(
      count,
      await seconds(device, { lanes: count, tile: 4 }, (tape, x, weights) =>
        norm(tape, x, weights.get('vector'), 1e-6),
      ),
    );
  const tile = fastest(byTile);
  return { tile, lanes: fastest(byLanes), ...(!software && { large: await chooseLarge(device, tile) }) };
}

async function seconds(
  device: GPUDevice,
  variant: KernelVariant,
  record: (tape: Tape, x: Value, weights: Parameters) => Value,
): Promise<number> {
  const memory = new Memory(device);
  try {
    const weight = (...shape: number[]): HostTensor => ({
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5),
    });
    const host = { matrix: weight(columns, columns), vector: weight(columns) };
    const weights = new Parameters(memory, new Map(Object.entries(host)), 'trained');
    const plan = new Plan(memory);
    for (let i = 0; i < repeats; i++) {
      const tape = new Tape(plan, memory, variant, () => true);
      const y = record(tape, tape.value(rows, columns, true), weights);
      y.gradient = memory.allocate(rows * columns);
      tape.backward();
    }
    return await fastestPass(device, plan, budget);
  } finally {
    memory.dispose();
  }
}

function fastest<Key>(measured: ReadonlyMap<Key, number>): Key {
  return [...measured].toSorted(([, a], [, b]) => a - b)[0]![0];
}
