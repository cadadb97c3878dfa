import { useElementSize } from '@mantine/hooks';
import { memo, useMemo, useRef, type ReactNode } from 'react';
import type { StageSpan } from '../../engine/method/stages.ts';
import { useStore } from '../../store/store.ts';
import { useThrottled } from '../lib/use-throttled.ts';
import { fractionAxis, stepAxis, valueAxis, type Axis } from './axes.ts';
import { Crosshair } from './crosshair.tsx';
import { decimate, extremes } from './decimate.ts';
import { Legend } from './legend.tsx';
import { margin, Plot, type BandDrawing, type Drawing } from './plot.tsx';
import type { ChartLine, Level } from './lines.ts';
import { SavePicture } from './save-picture.tsx';
import classes from './curves.module.css';

export interface ChartProps {
  title: string;
  /** What the numbers are, in a few words. */
  about: string;
  /** A control that belongs to this chart alone. */
  action?: ReactNode;
  lines: readonly ChartLine[];
  /** Grows with the lines' numbers, which are appended in place. */
  version: number;
  /** The last step that has numbers. */
  newest: number;
  stages: readonly StageSpan[];
  totalSteps: number;
  /** Open: from zero to where the numbers go. */
  scale: 'open' | 'fraction' | 'difference';
  /** Measured now and then instead of at every step: dots, joined. */
  points?: boolean;
  levels?: readonly Level[];
  bands?: readonly BandDrawing[];
  /** Said in the empty plot of a chart that will stay empty. */
  empty?: string | undefined;
  format: (value: number) => string;
}

/** How many steps a chart shows that follows the training. */
export const followed = 100;
/** px a bucket of a decimated line is wide: wide enough for its two points. */
const bucketWidth = 2;
/** px of a chart before it is measured. */
const usualWidth = 298;
const none: readonly never[] = [];

/** One small multiple: lines over steps with the stages shaded behind. The legend repeats the numbers as text. */
export const Chart = memo(function Chart(props: ChartProps) {
  const { title, about, action, lines, version, newest, stages, scale, format, empty } = props;
  const { levels = none, bands = none } = props;
  const points = props.points === true || scale !== 'open';
  const figure = useRef<HTMLElement>(null);
  const { ref, width, height } = useElementSize();
  const view = useStore((state) => state.curves);
  // Charts change their look one after another, too.
  const shown = useThrottled(
    useMemo(() => ({ width, height, view }), [width, height, view]),
    0,
  );
  const { logSteps, logValues, follow } = shown.view;
  const end = follow
    ? Math.max(newest, followed)
    : lines.reduce(
        (most, { series }) => Math.max(most, series.steps.at(-1) ?? 0),
        Math.max(1, props.totalSteps),
      );
  const room = shown.width - margin.left - margin.right;
  const steps = useMemo(
    () => stepAxis(follow ? end - followed : 0, end, logSteps, Math.max(2, Math.floor(room / 56))),
    [follow, end, logSteps, room],
  );
  const log = logValues && scale === 'open';
  const drawn = useMemo(() => {
    // Only the version says that the series grew.
    void version;
    const buckets = Math.max(1, Math.floor(room / bucketWidth));
    // What lies behind is drawn first.
    const ordered = [...lines.filter((line) => line.earlier), ...lines.filter((line) => !line.earlier)];
    const drawings = ordered.map(({ name, color, series, earlier = false }): Drawing => {
      const raw = decimate(series, 'raw', steps, buckets);
      const smooth = series.smoothed && raw.length > 0;
      return {
        name,
        color,
        points: smooth ? decimate(series, 'average', steps, buckets) : raw,
        ...(smooth && !earlier && { raw }),
        dots: points,
        earlier,
      };
    });
    const all = drawings.flatMap((drawing) => [drawing.points, drawing.raw ?? none]);
    const ends = bands.flatMap((band) =>
      band.points.map(({ step, range }) => range.map((value) => ({ step, value }))),
    );
    return {
      // Nothing at or below zero has a place on a logarithmic axis.
      drawings: log
        ? drawings.map((drawing) => ({
            ...drawing,
            points: drawing.points.filter(({ value }) => value > 0),
            ...(drawing.raw && { raw: drawing.raw.filter(({ value }) => value > 0) }),
          }))
        : drawings,
      range: extremes([...all, ...ends], steps, log),
    };
  }, [lines, version, bands, steps, room, points, log]);
  const highest = Math.max(
    0,
    drawn.range?.high ?? 0,
    ...levels.map(({ value = 0 }) => (Number.isFinite(value) ? value : 0)),
  );
  const { low, high } = drawn.range ?? {};
  const values = useMemo(
    () =>
      scale === 'fraction'
        ? fractionAxis(highest)
        : valueAxis(low === undefined || high === undefined ? undefined : { low, high }, log),
    [scale, highest, low, high, log],
  );
  const stable = useStable(values);
  return (
    <figure className={classes.chart} ref={figure}>
      <figcaption>
        <div className={classes.caption}>
          <strong>{title}</strong> <span title={about}>{about}</span>
          {action}
        </div>
        <Legend
          lines={lines}
          levels={levels}
          version={version}
          points={points}
          width={shown.width || usualWidth}
          format={format}
        />
      </figcaption>
      <div className={classes.plot} ref={ref}>
        {shown.width > 0 && shown.height > 0 && (
          <Plot
            width={shown.width}
            height={shown.height}
            steps={steps}
            values={stable}
            drawings={drawn.drawings}
            bands={bands}
            levels={levels}
            stages={stages}
            tickFormat={tickFormats[scale]}
          />
        )}
        <Crosshair title={title} axis={steps} newest={newest} lines={lines} points={points} format={format} />
        {empty !== undefined && <p className={classes.empty}>{empty}</p>}
        <SavePicture title={title} about={about} figure={figure} />
      </div>
    </figure>
  );
});

/** The same object as long as it says the same. */
function useStable(axis: Axis): Axis {
  const text = JSON.stringify(axis);
  return useMemo(() => JSON.parse(text) as Axis, [text]);
}

function wholePercent(value: number): string {
  return `${Math.round(value * 100)}%`;
}

const tickFormats = {
  open: shortNumber,
  fraction: wholePercent,
  difference: (value: number) => `${value > 0 ? '+' : ''}${Math.round(value * 100)}`.replace('-', '−'),
};

function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.01 || size >= 10_000)
    return Number(value.toPrecision(2)).toExponential().replace('e-', 'e−').replace('e+', 'e');
  return String(Number(value.toPrecision(2)));
}
