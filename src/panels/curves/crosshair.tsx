import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { useStore } from '../../store/store.ts';
import { position, valueAt, type Axis } from './axes.ts';
import type { ChartLine } from './lines.ts';
import { margin } from './plot.tsx';
import { readOut } from './read-out.ts';
import classes from './curves.module.css';

interface CrosshairProps {
  title: string;
  axis: Axis;
  /** The last step that has numbers. */
  newest: number;
  lines: readonly ChartLine[];
  points: boolean;
  format: (value: number) => string;
}

/**
 * One step, marked in all charts at once: by pointer, or by arrow keys in the chart that has the focus. Lies above the picture and moves
 * without drawing it again.
 */
export function Crosshair({ title, axis, newest, lines, points, format }: CrosshairProps) {
  const step = useStore((state) => state.crosshair);
  const setStep = useStore((state) => state.setCrosshair);
  const area = useRef<HTMLDivElement>(null);
  // A chart that goes leaves no mark in the others.
  useEffect(() => () => setStep(undefined), [setStep]);
  const [first, end] = axis.domain;
  const clamp = (value: number) => Math.max(Math.ceil(first), Math.min(value, Math.floor(end)));

  const point = (event: PointerEvent) => {
    const { left, width } = area.current!.getBoundingClientRect();
    const place = (event.clientX - left - margin.left) / (width - margin.left - margin.right);
    const next = clamp(Math.round(valueAt(axis, Math.min(1, Math.max(0, place)))));
    if (next !== step) setStep(next);
  };
  const press = (event: KeyboardEvent) => {
    const from = step ?? newest;
    const targets: Record<string, number | undefined> = {
      ArrowLeft: from - 1,
      ArrowDown: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from + 1,
      PageDown: from - 10,
      PageUp: from + 10,
      Home: first,
      End: newest,
      Escape: undefined,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    const target = targets[event.key];
    setStep(target === undefined ? undefined : clamp(target));
  };

  const asked =
    points && step !== undefined ? lines[0]?.series.steps[lines[0].series.indexAt(step)] : undefined;
  const label =
    step === undefined
      ? ''
      : asked === undefined || asked === step
        ? `step ${step}`
        : `step ${step}, asked at ${asked}`;
  const place = step === undefined ? undefined : position(axis, Math.max(step, first));
  const text = lines
    .map(({ name, series }) => [name, readOut(series, step, points)] as const)
    .filter((entry): entry is readonly [string, number] => entry[1] !== undefined)
    .map(([name, value]) => `${name} ${format(value)}`);
  return (
    <div
      ref={area}
      className={classes.crosshair}
      tabIndex={0}
      role="slider"
      aria-label={`${title}: step`}
      aria-valuemin={Math.ceil(first)}
      aria-valuemax={Math.floor(end)}
      aria-valuenow={clamp(step ?? newest)}
      aria-valuetext={[`step ${step ?? newest}`, ...text].join(', ')}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => setStep(undefined)}
      onKeyDown={press}
      onBlur={() => setStep(undefined)}
    >
      {place !== undefined && place >= 0 && place <= 1 && (
        <div
          className={classes.track}
          style={{ inset: `0 ${margin.right}px ${margin.bottom}px ${margin.left}px` }}
        >
          {/* Moved by a transform: a moved box would be a shift of the layout. */}
          <div
            className={classes.mark}
            style={{ transform: `translateX(${100 * place}%)` }}
            data-flip={place > 0.5}
          >
            <span>{label}</span>
          </div>
        </div>
      )}
    </div>
  );
}
