import { z } from 'zod';
import { chooseVariant } from '../engine/fused/choose-variant.ts';
import type { KernelVariant } from '../engine/fused/variant.ts';

export const kernelVariant = z.object({
  lanes: z.union([z.literal(1), z.literal(32), z.literal(64)]),
  tile: z.union([z.literal(4), z.literal(8), z.literal('workgroup')]),
});

/** Raise it when kernels change so much that old measurements say nothing. */
const version = 1;

/** Measures the device once per adapter and browser, so that the same recipe gives the same numbers next time. */
export async function rememberedVariant(device: GPUDevice, adapter: string): Promise<KernelVariant> {
  const kept = await openStore();
  const found = kernelVariant.safeParse(
    await kept
      ?.match(keyOf(adapter))
      .then((response) => response?.json() as Promise<unknown>)
      .catch(() => undefined),
  );
  if (found.success) return found.data;
  const chosen = await chooseVariant(device);
  await rememberVariant(adapter, chosen);
  return chosen;
}

/** What `rememberedVariant` says from then on. */
export async function rememberVariant(adapter: string, variant: KernelVariant): Promise<void> {
  const kept = await openStore();
  await kept?.put(keyOf(adapter), Response.json(variant)).catch(() => undefined);
}

function keyOf(adapter: string): string {
  return `https://kernel-variant.invalid/${version}/${encodeURIComponent(adapter)}`;
}

/** Storage may be forbidden (private windows): then every visit measures. */
export function openStore(): Promise<Cache | undefined> {
  return 'caches' in self
    ? caches.open('genrecal-device-1').catch(() => undefined)
    : Promise.resolve(undefined);
}
