import { memo, useMemo } from 'react';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceDot,
  ReferenceLine,
  XAxis,
  YAxis,
} from 'recharts';
import type { StageKey } from '../../engine/method/stages.ts';
import { position, valueAt, type Axis } from './axes.ts';
import type { Point } from './decimate.ts';
import type { End } from './lines.ts';

/** px around what is drawn: room for the axes' labels. */
export const margin = { top: 4, right: 14, bottom: 16, left: 44 } as const;

/** px that the ends share, in the margin past the last step. */
const endsWide = 9;

export interface Drawing {
  name: string;
  color: string;
  points: Point[];
  /** Drawn faintly behind its moving average. */
  raw?: Point[];
  dots: boolean;
  /** Thin and dashed, behind the others. */
  earlier: boolean;
  /** Where it runs out at the top of the axis. */
  cuts: readonly number[];
}

export interface BandDrawing {
  name: string;
  color: string;
  points: { x: number; range: [number, number] }[];
}

export interface PlotProps {
  width: number;
  height: number;
  abscissa: Axis;
  values: Axis;
  drawings: readonly Drawing[];
  bands: readonly BandDrawing[];
  levels: readonly { name: string; value: number | undefined; color: string }[];
  /** Drawn beside one another past the last step, with their ranges. */
  ends: readonly (End & { name: string; color: string })[];
  gap: readonly [from: number, to: number] | undefined;
  stages: readonly StageBand[];
  tickFormat: (value: number) => string;
  placeFormat: (place: number) => string;
}

/** Where a stage lies on the horizontal axis. */
export interface StageBand {
  key: StageKey;
  from: number;
  to: number;
}

const shades = {
  align: { fill: 'var(--band-align)', number: '1' },
  distil: { fill: 'var(--band-distil)', number: '2' },
  finetune: { fill: 'var(--band-finetune)', number: '3' },
} as const;
const tick = { fontSize: 10, fill: 'var(--ink-soft)' };

/** The picture of a chart. Axes and points come ready: nothing is measured and nothing is animated here. */
export const Plot = memo(function Plot(props: PlotProps) {
  const { width, height, abscissa, values, drawings, bands, levels, ends, gap, stages } = props;
  const { tickFormat, placeFormat } = props;
  // The library compares elements: what stays the same object costs nothing.
  const frame = useMemo(() => {
    const [first, end] = abscissa.domain;
    const seen = stages.filter(({ from, to }) => to > first && from < end);
    return (
      <>
        {seen.map(({ key, from, to }) => (
          <ReferenceArea
            key={key}
            x1={Math.max(first, from)}
            x2={Math.min(end, to)}
            fill={shades[key].fill}
            fillOpacity={1}
            ifOverflow="hidden"
            label={{ value: shades[key].number, position: 'insideTopRight', ...tick, offset: 4 }}
          />
        ))}
        <CartesianGrid stroke="var(--line)" strokeDasharray="2 3" vertical={false} />
        <XAxis
          dataKey="x"
          type="number"
          {...abscissa}
          allowDataOverflow
          tick={tick}
          interval={0}
          tickLine={false}
          stroke="var(--line)"
          height={margin.bottom}
          tickFormatter={placeFormat}
        />
        <YAxis
          type="number"
          {...values}
          allowDataOverflow
          tick={tick}
          interval={0}
          tickLine={false}
          axisLine={false}
          width={margin.left}
          tickFormatter={tickFormat}
        />
      </>
    );
  }, [stages, abscissa, values, tickFormat, placeFormat]);
  const room = width - margin.left - margin.right;
  return (
    <ComposedChart
      width={width}
      height={height}
      data={nothing}
      accessibilityLayer={false}
      margin={{ ...margin, bottom: 0, left: 0 }}
    >
      {frame}
      {values.domain[0] < 0 && <ReferenceLine y={0} stroke="var(--ink-soft)" />}
      {gap !== undefined && (
        <ReferenceArea y1={gap[0]} y2={gap[1]} fill="var(--teacher)" fillOpacity={0.16} ifOverflow="hidden" />
      )}
      {levels.map(
        ({ name, value, color }) =>
          value !== undefined &&
          Number.isFinite(value) && (
            <ReferenceLine key={name} y={value} stroke={color} strokeWidth={1.5} strokeDasharray="5 4" />
          ),
      )}
      {bands.map(({ name, color, points }) => (
        <Area
          key={`${name} band`}
          data={points}
          dataKey="range"
          fill={color}
          fillOpacity={0.18}
          stroke="none"
          isAnimationActive={false}
          activeDot={false}
        />
      ))}
      {drawings.flatMap(({ name, color, points, raw, dots, earlier }) => [
        raw && (
          <Line
            key={`${name} raw ${earlier}`}
            data={raw}
            dataKey="value"
            stroke={color}
            strokeOpacity={0.3}
            strokeWidth={1}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        ),
        <Line
          // A run may have the name of a student.
          key={`${name} ${earlier}`}
          data={points}
          dataKey="value"
          stroke={color}
          strokeWidth={earlier ? 1.25 : 1.75}
          strokeDasharray={earlier ? '4 3' : undefined}
          dot={dots && !earlier ? { r: points.length > 40 ? 1.5 : 2.5, strokeWidth: 0, fill: color } : false}
          activeDot={false}
          isAnimationActive={false}
        />,
      ])}
      {drawings.flatMap(({ name, color, cuts, earlier }) =>
        cuts.map((cut) => (
          <path
            key={`${name} cut ${cut} ${earlier}`}
            className="cut"
            d={`M${margin.left + position(abscissa, cut) * room},${margin.top} l3.5,6 h-7 z`}
            fill={color}
          />
        )),
      )}
      {ends.flatMap(({ name, color, x: place, value, range: [low, high] }, i) => {
        const aside = 3 + (i * endsWide) / Math.max(3, ends.length - 1);
        const x = valueAt(abscissa, position(abscissa, place) + aside / room);
        return [
          <ReferenceLine
            key={`${name} range`}
            segment={[
              { x, y: low },
              { x, y: high },
            ]}
            stroke={color}
            strokeWidth={1.5}
            ifOverflow="visible"
          />,
          <ReferenceDot
            key={`${name} end`}
            className="end"
            x={x}
            y={value}
            r={3}
            fill={color}
            stroke="var(--panel)"
            ifOverflow="visible"
          />,
        ];
      })}
    </ComposedChart>
  );
});

const nothing: Point[] = [];
