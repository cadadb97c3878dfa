import { z } from 'zod';
import { chooseVariant } from '../engine/wgsl/tune/choose-variant.ts';
import type { DeviceReport } from '../engine/device/open-device.ts';
import type { KernelVariant } from '../engine/device/variant.ts';
import { remember, remembered } from './remembered.ts';

const tile = z.union([z.literal(4), z.literal(8), z.literal('workgroup')]);
const wideTile = z.union([z.literal('workgroup64'), z.literal('workgroup128')]);
export const kernelVariant = z.object({
  lanes: z.union([z.literal(1), z.literal(32), z.literal(64)]),
  tile,
  large: z.array(z.object({ from: z.number(), tile: z.union([tile, wideTile]) })).optional(),
});

/** Raise it when kernels change so much that old measurements say nothing. */
const version = 2;

/** Measures the device once per adapter and browser, so that the same recipe gives the same numbers next time. */
export function rememberedVariant(
  device: GPUDevice,
  { adapter, software }: Pick<DeviceReport, 'adapter' | 'software'>,
): Promise<KernelVariant> {
  return remembered(keyOf(adapter), kernelVariant, () => chooseVariant(device, software));
}

/** What `rememberedVariant` says from then on. */
export function rememberVariant(adapter: string, variant: KernelVariant): Promise<void> {
  return remember(keyOf(adapter), variant);
}

function keyOf(adapter: string): string {
  return `https://kernel-variant.invalid/${version}/${encodeURIComponent(adapter)}`;
}
