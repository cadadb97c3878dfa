import { memo } from 'react';
import { useStore } from '../../store/store.ts';
import type { ChartLine, Level } from './chart.tsx';
import { readOut } from './read-out.ts';
import classes from './curves.module.css';

interface LegendProps {
  lines: readonly ChartLine[];
  levels: readonly Level[];
  version: number;
  points: boolean;
  format: (value: number) => string;
}

/** Letters wide, roughly: known before anything is measured. */
const swatchAndNumber = 9;
const lettersARow = 50;

/** The lines' names with their numbers at the crosshair, or else their latest. As high before the first number as with the last. */
export const Legend = memo(function Legend({ lines, levels, points, format }: LegendProps) {
  const crosshair = useStore((state) => state.crosshair);
  const letters = [...lines, ...levels].reduce((sum, { name }) => sum + name.length + swatchAndNumber, 0);
  const rows = Math.min(3, Math.max(1, Math.ceil(letters / lettersARow)));
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
