import type { StageSpan } from '../../../engine/method/stages.ts';
import type { CurveView } from '../../../store/slices/curves-slice.ts';
import { stepAxis } from '../axes.ts';
import type { ChartProps } from '../chart.tsx';
import type { Clock } from './clock.ts';

/** How many steps charts show that follow the training. */
export const followed = 100;

/** What is drawn: up to which update, and where the last numbers of earlier runs lie. */
interface Drawn {
  newest: number;
  behind: readonly number[];
  /** Where the lines lie over seconds of work instead of over updates. */
  clock: Clock | undefined;
  view: CurveView;
}

/** What all charts show of the horizontal axis, so that what stands above another happened at the same update, or time. */
export function extentOf(
  { newest, behind, clock, view }: Drawn,
  spans: readonly StageSpan[],
): Pick<ChartProps, 'part' | 'whole' | 'stages' | 'newest'> {
  const xAt = (step: number) => clock?.secondsAt(step) ?? step;
  const planned = spans.at(-1)?.to ?? 1;
  const last = xAt(newest);
  const end = Math.max(1, ...behind, clock === undefined ? planned : last);
  // How long a run will take is not known: the axis grows by whole labels.
  const whole = [0, clock !== undefined && newest < planned ? roundUp(end) : end] as const;
  return {
    whole,
    part: partOf(whole, view.window ?? (view.follow ? followedPart() : undefined)),
    // Of a stage that is to come, nobody knows the time.
    stages: spans
      .map(({ key, from, to }) => ({ key, from: xAt(from - 1), to: xAt(to) }))
      .filter(({ from, to }) => to > from),
    newest: last,
  };

  function followedPart(): readonly [number, number] {
    if (clock !== undefined) return [xAt(newest - followed), Math.max(1, last)];
    const to = Math.max(newest, followed);
    return [to - followed, to];
  }
}

function partOf(
  whole: readonly [number, number],
  wanted: readonly [number, number] | undefined,
): readonly [number, number] {
  // Another run may be shorter than the one that was looked at.
  return wanted === undefined || wanted[0] >= whole[1] ? whole : wanted;
}

function roundUp(end: number): number {
  const [first = 0, second = 1] = stepAxis(0, end, false, 6, 'seconds').ticks;
  return Math.ceil(end / (second - first)) * (second - first);
}
