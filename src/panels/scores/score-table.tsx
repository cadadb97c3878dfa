import type { Band } from '../../engine/evaluate/bands.ts';
import { formatPercent } from '../lib/format.ts';
import { Explained } from '../terms/explained.tsx';
import { Bar } from './bar.tsx';
import classes from './score-table.module.css';

export interface TableRow {
  /** An arm's key, “before” or “teacher”. */
  key: string;
  label: string;
  color: string;
  /** Fraction of questions answered right, 0–1; undefined before it is measured. */
  value: number | undefined;
  band: Band | undefined;
  byType: Record<string, number | undefined>;
}

/** Who answers how many questions right, over all questions and by kind: numbers, and bars with their bands. */
export function ScoreTable(props: {
  rows: readonly TableRow[];
  types: readonly string[];
  withRanges?: boolean;
}) {
  const { rows, types, withRanges = false } = props;
  return (
    <div className={classes.scroll}>
      <table className={classes.table} data-ranges={withRanges} data-many={types.length > 3 || undefined}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Model</span>
            </th>
            <th scope="col" className={classes.wide}>
              <span className="visually-hidden">Picture</span>
            </th>
            <th scope="col">all</th>
            {withRanges && <th scope="col">95 %</th>}
            {types.map((type) => (
              <th key={type} scope="col">
                {type}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, label, color, value, band, byType }) => (
            <tr key={key} data-who={key}>
              <th scope="row">
                <i style={{ background: color }} aria-hidden /> <Explained text={label} />
              </th>
              <td className={classes.wide}>
                <Bar value={value} band={band} color={color} />
              </td>
              <td>{percent(value)}</td>
              {withRanges && (
                <td>{band && `${(band.low * 100).toFixed(1)}–${(band.high * 100).toFixed(1)}`}</td>
              )}
              {types.map((type) => (
                <td key={type}>{percent(byType[type])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function percent(value: number | undefined): string {
  return value === undefined ? '–' : formatPercent(value);
}
