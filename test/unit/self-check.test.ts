import { describe, expect, it } from 'vitest';
import { selfCheck } from '../../src/engine/distill/self-check.ts';
import type { KernelVariant } from '../../src/engine/fused/variant.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { loaded } from './loaded.ts';

/** A real device, and the same device behind a driver that compiles some kernels into others. */
const context = loaded('nano');
const source = folderSource('public');

async function check(variant: KernelVariant) {
  const { device, session } = context;
  return selfCheck({ source, device: { ...device, report: { ...device.report, variant } } }, session);
}

/** Compiles through `change` for as long as `task` takes. */
async function lying<T>(change: (code: string) => string, task: () => Promise<T>): Promise<T> {
  const { gpu } = context.device;
  const honest = gpu.createShaderModule.bind(gpu);
  gpu.createShaderModule = (descriptor) => honest({ ...descriptor, code: change(descriptor.code) });
  try {
    return await task();
  } finally {
    gpu.createShaderModule = honest;
  }
}

describe('the self-check', () => {
  it('time', async () => {
    for (const variant of [{ lanes: 1, tile: 4 }, { lanes: 1, tile: 4 }, { lanes: 1, tile: 8 }, { lanes: 64, tile: 'workgroup' }] as const) {
      const begun = performance.now();
      const r = await check(variant);
      console.log(JSON.stringify(r), performance.now() - begun);
    }
    expect(lying).toBeDefined();
  });
});
