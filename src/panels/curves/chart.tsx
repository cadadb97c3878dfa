import { memo } from 'react';
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { StageSpan } from '../../store/run-slice.ts';
import type { Column, Row } from './rows.ts';
import classes from './curves.module.css';

export interface ChartLine {
  column: Column;
  name: string;
  color: string;
  /** The last value, for the legend. */
  latest: number | undefined;
}

export interface ChartProps {
  title: string;
  /** What the numbers are, in a few words. */
  about: string;
  rows: Row[];
  lines: ChartLine[];
  stages: StageSpan[];
  totalSteps: number;
  log?: boolean;
  /** Fraction from 0 to 1 instead of an open scale. */
  fraction?: boolean;
  /** Measured now and then instead of at every step: dots, joined. */
  points?: boolean;
  levels?: { name: string; value: number; color: string }[];
  format: (value: number) => string;
}

const bands = {
  align: { fill: 'var(--band-align)', number: '1' },
  distil: { fill: 'var(--band-distil)', number: '2' },
  finetune: { fill: 'var(--band-finetune)', number: '3' },
} as const;
const tick = { fontSize: 10, fill: 'var(--ink-soft)' };

/** One small multiple: lines over steps with the stages shaded behind. The legend repeats the latest numbers as text. */
export const Chart = memo(function Chart(props: ChartProps) {
  const { title, about, rows, lines, stages, totalSteps, fraction, levels = [], format } = props;
  const points = props.points === true || fraction === true;
  const drawn = lines.filter(({ latest }) => latest !== undefined);
  const scale = fraction
    ? fractionScale(rows, drawn, levels)
    : verticalScale(rows, drawn, props.log === true);
  return (
    <figure className={classes.chart}>
      <figcaption>
        <strong>{title}</strong> <span>{about}</span>
        <ul className={classes.legend}>
          {lines.map(({ name, color, latest }) => (
            <li key={name}>
              <i style={{ background: color }} aria-hidden /> {name}{' '}
              <b>{latest === undefined ? '–' : format(latest)}</b>
            </li>
          ))}
          {levels.map(({ name, value, color }) => (
            <li key={name}>
              <i style={{ color }} data-dashed aria-hidden /> {name} <b>{format(value)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div className={classes.plot} aria-hidden>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart
            data={rows.length > 1 ? rows : [...rows, { step: totalSteps }]}
            syncId="steps"
            accessibilityLayer={false}
            margin={{ top: 4, right: 8, bottom: 0, left: 0 }}
          >
            {stages.map(({ key, from, to }) => (
              <ReferenceArea
                key={key}
                x1={from - 1}
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
              domain={[0, Math.max(1, totalSteps)]}
              allowDecimals={false}
              allowDataOverflow
              tick={tick}
              tickLine={false}
              stroke="var(--line)"
              height={16}
            />
            <YAxis
              width={44}
              tick={tick}
              tickLine={false}
              axisLine={false}
              allowDataOverflow
              {...scale}
              tickFormatter={fraction ? (value: number) => `${Math.round(value * 100)}%` : shortNumber}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: 'var(--ink-soft)', strokeWidth: 1 }}
              labelFormatter={(_, payload) => stepsLabel(payload[0]?.payload as Row | undefined)}
              formatter={(value) => format(Number(value))}
              wrapperClassName={classes.tooltip}
            />
            {levels.map(({ name, value, color }) => (
              <ReferenceLine key={name} y={value} stroke={color} strokeWidth={1.5} strokeDasharray="5 4" />
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
                tooltipType="none"
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
                activeDot={{ r: 3, strokeWidth: 0 }}
                connectNulls={points}
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
});

/** From 0 to the quarter above everything drawn. */
function fractionScale(
  rows: readonly Row[],
  lines: readonly ChartLine[],
  levels: readonly { value: number }[],
) {
  const highest = Math.max(
    ...rows.flatMap((row) => lines.map(({ column }) => row[column] ?? 0)),
    ...levels.map(({ value }) => value),
  );
  const quarters = highest === 0 ? 4 : Math.min(4, Math.ceil(highest * 4 + 0.1));
  return {
    domain: [0, quarters / 4],
    ticks: Array.from({ length: quarters + 1 }, (_, i) => i / 4),
    interval: 0,
  };
}

/** Axis of everything drawn, spikes included. On a logarithmic axis whole decades, and nothing at or below zero. */
function verticalScale(rows: readonly Row[], lines: readonly ChartLine[], log: boolean) {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const row of rows)
    for (const { column } of lines)
      for (const value of column === 'accuracy' ? [row.accuracy] : [row[column], row[`${column}Raw`]]) {
        if (value === undefined || value <= 0) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  if (high === 0) return { domain: [0, 1], tickCount: 3 };
  if (!log) return { domain: [0, high * 1.05], tickCount: 4 };
  const from = Math.floor(Math.log10(low));
  const to = Math.max(from + 1, Math.ceil(Math.log10(high)));
  const every = Math.ceil((to - from) / 4);
  const ticks = Array.from(
    { length: Math.floor((to - from) / every) + 1 },
    (_, i) => 10 ** (from + i * every),
  );
  return { scale: 'log' as const, domain: [10 ** from, 10 ** to], ticks };
}

function shortNumber(value: number): string {
  if (value === 0) return '0';
  if (value < 0.01 || value >= 10_000)
    return Number(value.toPrecision(2)).toExponential().replace('e-', 'e−').replace('e+', 'e');
  return String(Number(value.toPrecision(2)));
}

function stepsLabel(row: Row | undefined): string {
  if (row === undefined) return '';
  return row.from === row.to ? `step ${row.step}` : `steps ${row.from}–${row.to}`;
}
