/** What was asked of a device. */
export interface Counts {
  dispatches: number;
  passes: number;
  submits: number;
  uploadedBytes: number;
  copies: number;
}

/** Counts calls on a device from now until `stop`. */
export function counting(gpu: GPUDevice): { stop: () => Counts } {
  const counts: Counts = { dispatches: 0, passes: 0, submits: 0, uploadedBytes: 0, copies: 0 };
  const { queue } = gpu;
  const submit = queue.submit.bind(queue);
  const writeBuffer = queue.writeBuffer.bind(queue);
  const createCommandEncoder = gpu.createCommandEncoder.bind(gpu);
  queue.submit = (buffers) => {
    counts.submits++;
    submit(buffers);
  };
  queue.writeBuffer = ((
    buffer: GPUBuffer,
    offset: number,
    data: ArrayBufferView,
    ...range: [number?, number?]
  ) => {
    counts.uploadedBytes += data.byteLength;
    (writeBuffer as (...args: unknown[]) => void)(buffer, offset, data, ...range);
  }) as GPUQueue['writeBuffer'];
  gpu.createCommandEncoder = (...descriptor) => {
    const encoder = createCommandEncoder(...descriptor);
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    const copy = encoder.copyBufferToBuffer.bind(encoder) as (...args: unknown[]) => void;
    encoder.copyBufferToBuffer = (...args: unknown[]) => {
      counts.copies++;
      copy(...args);
    };
    encoder.beginComputePass = (...passDescriptor) => {
      counts.passes++;
      const pass = beginComputePass(...passDescriptor);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (x, y, z) => {
        counts.dispatches++;
        dispatch(x, y, z);
      };
      return pass;
    };
    return encoder;
  };
  return {
    stop: () => {
      Object.assign(queue, { submit, writeBuffer });
      gpu.createCommandEncoder = createCommandEncoder;
      return counts;
    },
  };
}
