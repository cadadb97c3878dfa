import type { FeatureMapNumbers, MappedSpace } from '../run/feature-map-numbers.ts';
import type { FeatureSample, Rows } from '../train/probe-report.ts';
import { explainedShare, principalPlane, project, type PrincipalPlane } from './principal-plane.ts';

/**
 * Features of one arm in two dimensions, probe after probe. Each space has one basis: the principal plane of everything in the first sample, which is
 * kept from then on, so that what moves on the map has moved in truth.
 */
export class FeatureMap {
  private planes: { teacher: PrincipalPlane; student: PrincipalPlane } | undefined;

  place({ tokens, teacherSpace, studentSpace }: FeatureSample): FeatureMapNumbers {
    const { z, r } = teacherSpace;
    const { z: zs, preZ } = studentSpace;
    const planes = (this.planes ??= {
      teacher: principalPlane(both(z, r)),
      student: principalPlane(both(preZ, zs)),
    });
    const firsts = tokens.flatMap(({ first }, i) => (first ? [i] : []));
    return {
      tokens,
      teacherSpace: mapped(planes.teacher, z, r),
      studentSpace: mapped(planes.student, preZ, zs, firsts),
    };
  }
}

/** @param paired rows of `teacher` that the rows of `own` belong to, where they are not all of them. */
function mapped(plane: PrincipalPlane, teacher: Rows, own: Rows, paired?: readonly number[]): MappedSpace {
  const partners = paired === undefined ? teacher : pick(teacher, paired);
  return {
    width: teacher.width,
    teacher: project(teacher, plane),
    own: project(own, plane),
    explained: explainedShare(both(teacher, own), plane),
    ...cosines(own, partners),
  };
}

function both(a: Rows, b: Rows): Rows {
  return { width: a.width, data: Float32Array.of(...a.data, ...b.data) };
}

function pick({ width, data }: Rows, rows: readonly number[]): Rows {
  return {
    width,
    data: Float32Array.from(rows.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)])),
  };
}

/** Mean cosine of each row with its partner, and with the partners of all others. */
function cosines(own: Rows, partners: Rows): { cosine: number; cosineOthers: number } {
  const a = unitRows(own);
  const b = unitRows(partners);
  let [same, others] = [0, 0];
  a.forEach((x, i) =>
    b.forEach((y, j) => {
      const value = x.reduce((sum, component, k) => sum + component * y[k]!, 0);
      if (i === j) same += value;
      else others += value;
    }),
  );
  const n = a.length;
  return { cosine: same / n, cosineOthers: n > 1 ? others / (n * (n - 1)) : 0 };
}

function unitRows({ width, data }: Rows): Float64Array[] {
  return Array.from({ length: data.length / width }, (_, row) => {
    const values = Float64Array.from(data.subarray(row * width, (row + 1) * width));
    const length = Math.hypot(...values);
    return values.map((value) => (length === 0 ? 0 : value / length));
  });
}
