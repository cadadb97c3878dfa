/** What a run's buffers are for. */
const keys = ['teacher', 'frozen', 'trained', 'optimiser', 'features', 'pictures', 'passes'] as const;

/** Bytes of a run's buffers by what they are for. */
export type MemoryParts = Record<(typeof keys)[number], number>;

const partOf: Record<string, keyof MemoryParts> = {
  'teacher weights': 'teacher',
  'student weights': 'frozen',
  'trained weights': 'trained',
  gradients: 'optimiser',
  'first moments': 'optimiser',
  'second moments': 'optimiser',
  blocks: 'optimiser',
  cache: 'features',
  pictures: 'pictures',
};

/** Bytes by part from those by the labels of buffers; what has no part of its own belongs to the passes: numbers between layers, ids, answers. */
export function memoryParts(byLabel: ReadonlyMap<string, number>): MemoryParts {
  const parts = Object.fromEntries(keys.map((key) => [key, 0])) as MemoryParts;
  for (const [label, bytes] of byLabel) parts[partOf[label] ?? 'passes'] += bytes;
  return parts;
}
