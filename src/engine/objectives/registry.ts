import type { ObjectiveKey } from '../recipe/objectives.ts';
import { alm } from './alm.ts';
import { dskd } from './dskd.ts';
import { gkd } from './gkd.ts';
import { gold } from './gold.ts';
import { mined } from './mined.ts';
import type { Objective } from './shared/objective.ts';
import { skewKl } from './skew-kl.ts';
import { uld } from './uld.ts';
import { xToken } from './x-token.ts';

/** What computes the own term of every objective that has one; the recipe's table of objectives says which do. */
export const objectiveLosses: Partial<Record<ObjectiveKey, Objective>> = {
  gkd,
  'skew-kl': skewKl,
  uld,
  mined,
  alm,
  gold,
  'x-token': xToken,
  dskd,
};
