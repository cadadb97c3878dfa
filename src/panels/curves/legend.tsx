import { memo, type CSSProperties } from 'react';
import { useStore } from '../../store/store.ts';
import type { Unit } from './axes.ts';
import type { ChartLine, Level } from './lines.ts';
import { readOut } from './read-out.ts';
import classes from './curves.module.css';

interface LegendProps {
  lines: readonly ChartLine[];
  levels: readonly Level[];
  version: number;
  points: boolean;
  unit: Unit;
  /** px the chart is wide. */
  width: number;
  format: (value: number) => string;
}

interface Entry {
  name: string;
  /** What is shown in place of the name, where that stands elsewhere. */
  short?: string | undefined;
  color: string;
  dashed: boolean;
  value: number | undefined;
}

/** px, roughly: rows are reserved before there is a number to measure. */
const letter = 5.8;
const swatchAndNumber = 63;
const mostRows = 4;

/** The lines' names with their numbers at the crosshair, or else their latest. As high before the first number as with the last. */
export const Legend = memo(function Legend(props: LegendProps) {
  const { lines, levels, points, unit, width, format } = props;
  const crosshair = useStore((state) => state.crosshair);
  const entries = [...lines, ...levels.map((level) => ({ ...level, earlier: undefined }))].map(
    (line): Entry => ({
      name: line.name,
      short: line.earlier,
      color: line.color,
      dashed: 'value' in line || line.earlier !== undefined,
      value: 'value' in line ? line.value : readOut(line, crosshair, points, unit),
    }),
  );
  // Those of the run itself first: earlier ones have their names above the charts.
  const ordered = [
    ...entries.filter(({ short }) => short === undefined),
    ...entries.filter(({ short }) => short !== undefined),
  ];
  const rows = Math.min(mostRows, rowsOf(ordered, width));
  return (
    <ul
      className={classes.legend}
      style={{ '--rows': rows } as CSSProperties}
      // What may have to scroll must be reachable by keyboard.
      {...(rows > 1 && { tabIndex: 0, 'aria-label': 'Legend' })}
    >
      {ordered.map(({ name, short, color, dashed, value }) => (
        <li key={`${name} ${short}`} title={short === undefined ? undefined : name}>
          <i style={{ color }} data-dashed={dashed} aria-hidden />{' '}
          <span className={short === undefined ? undefined : 'visually-hidden'}>{name}</span>{' '}
          {short !== undefined && short !== '' && <small aria-hidden>{short}</small>}{' '}
          <b>{value === undefined ? '–' : format(value)}</b>
        </li>
      ))}
    </ul>
  );
});

/** How many rows the entries fill, one after the other. */
function rowsOf(entries: readonly Pick<Entry, 'name' | 'short'>[], width: number): number {
  let rows = 1;
  let used = 0;
  for (const { name, short = name } of entries) {
    const wide = short.length * letter + swatchAndNumber;
    if (used > 0 && used + wide > width) {
      rows++;
      used = 0;
    }
    used += wide;
  }
  return rows;
}
