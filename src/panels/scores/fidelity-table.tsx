import type { Band } from '../../engine/evaluate/bands.ts';
import type { FidelityKey } from '../../engine/evaluate/score-schema.ts';
import { formatNumber, formatPercent } from '../lib/format.ts';
import classes from './score-table.module.css';

/** What a score of right and wrong does not tell: each number with its range, where it was measured. */
export interface FidelityRow {
  key: string;
  label: string;
  color: string;
  numbers: Partial<Record<FidelityKey, Band>>;
}

const columns: readonly { key: FidelityKey; head: string; format: (value: number) => string }[] = [
  { key: 'perplexity', head: 'perplexity', format: formatNumber },
  { key: 'agreement', head: 'says what the teacher says', format: formatPercent },
  { key: 'teacherProbability', head: 'p of the teacher’s answer', format: formatPercent },
  { key: 'calibrationError', head: 'calibration error', format: formatPercent },
];

/** How near each student's answers are to the teacher's, and how well it knows when it is right. */
export function FidelityTable({ rows }: { rows: readonly FidelityRow[] }) {
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Model</span>
            </th>
            {columns.map(({ key, head }) => (
              <th key={key} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, label, color, numbers }) => (
            <tr key={key} data-who={key}>
              <th scope="row">
                <i style={{ background: color }} aria-hidden /> {label}
              </th>
              {columns.map((column) => (
                <td key={column.key}>{cell(numbers[column.key], column.format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cell(band: Band | undefined, format: (value: number) => string): string {
  if (band === undefined) return '–';
  const { mean, low, high } = band;
  return low === high ? format(mean) : `${format(mean)} (${format(low)}–${format(high)})`;
}
