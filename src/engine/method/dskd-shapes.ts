/** What of a model's configuration decides how wide its features are. */
interface Width {
  text: { hiddenSize: number };
}

/** DSKD's projectors, y = x·Wᵀ + b with W [out, in], in the order in which they are drawn. */
export const dskdProjectors = ['query', 'toTeacher', 'toStudent'] as const;

/** Names and shapes of DSKD's projectors (Zhang et al. 2024): `query` 2·d_s → 2·d_l, `toTeacher` d_s → d_l, `toStudent` d_l → d_s. */
export function dskdShapes(student: Width, teacher: Width): { name: string; shape: number[] }[] {
  const [s, l] = [student.text.hiddenSize, teacher.text.hiddenSize];
  const sizes = { query: [2 * l, 2 * s], toTeacher: [l, s], toStudent: [s, l] } as const;
  return dskdProjectors.flatMap((projector) => [
    { name: `dskd.${projector}.weight`, shape: [...sizes[projector]] },
    { name: `dskd.${projector}.bias`, shape: [sizes[projector][0]] },
  ]);
}
