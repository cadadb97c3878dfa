import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import type { Recipe } from '../../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../../src/engine/session.ts';
import type { TrainingSet } from '../../src/engine/train/training-set.ts';
import { learningRate, ourStepper } from './steps.ts';

// GPUBufferUsage and GPUMapMode values; the constants are no globals in Node.
const queryResolve = 0x200;
const copySource = 0x04;
const copyTarget = 0x08;
const mapRead = 0x01;

/** Dispatches that can be timed at a time: a query set has room for 4,096 timestamps. */
const most = 2048;

export interface KernelTime {
  label: string;
  /** Of each dispatch: kernels of one label and different sizes are told apart by it. */
  workgroups: number;
  dispatches: number;
  /** All of them together, µs: median of the rounds. */
  microseconds: number;
  /** Of the sum over all kernels, 0–1. */
  share: number;
}

/**
 * Where the time of a stage-2 step goes, kernel by kernel, largest first: every dispatch in a pass of its own between two timestamps. What lies
 * between the passes is not in it.
 * @returns a note where the adapter has no timestamps
 */
export async function measureProfile(
  device: EngineDevice,
  session: TrainSession,
  set: TrainingSet,
  recipe: Recipe,
  rounds: number,
): Promise<KernelTime[] | { note: string }> {
  if (!device.gpu.features.has('timestamp-query'))
    return { note: `${device.report.adapter} offers no timestamp-query.` };
  const { stepper, dispose } = await ourStepper(session, set, recipe);
  const examples = [Array.from({ length: recipe.data.batchSize }, (_, i) => i)];
  const found = new Map<string, { label: string; workgroups: number; dispatches: number; times: number[] }>();
  // The first round computes the teacher's features, the second waits for drivers that compile late.
  for (let count = 1; count <= rounds + 2; count++) {
    const timed = timing(device.gpu);
    stepper.update({ stage: 'distil', examples, learningRate: () => learningRate, count });
    const dispatches = await timed.stop();
    await stepper.numbers();
    if (count <= 2) continue;
    const sums = new Map<string, number>();
    for (const { label, workgroups, microseconds } of dispatches) {
      const key = `${label} ${workgroups}`;
      sums.set(key, (sums.get(key) ?? 0) + microseconds);
      const entry = found.get(key) ?? { label, workgroups, dispatches: 0, times: [] };
      if (entry.times.length === 0) entry.dispatches++;
      found.set(key, entry);
    }
    for (const [key, sum] of sums) found.get(key)!.times.push(sum);
  }
  dispose();
  const medians = [...found.values()].map(({ times, ...kernel }) => ({
    ...kernel,
    microseconds: times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!,
  }));
  const total = medians.reduce((sum, { microseconds }) => sum + microseconds, 0);
  return medians
    .map((kernel) => ({ ...kernel, share: kernel.microseconds / total }))
    .sort((a, b) => b.microseconds - a.microseconds);
}

/** Times every dispatch from now until `stop`. */
function timing(gpu: GPUDevice): {
  stop: () => Promise<{ label: string; workgroups: number; microseconds: number }[]>;
} {
  const kernels: { label: string; workgroups: number }[] = [];
  const querySet = gpu.createQuerySet({ type: 'timestamp', count: 2 * most });
  const createCommandEncoder = gpu.createCommandEncoder.bind(gpu);
  gpu.createCommandEncoder = (...descriptor) => {
    const encoder = createCommandEncoder(...descriptor);
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = () => {
      let pipeline: GPUComputePipeline;
      let bindGroup: GPUBindGroup;
      const pass: Partial<GPUComputePassEncoder> = {
        setPipeline: (next: GPUComputePipeline) => void (pipeline = next),
        setBindGroup: (_: number, next: GPUBindGroup | null) => void (bindGroup = next!),
        dispatchWorkgroups: (x, y, z) => {
          const at = 2 * kernels.push({ label: pipeline.label, workgroups: x * (y ?? 1) }) - 2;
          const own = beginComputePass({
            timestampWrites: { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
          });
          own.setPipeline(pipeline);
          own.setBindGroup(0, bindGroup);
          own.dispatchWorkgroups(x, y, z);
          own.end();
        },
        end: () => undefined,
      };
      return pass as GPUComputePassEncoder;
    };
    return encoder;
  };
  return {
    stop: async () => {
      gpu.createCommandEncoder = createCommandEncoder;
      const size = 2 * kernels.length * 8;
      const resolved = gpu.createBuffer({ size, usage: queryResolve | copySource });
      const staging = gpu.createBuffer({ size, usage: mapRead | copyTarget });
      const encoder = gpu.createCommandEncoder();
      encoder.resolveQuerySet(querySet, 0, 2 * kernels.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(1);
      const ticks = new BigUint64Array(staging.getMappedRange().slice(0));
      for (const owned of [staging, resolved, querySet]) owned.destroy();
      return kernels.map((kernel, i) => ({
        ...kernel,
        microseconds: Number(ticks[2 * i + 1]! - ticks[2 * i]!) / 1000,
      }));
    },
  };
}
