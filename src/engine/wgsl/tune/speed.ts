import { matmul } from '../products/matmul.ts';
import { Memory } from '../core/memory.ts';
import { Plan, type Kernel } from '../core/plan.ts';
import type { KernelVariant } from '../../device/variant.ts';

/** What an adapter does in a second, measured with the project's own kernels. */
export interface Speed {
  /** Floating-point operations per second in matrix products of the size that small models have. */
  operationsPerSecond: number;
  /** What a dispatch costs beyond its work, s. */
  secondsPerDispatch: number;
}

/** Milliseconds that each of the two measurements may take. */
const budget = 400;

/** Measures for about a second. */
export async function measureSpeed(device: GPUDevice, variant: KernelVariant): Promise<Speed> {
  const memory = new Memory(device);
  try {
    const [m, n, k] = [512, 128, 128];
    const product = matmul({
      label: 'speed',
      tile: variant.tile,
      m,
      n,
      k,
      left: { view: memory.allocate(m * k), transposed: false },
      right: { view: memory.allocate(n * k), transposed: true },
      out: memory.allocate(m * n),
    });
    const counter = memory.allocate(64);
    const nothing = {
      label: 'nothing',
      bindings: [{ name: 'counter', view: counter, write: true }],
      threads: 64,
      code: 'store_counter(index, load_counter(index) + 1.0);',
    };
    const secondsPerDispatch = await secondsEach(memory, nothing, 64);
    const seconds = await secondsEach(memory, product, 16);
    return {
      operationsPerSecond: (2 * m * n * k) / Math.max(seconds - secondsPerDispatch, seconds / 10),
      secondsPerDispatch,
    };
  } finally {
    memory.dispose();
  }
}

async function secondsEach(memory: Memory, kernel: Kernel, count: number): Promise<number> {
  const plan = new Plan(memory);
  for (let i = 0; i < count; i++) plan.add(kernel);
  return (await fastestPass(memory.device, plan, budget)) / count;
}

/** Seconds of the fastest of as many passes as fit the budget, ms. */
export async function fastestPass(device: GPUDevice, plan: Plan, budget: number): Promise<number> {
  await plan.compile();
  const once = async () => {
    const started = performance.now();
    plan.submit();
    await device.queue.onSubmittedWorkDone();
    return performance.now() - started;
  };
  // The first pass also waits for drivers that compile late.
  await once();
  const begun = performance.now();
  let fastest = Infinity;
  do fastest = Math.min(fastest, await once());
  while (performance.now() - begun < budget);
  return fastest / 1000;
}
