import type { DeviceReport } from '../device/open-device.ts';
import type { KernelVariant } from './tape.ts';

/** Measured on software adapters (`npm run bench`): 8×8 tiles are half as fast again on SwiftShader, no faster elsewhere. */
export function kernelVariant({ software, adapter }: DeviceReport): KernelVariant {
  return { lanes: software ? 1 : 64, tile: /swiftshader/i.test(adapter) ? 8 : 4 };
}
