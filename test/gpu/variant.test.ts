import { afterEach, expect, it } from 'vitest';
import { openDevice } from '../../src/engine/device/open-device.ts';
import { rememberedVariant } from '../../src/worker/remembered-variant.ts';

afterEach(() => caches.delete('genrecal-device-1'));

it('measures how kernels run best on this device, once', async () => {
  const device = await openDevice({ gpu: navigator.gpu, isSecureContext });
  const variant = () => rememberedVariant(device.gpu, { adapter: 'test adapter', software: true });
  const chosen = await variant();
  const cache = await caches.open('genrecal-device-1');
  const [key] = await cache.keys();
  const kept = async () => (await cache.match(key!))!.json() as Promise<unknown>;
  expect(await kept()).toEqual(chosen);
  const other = { lanes: 64, tile: 4 };
  await cache.put(key!, Response.json(other));
  expect(await variant()).toEqual(other);
  // What makes no sense is measured again.
  await cache.put(key!, new Response('{"lanes": -1}'));
  const again = await variant();
  expect([1, 32, 64]).toContain(again.lanes);
  expect(await kept()).toEqual(again);
  device.dispose();
});
