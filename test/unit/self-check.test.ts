import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineDevice } from '../../src/engine/device/open-device.ts';
import { selfCheck, type SelfCheckReport } from '../../src/engine/experiment/self-check.ts';
import { alternatives, type KernelVariant } from '../../src/engine/device/variant.ts';
import type { Dataset } from '../../src/engine/data/dataset.ts';
import { loadData } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';

/** A real device, and the same one behind a driver that compiles some kernels into others. */
const source = folderSource('public');
const plain: KernelVariant = { lanes: 1, tile: 4 };
const shared: KernelVariant = { lanes: 64, tile: 4 };

let data: Dataset;
let device: EngineDevice | undefined;

beforeAll(async () => {
  data = await loadData(source);
});
afterEach(() => {
  device?.dispose();
  device = undefined;
});

async function check(
  variant: KernelVariant,
  { software = true, driver = (code: string) => code } = {},
): Promise<SelfCheckReport & { lost: boolean }> {
  device = await openNodeDevice();
  Object.assign(device.report, { variant, software });
  const { gpu } = device;
  const compile = gpu.createShaderModule.bind(gpu);
  gpu.createShaderModule = (descriptor) => compile({ ...descriptor, code: driver(descriptor.code) });
  let lost = false;
  void device.lost.then(() => (lost = true));
  return { ...(await selfCheck({ source, device }, data)), lost };
}

describe('the self-check', () => {
  it.each(['software', 'a graphics card'])('finds a right driver of %s close to PyTorch', async (kind) => {
    const { loss, gradient, variant } = await check(plain, { software: kind === 'software' });
    expect(variant).toEqual(plain);
    expect(loss).toBeLessThan(2e-5);
    expect(gradient).toBeLessThan(2e-4);
  });

  it('takes simpler kernels where the driver gets the fast ones wrong', async () => {
    const { variant, gradient } = await check(shared, {
      driver: (code) => code.replace('total += shared_[i];', 'total += 1.01 * shared_[i];'),
    });
    expect(variant).toEqual(plain);
    expect(gradient).toBeLessThan(2e-4);
  });

  it('takes simpler kernels where the driver refuses the fast ones, and the device goes on', async () => {
    const { variant, lost } = await check(shared, {
      driver: (code) => code.replace('var<workgroup>', 'var<nothing>'),
    });
    expect(variant).toEqual(plain);
    expect(lost).toBe(false);
  });

  it('refuses a driver that gets all of them wrong', async () => {
    await expect(
      check(plain, { driver: (code) => code.replace('inverseSqrt(', '1.01 * inverseSqrt(') }),
    ).rejects.toMatchObject({ code: 'device-wrong', action: expect.stringContaining('Update') as string });
  });

  it('simplifies one thing at a time, and tries nothing twice', () => {
    const large = [{ from: 1, tile: 'workgroup64' as const }];
    expect(alternatives({ lanes: 64, tile: 'workgroup', large })).toEqual([
      { lanes: 64, tile: 4 },
      { lanes: 1, tile: 'workgroup' },
      plain,
    ]);
    expect(alternatives(shared)).toEqual([plain]);
    expect(alternatives(plain)).toEqual([]);
  });
});
