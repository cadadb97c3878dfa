import { gkd } from './gkd.ts';
import type { LogitObjective } from './objective.ts';
import { skewKl } from './skew-kl.ts';
import { uld } from './uld.ts';

/** Every objective over logits. */
export const objectives: readonly LogitObjective[] = [gkd, skewKl, uld];

/** The objective over logits with this key; others (GenRecal, SFT) are not over logits. */
export function logitObjective(key: string): LogitObjective | undefined {
  return objectives.find((objective) => objective.key === key);
}
