import type { StepMetrics, WatchedExample } from '../../engine/run/events.ts';
import { lossNames, type LossKey } from '../../engine/method/losses.ts';
import { exampleText, type Phase } from './phases.ts';
import { headsText } from './told-step.tsx';
import { formatExactly } from '../lib/format.ts';

/** What one real step adds to a moment, in words; undefined where nothing was measured there. */
export function measuredText(
  phase: Phase,
  metrics: StepMetrics | undefined,
  example: WatchedExample | undefined,
): string | undefined {
  if (phase.key === 'examples' || phase.key === 'tokens') return example && exampleText(phase.key, example);
  if (phase.key === 'heads') return example && headsText(example);
  if (metrics === undefined) return undefined;
  const { losses, gradientNorm, learningRate } = metrics;
  switch (phase.key) {
    case 'losses': {
      const terms = phase.parts
        .map((key) => key as LossKey)
        .flatMap((key) => {
          const value = losses[key];
          return value === undefined ? [] : [`${lossNames[key].title} ${formatExactly(value)}`];
        });
      return `${terms.join(', ')}; weighted sum ${formatExactly(losses.total)} nats`;
    }
    case 'backward':
      return `Gradient norm ${formatExactly(gradientNorm)} before clipping`;
    case 'adamw':
      return `Learning rate ${learningRate.toExponential(2)}`;
    default:
      return undefined;
  }
}
