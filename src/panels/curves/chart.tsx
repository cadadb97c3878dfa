import { useElementSize } from '@mantine/hooks';
import { memo, useMemo, useRef, type ReactNode } from 'react';
import { useStore } from '../../store/store.ts';
import { clockTime } from '../lib/clock-time.ts';
import { useThrottled } from '../lib/use-throttled.ts';
import { Explained } from '../terms/explained.tsx';
import type { Abscissa } from './axis/abscissa.ts';
import { fractionAxis, stepAxis, valueAxis } from './axes.ts';
import { Crosshair } from './crosshair.tsx';
import { bulkOf, cutsOf, decimate, extremes } from './decimate.ts';
import { EnlargeChart } from './tools/enlarge-chart.tsx';
import { Legend } from './legend.tsx';
import { margin, Plot, type BandDrawing, type Drawing, type StageBand } from './plot.tsx';
import type { ChartLine, Level } from './lines.ts';
import { SavePicture } from './tools/save-picture.tsx';
import classes from './curves.module.css';

/** What a chart shows. */
export interface ChartContent {
  title: string;
  /** What the numbers are, in a few words. */
  about: string;
  /** A control that belongs to this chart alone. */
  action?: ReactNode;
  lines: readonly ChartLine[];
  /** Open: from zero to where the numbers go. */
  scale: 'open' | 'fraction' | 'difference';
  /** Measured now and then instead of at every step: dots, joined. */
  points?: boolean;
  levels?: readonly Level[];
  /** What lies between two levels. */
  gap?: readonly [from: number, to: number];
  bands?: readonly BandDrawing[];
  /** Said in the empty plot of a chart that will stay empty. */
  empty?: string | undefined;
  format: (value: number) => string;
}

/** Over what, how much of that, and how large. */
export interface ChartProps extends ChartContent {
  /** Grows with the lines' numbers, which are appended in place. */
  version: number;
  over: Abscissa;
  /** The part of the horizontal axis that is shown, and all that there is. */
  part: readonly [from: number, to: number];
  whole: readonly [from: number, to: number];
  /** Where the last numbers are. */
  newest: number;
  stages: readonly StageBand[];
  /** Whether it has all the room, and what gives it that; absent where it cannot have it. */
  enlarged?: boolean;
  onEnlarge?: () => void;
}

/** px a bucket of a decimated line is wide: wide enough for its two points. */
const bucketWidth = 2;
/** px between two marks of what an axis cuts off. */
const cutsApart = 16;
/** px of a chart before it is measured. */
const usualWidth = 298;
const none: readonly never[] = [];

