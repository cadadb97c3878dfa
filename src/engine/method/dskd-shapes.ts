/** DSKD's projectors: of the query that attends across the models, and of each model's features into the other's space. */
export const dskdProjectors = ['query', 'toTeacher', 'toStudent'] as const;

interface Width {
  text: { hiddenSize: number };
}

/** Names and shapes of DSKD's projectors, y = x·Wᵀ + b with W [out, in]. */
export function dskdShapes(student: Width, teacher: Width): { name: string; shape: number[] }[] {
  const [s, l] = [student.text.hiddenSize, teacher.text.hiddenSize];
  const sizes = { query: [2 * l, 2 * s], toTeacher: [l, s], toStudent: [s, l] } as const;
  return dskdProjectors.flatMap((part) => [
    { name: `dskd.${part}.weight`, shape: [...sizes[part]] },
    { name: `dskd.${part}.bias`, shape: [sizes[part][0]] },
  ]);
}
