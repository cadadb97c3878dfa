import { existsSync } from 'node:fs';
import { create, globals } from 'webgpu';
import { openDevice, type EngineDevice } from '../engine/device/open-device.ts';
import { pollLess } from './poll-less.ts';

/** Vulkan drivers in software, by the value of GENRECAL_ADAPTER. */
const softwareDrivers: Readonly<Record<string, string>> = {
  lavapipe: '/usr/share/vulkan/icd.d/lvp_icd.json',
  swiftshader: '/usr/lib/chromium/vk_swiftshader_icd.json',
};

/**
 * Opens a device on Dawn, Google's WebGPU implementation, in Node. Vulkan drivers are found as usual
 * (`VK_ICD_FILENAMES`); where there is none that Dawn accepts, Chromium's SwiftShader stands in. The environment variable
 * `GENRECAL_ADAPTER` (`lavapipe`, `swiftshader`) forces one; `null` is Dawn's adapter that computes nothing, for counting.
 * @param flags of Dawn
 * @throws EngineError `adapter-missing`
 */
export async function openNodeDevice(flags: readonly string[] = []): Promise<EngineDevice> {
  Object.assign(globalThis, globals);
  const forced = softwareDrivers[process.env.GENRECAL_ADAPTER ?? ''];
  if (forced !== undefined) process.env.VK_ICD_FILENAMES = forced;
  let gpu = create(process.env.GENRECAL_ADAPTER === 'null' ? [...flags, 'backend=null'] : [...flags]);
  if ((await gpu.requestAdapter().catch(() => null)) === null && existsSync(softwareDrivers.swiftshader!)) {
    process.env.VK_ICD_FILENAMES = softwareDrivers.swiftshader;
    gpu = create([...flags]);
  }
  // tfjs looks for navigator.gpu before it accepts the backend; Node 20 has no navigator.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  const device = await openDevice({ gpu, isSecureContext: true });
  if (device.report.software) pollLess();
  return device;
}
