import type { ProbeNumbers } from '../../engine/distill/events.ts';

/** What the probes say, in words. */
export function listening({ mainKl, mainKlZeroed, mainKlShuffled }: ProbeNumbers): string {
  const lost = Math.min(mainKlZeroed, mainKlShuffled) - mainKl;
  const numbers = `L_main·KL is ${mainKl.toPrecision(3)} nats as it is, ${mainKlZeroed.toPrecision(3)} without z_qs, ${mainKlShuffled.toPrecision(3)} with that of another question`;
  // A tenth of what is left is far beyond rounding, and small enough not to be overlooked.
  if (lost > 0.1 * mainKl) return `The Recalibrator listens to the student: ${numbers}.`;
  return `The Recalibrator hardly listens to the student, so L_main can teach it little: ${numbers}.`;
}
