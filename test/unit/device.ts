import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll } from 'vitest';
import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';

/** Test files run one after the other in one process. Its device stays open from one to the next, with every kernel compiled so far. */
let shared: EngineDevice | undefined;

/**
 * A Dawn device for all tests of a file; they dispose of what they make on it, not of the device.
 * @param adapter by default the best software driver there is, on the process's one device; “null” computes nothing and counts everything,
 * on a device of its own, to which every kernel is new.
 */
export function opened(adapter?: 'null'): { device: EngineDevice } {
  const found = {} as { device: EngineDevice };
  beforeAll(async () => {
    found.device = adapter === undefined ? await sharedDevice() : await openAs(adapter);
    // The file before may have computed on another backend.
    await tf.setBackend('webgpu');
  });
  if (adapter !== undefined) afterAll(() => found.device.dispose());
  return found;
}

/** Opens it again where another file opened a device meanwhile: tfjs has one at a time. */
async function sharedDevice(): Promise<EngineDevice> {
  const backend = tf.findBackend('webgpu') as (tf.KernelBackend & { device: GPUDevice }) | null;
  if (shared === undefined || backend?.device !== shared.gpu) {
    // Not `dispose`: the backend that it would take away is gone, or another device’s.
    shared?.gpu.destroy();
    shared = await openNodeDevice();
  }
  return shared;
}

async function openAs(adapter: string): Promise<EngineDevice> {
  const before = process.env.GENRECAL_ADAPTER;
  process.env.GENRECAL_ADAPTER = adapter;
  try {
    return await openNodeDevice();
  } finally {
    if (before === undefined) delete process.env.GENRECAL_ADAPTER;
    else process.env.GENRECAL_ADAPTER = before;
  }
}
