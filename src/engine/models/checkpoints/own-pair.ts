import { EngineError } from '../../errors.ts';
import type { ModelReport, PairReport } from './checkpoint-index.ts';

/** Between the names of teacher and student in the key of a pair that no index lists; in no name, and as it is in links and file names. */
const between = '~';
/** Names of a person's own models begin with it; the rest is of their hash. */
export const ownPrefix = 'own-';

/** Two models that no index puts together, as a pair. */
export function ownPair(teacher: ModelReport, student: ModelReport): PairReport {
  return {
    key: `${teacher.name}${between}${student.name}`,
    label: `${teacher.folder} → ${student.folder}`,
    about: 'With a model of your own; nothing of it leaves this browser.',
    teacher,
    student,
  };
}

/** The names in the key of such a pair; undefined for any other key. */
export function namesInPair(key: string): { teacher: string; student: string } | undefined {
  const [teacher, student, ...rest] = key.split(between);
  return teacher && student && rest.length === 0 ? { teacher, student } : undefined;
}

/** Of the models in the key of a pair, a person's own. */
export function ownNames(key: string): string[] {
  return Object.values(namesInPair(key) ?? {}).filter((name) => name.startsWith(ownPrefix));
}

type Both = Pick<PairReport, 'teacher' | 'student'>;

/** Whether a pair is asked about pictures; one that reads none is asked questions of text alone. */
export function readsPictures({ teacher }: Both): boolean {
  return teacher.imageTokens > 0;
}

/** What one model is asked the other has to be asked too. @throws EngineError `recipe-invalid` where only one of them reads pictures. */
export function refuseHalfBlind({ teacher, student }: Both): void {
  if (teacher.imageTokens > 0 === student.imageTokens > 0) return;
  const [blind, seeing] = teacher.imageTokens === 0 ? [teacher, student] : [student, teacher];
  throw new EngineError(
    'recipe-invalid',
    `“${blind.folder}” (${blind.names.family}) reads text alone and “${seeing.folder}” (${seeing.names.family}) reads pictures: the one cannot be asked what the other is.`,
    'Choose a pair that reads what your model reads (“Text alone” reads no pictures), then open the model again.',
  );
}
