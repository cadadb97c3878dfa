/** A range of a GPU buffer. `offset` in bytes, `length` in 32-bit words. */
export interface View {
  buffer: GPUBuffer;
  offset: number;
  length: number;
}
