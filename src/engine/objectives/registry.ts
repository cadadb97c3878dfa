import { alm } from './alm.ts';
import { gkd } from './gkd.ts';
import { gold } from './gold.ts';
import { mined } from './mined.ts';
import type { LogitObjective } from './objective.ts';
import { skewKl } from './skew-kl.ts';
import { uld } from './uld.ts';
import { xToken } from './x-token.ts';

/** Every objective over logits. */
export const objectives: readonly LogitObjective[] = [gkd, skewKl, uld, mined, alm, gold, xToken];

/** The objective over logits with this key; others (GenRecal, SFT) are not over logits. */
export function logitObjective(key: string): LogitObjective | undefined {
  return objectives.find((objective) => objective.key === key);
}
