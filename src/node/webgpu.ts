import { create, globals } from 'webgpu';
import { openDevice, type EngineDevice } from '../engine/device/open-device.ts';

/**
 * Opens a device on Dawn, Google's WebGPU implementation, in Node. Vulkan drivers are found as usual (`VK_ICD_FILENAMES`).
 * @param dawnOptions Dawn toggles such as `backend=null`, see the package `webgpu`.
 */
export async function openNodeDevice(dawnOptions: string[] = []): Promise<EngineDevice> {
  Object.assign(globalThis, globals);
  const gpu = create(dawnOptions);
  // tfjs looks for navigator.gpu before it accepts the backend; Node 20 has no navigator.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  return openDevice({ gpu, isSecureContext: true });
}
