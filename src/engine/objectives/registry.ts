import { gkd } from './gkd.ts';
import type { LogitObjective } from './objective.ts';
import { skewKl } from './skew-kl.ts';
import { uld } from './uld.ts';

/** Every objective over logits. */
export const objectives: readonly LogitObjective[] = [gkd, skewKl, uld];
