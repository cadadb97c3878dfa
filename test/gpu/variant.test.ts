import { afterEach, expect, it } from 'vitest';
import { openDevice } from '../../src/engine/device/open-device.ts';
import { rememberedVariant } from '../../src/worker/remembered-variant.ts';

afterEach(() => caches.delete('genrecal-device-1'));

it('measures how kernels run best on this device, once', async () => {
  const device = await openDevice({ gpu: navigator.gpu, isSecureContext });
  const chosen = await rememberedVariant(device.gpu, 'test adapter');
  // In software every barrier stops a whole core: nothing that needs one may win.
  if (device.report.software) expect([chosen.lanes, typeof chosen.tile]).toEqual([1, 'number']);
  const cache = await caches.open('genrecal-device-1');
  const [key] = await cache.keys();
  const kept = { lanes: 64, tile: 4 };
  await cache.put(key!, Response.json(kept));
  expect(await rememberedVariant(device.gpu, 'test adapter')).toEqual(kept);
  // What makes no sense is measured again.
  await cache.put(key!, new Response('{"lanes": -1}'));
  expect((await rememberedVariant(device.gpu, 'test adapter')).lanes).toBe(chosen.lanes);
  device.dispose();
});
