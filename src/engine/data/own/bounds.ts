/** What a person's own data may be at most: more would not fit into one tab. */
export const largest = {
  /** Pictures and whatever lies beside them. */
  files: 20_000,
  /** Of a zip with all that is in it. */
  unpackedBytes: 1e9,
  metadataBytes: 50e6,
  rows: 100_000,
  /** One picture as a file, and decoded, where it takes four bytes a pixel however small its file is. */
  pictureBytes: 20e6,
  picturePixels: 64e6,
  /** All pictures as they are kept, three bytes a pixel. */
  keptBytes: 1e9,
  /** Characters. A question and its answer stand in every batch at the length of the longest. */
  question: 1000,
  answer: 500,
} as const;
