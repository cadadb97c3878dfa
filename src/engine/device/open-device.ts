import * as tf from '@tensorflow/tfjs-core';
// After the core: it reads flags that the core sets.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { WebGPUBackend, type WebGPUMemoryInfo } from './backend.ts';
import { EngineError, type EngineFailure } from '../errors.ts';
import { cardOf, isSoftware } from './card-name.ts';
import { usualVariant, type KernelVariant } from './variant.ts';
import { registerDirectMatmul } from './direct-matmul.ts';
import { registerSumGradients } from './sum-gradients.ts';

export interface DeviceReport {
  /** Name for people, e.g. “NVIDIA GeForce RTX 4090” or “SwiftShader”. */
  adapter: string;
  vendor: string;
  architecture: string;
  /** True for a software adapter: right results, but slow. */
  software: boolean;
  features: string[];
  maxBufferBytes: number;
  /** How kernels are written for it. */
  variant: KernelVariant;
}

/** The one GPU device of a thread, registered as tfjs's backend. */
export interface EngineDevice {
  report: DeviceReport;
  /** The device itself, for kernels that do not go through tfjs. */
  gpu: GPUDevice;
  /** Bytes the backend holds on the GPU for live tensors. */
  gpuBytes(): number;
  /** Live tensors. */
  tensors(): number;
  /** Resolves when the device is gone or has run out of memory; nothing computed afterwards can be trusted. */
  lost: Promise<EngineFailure>;
  dispose(): void;
}

const wantedFeatures = ['shader-f16', 'timestamp-query', 'subgroups'] as const;
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const;

/**
 * Opens the best adapter with all the limits it has and makes it tfjs's backend.
 * @throws EngineError `insecure-context`, `webgpu-missing` or `adapter-missing`
 */
export async function openDevice(environment: {
  gpu?: GPU;
  isSecureContext: boolean;
  /** How to write kernels for this device; the usual way for its kind where absent. */
  chooseVariant?: (device: GPUDevice, report: DeviceReport) => Promise<KernelVariant>;
  /** What WebGL says draws here; asked where WebGPU names no more than the maker. */
  renderer?: () => string | undefined;
}): Promise<EngineDevice> {
  const { gpu } = environment;
  if (!environment.isSecureContext)
    throw new EngineError(
      'insecure-context',
      'Browsers offer WebGPU on secure pages only, and this page came over plain HTTP.',
      'Open the page over https, or from localhost.',
    );
  if (gpu === undefined)
    throw new EngineError(
      'webgpu-missing',
      'This browser has no WebGPU, so it cannot train here.',
      'Open the page in a current Chrome or Edge (113 or later; on Linux 144 or later), or Safari 26.',
    );
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (adapter === null)
    throw new EngineError(
      'adapter-missing',
      'WebGPU is there, but the browser offers no graphics adapter.',
      'Turn on hardware acceleration in the browser’s settings and restart it.',
    );
  const features = wantedFeatures.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits: Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]])),
  });

  if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => Promise.resolve(new WebGPUBackend(device, adapter.info)), 3);
  // Uploading a small operand costs less than the CPU fallback's reads, and results must not depend on tensor size.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 64);
  await tf.setBackend('webgpu');
  await tf.ready();
  registerSumGradients();
  const report = reportOf(adapter, features, environment.renderer);
  report.variant = (await environment.chooseVariant?.(device, report)) ?? report.variant;
  registerDirectMatmul(report.software ? 'always' : 'deterministic');

  let disposed = false;
  const lost = new Promise<EngineFailure>((resolve) => {
    void device.lost.then((info) => {
      if (!disposed)
        resolve({
          code: 'device-lost',
          message: `The graphics device was lost${info.message ? `: ${info.message}` : '.'}`,
          action: 'Wait until it is open again, then try again.',
        });
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event;
      const memory = error instanceof GPUOutOfMemoryError;
      resolve({
        code: memory ? 'out-of-memory' : 'internal',
        message: memory
          ? 'The graphics memory is full.'
          : `The graphics driver refused a command: ${error.message}`,
        action: memory
          ? 'Choose a smaller pair or batch size, or close other tabs, and run again.'
          : 'Run again; if it happens again, report it with the adapter’s name.',
      });
    });
  });

  return {
    report,
    gpu: device,
    gpuBytes: () => (tf.memory() as unknown as WebGPUMemoryInfo).numBytesInGPU,
    tensors: () => tf.memory().numTensors,
    lost,
    dispose() {
      disposed = true;
      tf.removeBackend('webgpu');
      device.destroy();
    },
  };
}

function reportOf(
  adapter: GPUAdapter,
  features: readonly string[],
  renderer?: () => string | undefined,
): DeviceReport {
  const { vendor, architecture, description } = adapter.info;
  const software = adapter.info.isFallbackAdapter || isSoftware(`${vendor} ${architecture} ${description}`);
  const name = adapterName(adapter.info, software ? undefined : renderer);
  return {
    adapter: name,
    vendor,
    architecture,
    software,
    variant: usualVariant({ software, adapter: name }),
    features: [...features],
    maxBufferBytes: adapter.limits.maxBufferSize,
  };
}

/** An adapter's name for people, as well as the browser allows. */
export function adapterName(
  { vendor, architecture, description, device }: Omit<GPUAdapterInfo, '__brand'>,
  renderer?: () => string | undefined,
): string {
  if (description || device) return description || device;
  const said = renderer?.();
  const card = said === undefined ? undefined : cardOf(said);
  // WebGL may draw on another card than WebGPU computes on.
  const same = card && !card.software && vendor && card.name.toLowerCase().includes(vendor.toLowerCase());
  return same ? card.name : [vendor, architecture].filter(Boolean).join(' ') || 'unknown adapter';
}
