// The package's entry registers its own device as a side effect of a factory only; kernels come with it.
export { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** What `tf.memory()` adds on this backend. */
export interface WebGPUMemoryInfo {
  numBytesInGPU: number;
  numBytesAllocatedInGPU: number;
}
