import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ReferenceArea, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { StageKey } from '../../engine/distill/events.ts';
import type { Point } from './series.ts';
import classes from './curves.module.css';

export interface ChartSeries {
  name: string;
  color: string;
  /** What is drawn in full colour. */
  points: Point[];
  /** The raw numbers behind a smoothed line. */
  raw?: Point[];
  dots?: boolean;
}

export interface ChartProps {
  title: string;
  unit: string;
  series: ChartSeries[];
  stages: { key: StageKey; from: number; to: number }[];
  totalSteps: number;
  log?: boolean;
  domain?: [number, number];
  lines?: { label: string; value: number; color: string }[];
  format: (value: number) => string;
}

const bands = { align: 'var(--band-align)', distil: 'var(--band-distil)', finetune: 'var(--band-finetune)' } as const;

/** One small multiple: lines over steps with the stages shaded behind. */
export const Chart = memo(function Chart(props: ChartProps) {
  const { title, unit, series, stages, totalSteps, log, domain, lines = [], format } = props;
  return (
    <figure className={classes.chart}>
      <figcaption>
        <strong>{title}</strong> <span>{unit}</span>
        <ul className={classes.legend}>
          {series.map(({ name, color, points }) => (
            <li key={name}>
              <i style={{ background: color }} aria-hidden /> {name}{' '}
              <b>{points.length > 0 ? format(points.at(-1)!.value) : '–'}</b>
            </li>
          ))}
          {lines.map(({ label, value, color }) => (
            <li key={label}>
              <i style={{ background: color }} data-dashed aria-hidden /> {label} <b>{format(value)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div className={classes.plot}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart syncId="steps" syncMethod="value" margin={{ top: 4, right: 8, bottom: 0, left: 0 }}>
            {stages.map(({ key, from, to }) => (
              <ReferenceArea key={key} x1={from - 0.5} x2={to + 0.5} fill={bands[key]} fillOpacity={1} ifOverflow="hidden" />
            ))}
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="step"
              type="number"
              domain={[0, Math.max(1, totalSteps)]}
              allowDecimals={false}
              tick={{ fontSize: 10, fill: 'var(--ink-soft)' }}
              stroke="var(--line)"
              height={18}
            />
            <YAxis
              width={44}
              scale={log ? 'log' : 'linear'}
              domain={domain ?? (log ? ['auto', 'auto'] : [0, 'auto'])}
              allowDataOverflow={log}
              tick={{ fontSize: 10, fill: 'var(--ink-soft)' }}
              stroke="var(--line)"
              tickFormatter={format}
            />
            <Tooltip
              isAnimationActive={false}
              labelFormatter={(step) => `step ${step}`}
              formatter={(value) => format(Number(value))}
              contentStyle={{ background: 'var(--panel)', border: '1px solid var(--line)', fontSize: 11, padding: '4px 8px' }}
            />
            {lines.map(({ label, value, color }) => (
              <ReferenceLine key={label} y={value} stroke={color} strokeDasharray="5 4" />
            ))}
            {series.map(({ name, color, raw }) =>
              raw === undefined ? null : (
                <Line
                  key={`${name} raw`}
                  data={raw}
                  dataKey="value"
                  name={`${name}, raw`}
                  stroke={color}
                  strokeOpacity={0.28}
                  strokeWidth={1}
                  dot={false}
                  isAnimationActive={false}
                  tooltipType="none"
                />
              ),
            )}
            {series.map(({ name, color, points, dots }) => (
              <Line
                key={name}
                data={points}
                dataKey="value"
                name={name}
                stroke={color}
                strokeWidth={1.8}
                dot={dots ? { r: 2.5, strokeWidth: 0, fill: color } : false}
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
});
