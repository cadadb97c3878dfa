import { memo } from 'react';
import { useStore } from '../../store/store.ts';
import type { ChartLine, Level } from './lines.ts';
import { readOut } from './read-out.ts';
import classes from './curves.module.css';

interface LegendProps {
  lines: readonly ChartLine[];
  levels: readonly Level[];
  version: number;
  points: boolean;
  /** px the chart is wide. */
  width: number;
  format: (value: number) => string;
}

/** px, roughly: rows are reserved before there is a number to measure. */
const letter = 5.8;
const swatchAndNumber = 63;

/** The lines' names with their numbers at the crosshair, or else their latest. As high before the first number as with the last. */
export const Legend = memo(function Legend({ lines, levels, points, width, format }: LegendProps) {
  const crosshair = useStore((state) => state.crosshair);
  const rows = Math.min(3, rowsOf([...lines, ...levels], width));
  return (
    <ul
      className={classes.legend}
      data-rows={rows}
      // What may have to scroll must be reachable by keyboard.
      {...(rows > 1 && { tabIndex: 0, 'aria-label': 'Legend' })}
    >
      {lines.map(({ name, color, series, earlier }) => {
        const value = readOut(series, crosshair, points);
        return (
          <li key={name}>
            <i style={{ color }} data-dashed={earlier === true} aria-hidden /> {name}{' '}
            <b>{value === undefined ? '–' : format(value)}</b>
          </li>
        );
      })}
      {levels.map(({ name, value, color }) => (
        <li key={name}>
          <i style={{ color }} data-dashed="true" aria-hidden /> {name}{' '}
          <b>{value === undefined ? '–' : format(value)}</b>
        </li>
      ))}
    </ul>
  );
});

/** How many rows the entries fill, one after the other. */
function rowsOf(entries: readonly { name: string }[], width: number): number {
  let rows = 1;
  let used = 0;
  for (const { name } of entries) {
    const wide = name.length * letter + swatchAndNumber;
    if (used > 0 && used + wide > width) {
      rows++;
      used = 0;
    }
    used += wide;
  }
  return rows;
}
