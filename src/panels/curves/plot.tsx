import { memo, useMemo } from 'react';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  XAxis,
  YAxis,
} from 'recharts';
import type { StageSpan } from '../../engine/method/stages.ts';
import type { Axis } from './axes.ts';
import type { Point } from './decimate.ts';

/** px around what is drawn: room for the axes' labels. */
export const margin = { top: 4, right: 14, bottom: 16, left: 44 } as const;

export interface Drawing {
  name: string;
  color: string;
  points: Point[];
  /** Drawn faintly behind its moving average. */
  raw?: Point[];
  dots: boolean;
  /** Thin and dashed, behind the others. */
  earlier: boolean;
}

export interface BandDrawing {
  name: string;
  color: string;
  points: { step: number; range: [number, number] }[];
}

export interface PlotProps {
  width: number;
  height: number;
  steps: Axis;
  values: Axis;
  drawings: readonly Drawing[];
  bands: readonly BandDrawing[];
  levels: readonly { name: string; value: number | undefined; color: string }[];
  stages: readonly StageSpan[];
  tickFormat: (value: number) => string;
}

const shades = {
  align: { fill: 'var(--band-align)', number: '1' },
  distil: { fill: 'var(--band-distil)', number: '2' },
  finetune: { fill: 'var(--band-finetune)', number: '3' },
} as const;
const tick = { fontSize: 10, fill: 'var(--ink-soft)' };

/** The picture of a chart. Axes and points come ready: nothing is measured and nothing is animated here. */
export const Plot = memo(function Plot(props: PlotProps) {
  const { width, height, steps, values, drawings, bands, levels, stages, tickFormat } = props;
  // The library compares elements: what stays the same object costs nothing.
  const frame = useMemo(() => {
    const [first, end] = steps.domain;
    const seen = stages.filter(({ from, to }) => to > first && from <= end);
    return (
      <>
        {seen.map(({ key, from, to }) => (
          <ReferenceArea
            key={key}
            x1={Math.max(first, from - 1)}
            x2={Math.min(end, to)}
            fill={shades[key].fill}
            fillOpacity={1}
            ifOverflow="hidden"
            label={{ value: shades[key].number, position: 'insideTopRight', ...tick, offset: 4 }}
          />
        ))}
        <CartesianGrid stroke="var(--line)" strokeDasharray="2 3" vertical={false} />
        <XAxis
          dataKey="step"
          type="number"
          {...steps}
          allowDataOverflow
          tick={tick}
          interval={0}
          tickLine={false}
          stroke="var(--line)"
          height={margin.bottom}
          tickFormatter={shortStep}
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
  }, [stages, steps, values, tickFormat]);
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
            key={`${name} raw`}
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
          key={name}
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
    </ComposedChart>
  );
});

const nothing: Point[] = [];

/** 12000 → “12k”. */
function shortStep(step: number): string {
  return step >= 10_000 ? `${Number((step / 1000).toPrecision(3))}k` : String(step);
}
