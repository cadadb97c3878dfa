/** A tensor in host memory, widened to f32. */
export interface HostTensor {
  shape: number[];
  data: Float32Array;
}

/** A model's weights in host memory, by their checkpoint names. */
export type HostTensors = ReadonlyMap<string, HostTensor>;
