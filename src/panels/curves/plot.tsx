import { memo } from 'react';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  XAxis,
  YAxis,
} from 'recharts';
import type { ChartProps } from './chart.tsx';
import { fractionScale, shortNumber, verticalScale } from './scales.ts';

const bands = {
  align: { fill: 'var(--band-align)', number: '1' },
  distil: { fill: 'var(--band-distil)', number: '2' },
  finetune: { fill: 'var(--band-finetune)', number: '3' },
} as const;
const tick = { fontSize: 10, fill: 'var(--ink-soft)' };

/** Where the curves lie inside a chart, px from its edges: the crosshair is laid over them. */
export const frame = { left: 44, right: 8, top: 4, bottom: 16 };

/** The curves of one chart. Nothing in it depends on where the pointer is. */
export const Plot = memo(function Plot(props: ChartProps) {
  const { rows, lines, stages, steps, fraction, levels = [], overlays = [], bands: shaded = [] } = props;
  const points = props.points === true || fraction === true;
  const drawn = lines.filter(({ latest }) => latest !== undefined);
  const columns = drawn.map(({ column }) => column);
  const scale =
    props.scale ??
    (fraction
      ? fractionScale(
          rows,
          columns,
          levels.map(({ value }) => value),
        )
      : verticalScale(rows, columns, props.log === true));
  const percent = (value: number) => `${Math.round(value * 100)}%`;
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={rows.length > 1 ? rows : [...rows, { step: steps.to }]}
        accessibilityLayer={false}
        margin={{ top: frame.top, right: frame.right, bottom: 0, left: 0 }}
      >
        {stages.map(({ key, from, to }) => (
          <ReferenceArea
            key={key}
            x1={Math.max(steps.from, from - 1)}
            x2={to}
            fill={bands[key].fill}
            fillOpacity={1}
            ifOverflow="hidden"
            label={{ value: bands[key].number, position: 'insideTopRight', ...tick, offset: 4 }}
          />
        ))}
        <CartesianGrid stroke="var(--line)" strokeDasharray="2 3" vertical={false} />
        <XAxis
          dataKey="step"
          type="number"
          domain={[steps.from, steps.to]}
          scale={steps.log ? 'log' : 'linear'}
          allowDecimals={false}
          allowDataOverflow
          tick={tick}
          tickLine={false}
          stroke="var(--line)"
          height={frame.bottom}
        />
        <YAxis
          width={frame.left}
          tick={tick}
          tickLine={false}
          axisLine={false}
          allowDataOverflow
          {...scale}
          tickFormatter={fraction || props.percent ? percent : shortNumber}
        />
        {levels.map(
          ({ name, value, color }) =>
            value !== undefined && (
              <ReferenceLine key={name} y={value} stroke={color} strokeWidth={1.5} strokeDasharray="5 4" />
            ),
        )}
        {shaded.map(({ name, color, data }) => (
          <Area
            key={`${name} band`}
            data={data}
            dataKey="band"
            fill={color}
            fillOpacity={0.18}
            stroke="none"
            isAnimationActive={false}
          />
        ))}
        {overlays.map(({ id, color, data }) => (
          <Line
            key={id}
            data={data}
            dataKey="value"
            stroke={color}
            strokeWidth={1.25}
            strokeDasharray="3 3"
            dot={false}
            activeDot={false}
            connectNulls
            isAnimationActive={false}
          />
        ))}
        {drawn.map(({ column, name, color }) => (
          <Line
            key={`${name} raw`}
            dataKey={`${column}Raw`}
            stroke={color}
            strokeOpacity={0.3}
            strokeWidth={1}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        ))}
        {drawn.map(({ column, name, color }) => (
          <Line
            key={name}
            dataKey={column}
            name={name}
            stroke={color}
            strokeWidth={1.75}
            dot={points ? { r: 2.5, strokeWidth: 0, fill: color } : false}
            activeDot={false}
            connectNulls={points}
            isAnimationActive={false}
          />
        ))}
      </ComposedChart>
    </ResponsiveContainer>
  );
});