/** One small multiple: lines over steps or time with the stages shaded behind. The legend repeats the numbers as text. */
export const Chart = memo(function Chart(props: ChartProps) {
  const { title, action, lines, version, over, newest, stages, scale, format, empty } = props;
  const { part, whole, enlarged = false, onEnlarge } = props;
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
  const { logSteps, logValues } = shown.view;
  const [from, to] = part;
  const room = shown.width - margin.left - margin.right;
  const { unit } = over;
  const abscissa = useMemo(
    () => stepAxis(from, to, logSteps, Math.max(2, Math.floor(room / 56)), unit),
    [from, to, logSteps, room, unit],
  );
  const log = logValues && scale === 'open';
  const drawn = useMemo(() => {
    // Only the version says that the series grew.
    void version;
    const buckets = Math.max(1, Math.floor(room / bucketWidth));
    // What lies behind is drawn first.
    const behind = ({ earlier }: ChartLine) => earlier !== undefined;
    const ordered = [...lines.filter(behind), ...lines.filter((line) => !behind(line))];
    const drawings = ordered.map(({ name, color, series, earlier: said, aside = false }) => {
      const earlier = said !== undefined;
      const raw = decimate(series, 'raw', abscissa, buckets);
      const smooth = series.smoothed && raw.length > 0;
      return {
        name,
        color,
        points: smooth ? decimate(series, 'average', abscissa, buckets) : raw,
        ...(smooth && !earlier && { raw }),
        dots: points,
        earlier,
        aside,
      };
    });
    const outlines = (all: typeof drawings) => all.map((drawing) => drawing.raw ?? drawing.points);
    const inFront = drawings.filter(({ aside, points: own }) => !aside && own.length > 0);
    const all = drawings.flatMap((drawing) => [drawing.points, drawing.raw ?? none]);
    const ends = bands.flatMap((band) =>
      band.points.map(({ x, range }) => range.map((value) => ({ x, value }))),
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
      range: extremes([...all, ...ends], abscissa, log),
      bulk: bulkOf(outlines(inFront.length > 0 ? inFront : drawings), abscissa),
    };
  }, [lines, version, bands, abscissa, room, points, log]);
  const highest = Math.max(
    0,
    drawn.range?.high ?? 0,
    ...levels.map(({ value = 0 }) => (Number.isFinite(value) ? value : 0)),
    ...lines.map(({ end: { range } = { range: [0, 0] } }) => range[1]),
  );
  const ends = useMemo(
    () => lines.flatMap(({ name, color, end: to }) => (to === undefined ? [] : [{ name, color, ...to }])),
    [lines],
  );
  const { low, high } = drawn.range ?? {};
  const bulk = scale === 'open' ? drawn.bulk : undefined;
  const values = useMemo(
    () =>
      scale === 'fraction'
        ? fractionAxis(highest)
        : valueAxis(low === undefined || high === undefined ? undefined : { low, high, bulk }, log),
    [scale, highest, low, high, bulk, log],
  );
  const stable = useStable(values);
  const bandsOfStages = useStable(stages);
  const [, top] = stable.domain;
  const cut = high !== undefined && high > top;
  const drawings = useMemo(
    () =>
      drawn.drawings.map((drawing): Drawing => ({
        ...drawing,
        cuts: cut ? cutsOf(drawing.raw ?? drawing.points, abscissa, top, cutsApart / room) : none,
      })),
    [drawn, cut, abscissa, top, room],
  );
  const about = cut ? `${props.about}; ▲ up to ${format(high)}` : props.about;
  return (
    <figure className={classes.chart} data-enlarged={enlarged || undefined} ref={figure}>
      <figcaption>
        <div className={classes.caption}>
          <strong>
            <Explained text={title} />
          </strong>{' '}
          <span title={about}>
            <Explained text={about} />
          </span>
          {action}
        </div>
        <Legend
          lines={lines}
          levels={levels}
          version={version}
          points={points}
          unit={unit}
          width={shown.width || usualWidth}
          format={format}
        />
      </figcaption>
      <div className={classes.plot} ref={ref}>
        {shown.width > 0 && shown.height > 0 && (
          <Plot
            width={shown.width}
            height={shown.height}
            abscissa={abscissa}
            values={stable}
            drawings={drawings}
            bands={bands}
            levels={levels}
            ends={ends}
            gap={props.gap}
            stages={bandsOfStages}
            tickFormat={tickFormats[scale]}
            placeFormat={unit === 'steps' ? shortStep : clockTime}
          />
        )}
        <Crosshair
          title={title}
          axis={abscissa}
          over={over}
          whole={whole}
          newest={newest}
          lines={lines}
          points={points}
          enlarged={enlarged}
          onEnlarge={onEnlarge}
          format={format}
        />
        {empty !== undefined && <p className={classes.empty}>{empty}</p>}
        <div className={classes.corner}>
          {onEnlarge && <EnlargeChart title={title} enlarged={enlarged} onEnlarge={onEnlarge} />}
          <SavePicture title={title} about={about} figure={figure} />
        </div>
      </div>
    </figure>
  );
});

/** The same object as long as it says the same. */
function useStable<T>(value: T): T {
  const text = JSON.stringify(value);
  return useMemo(() => JSON.parse(text) as T, [text]);
}

function wholePercent(value: number): string {
  return `${Math.round(value * 100)}%`;
}

const tickFormats = {
  open: shortNumber,
  fraction: wholePercent,
  difference: (value: number) => `${value > 0 ? '+' : ''}${Math.round(value * 100)}`.replace('-', '−'),
};

/** 12000 → “12k”. */
function shortStep(step: number): string {
  return step >= 10_000 ? `${Number((step / 1000).toPrecision(3))}k` : String(step);
}

function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.01 || size >= 10_000)
    return Number(value.toPrecision(2)).toExponential().replace('e-', 'e−').replace('e+', 'e');
  return String(Number(value.toPrecision(2)));
}
