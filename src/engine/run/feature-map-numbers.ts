import { z } from 'zod';
import { measured } from '../json-numbers.ts';
import { storedObject } from '../stored-object.ts';
import { sampledTokenSchema } from './probe-numbers.ts';

/** One feature space in the run's fixed plane; coordinates are x and y of each row in turn. */
const spaceSchema = storedObject({
  /** Numbers per feature. */
  width: z.int().min(1),
  /** z_l in the teacher's space, pre(z_l) in the student's; one row a token. */
  teacher: z.array(measured),
  /** r in the teacher's space, one row a token; z_qs in the student's, one row a first token. */
  own: z.array(measured),
  /** Share of this sample's variance that the plane shows, 0–1. */
  explained: measured,
  /** Mean cosine of each row of `own` with the teacher's of the same token, in the full space, −1…1. */
  cosine: measured,
  /** The same with the teacher's of all other tokens: what closeness is worth is the difference. */
  cosineOthers: measured,
});
export type MappedSpace = z.infer<typeof spaceSchema>;

/** Where the features of a few held-out tokens lie. */
export const featureMapSchema = storedObject({
  tokens: z.array(sampledTokenSchema),
  teacherSpace: spaceSchema,
  studentSpace: spaceSchema,
}).refine(
  ({ tokens, teacherSpace, studentSpace }) =>
    [teacherSpace.teacher, teacherSpace.own, studentSpace.teacher].every(
      ({ length }) => length === 2 * tokens.length,
    ) && studentSpace.own.length === 2 * tokens.filter(({ first }) => first).length,
  'a feature map has more or fewer points than tokens',
);
export type FeatureMapNumbers = z.infer<typeof featureMapSchema>;
