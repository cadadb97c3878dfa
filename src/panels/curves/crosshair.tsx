import type { KeyboardEvent, PointerEvent } from 'react';
import { useStore } from '../../store/store.ts';
import classes from './curves.module.css';
import { frame } from './plot.tsx';
import type { Row } from './rows.ts';
import { placeOf, stepAt, type StepScale } from './scales.ts';

/**
 * A line at the same step in every chart: follows the pointer over any of them, or the arrow keys while one has the focus. Lies over the
 * curves, which are not drawn again for it.
 */
export function Crosshair(props: { title: string; rows: readonly Row[]; steps: StepScale }) {
  const { title, rows, steps } = props;
  const step = useStore((state) => state.crosshair);
  const set = useStore((state) => state.setCrosshair);
  const shown = rows.filter((row) => row.step >= steps.from && row.step <= steps.to);
  const last = shown.at(-1)?.step ?? 0;

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const place = (event.clientX - left) / width;
    set(nearest(shown, stepAt(Math.min(1, Math.max(0, place)), steps)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = shown.findLastIndex((row) => row.step <= (step ?? last));
    const places: Partial<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - 10,
      PageDown: at + 10,
      Home: 0,
      End: shown.length - 1,
    };
    if (event.key === 'Escape') set(undefined);
    const place = places[event.key];
    if (place === undefined || shown.length === 0) return;
    event.preventDefault();
    set(shown[Math.min(shown.length - 1, Math.max(0, place))]!.step);
  };
  const place = step === undefined ? undefined : placeOf(step, steps);
  return (
    <div
      className={classes.crosshair}
      style={{ inset: `${frame.top}px ${frame.right}px ${frame.bottom}px ${frame.left}px` }}
      role="slider"
      tabIndex={0}
      aria-label={`${title}: step`}
      aria-valuemin={Math.min(shown[0]?.step ?? 0, last)}
      aria-valuemax={last}
      aria-valuenow={step ?? last}
      onPointerMove={onPointerMove}
      onPointerLeave={() => set(undefined)}
      onKeyDown={onKeyDown}
      onBlur={() => set(undefined)}
    >
      {place !== undefined && place >= 0 && place <= 1 && (
        <span className={classes.hair} style={{ left: `${place * 100}%` }} data-late={place > 0.7}>
          <span>step {step}</span>
        </span>
      )}
    </div>
  );
}

function nearest(rows: readonly Row[], step: number): number | undefined {
  let best: number | undefined;
  for (const row of rows)
    if (best === undefined || Math.abs(row.step - step) < Math.abs(best - step)) best = row.step;
  return best;
}
