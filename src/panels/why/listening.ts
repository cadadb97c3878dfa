import type { ProbeNumbers } from '../../engine/run/probe-numbers.ts';
import { formatNumber } from '../lib/format.ts';

/** What the probes say, in words. */
export function listening({ mainKl, mainKlZeroed, mainKlShuffled }: ProbeNumbers): string {
  const lost = Math.min(mainKlZeroed, mainKlShuffled) - mainKl;
  const numbers = `L_main·KL is ${formatNumber(mainKl)} nats as it is, ${formatNumber(mainKlZeroed)} without z_qs, ${formatNumber(mainKlShuffled)} with that of another question`;
  if (!Number.isFinite(lost)) return `Whether the Recalibrator listens cannot be told: ${numbers}.`;
  // A tenth of what is left is far beyond rounding, and small enough not to be overlooked.
  if (lost > 0.1 * mainKl) return `The Recalibrator listens to the student: ${numbers}.`;
  return `The Recalibrator hardly listens to the student, so L_main can teach it little: ${numbers}.`;
}
