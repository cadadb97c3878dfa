import { counted } from '../lib/counted.ts';
import { scoreColor } from '../lib/arm-colors.ts';
import classes from './class.module.css';
import { inWords, type ClassGroup, type ClassRow } from './groups.ts';

/** px of a row, and in it of the points below its name. */
const rowHeight = 50;
const pointsAt = 28;
const ticks = [0, 0.25, 0.5, 0.75, 1];
const percent = (share: number) => `${share * 100}%`;

/** Every laptop as a point in each row and a line from before to after; their means with bands below the points. */
export function ClassPlot({ group }: { group: ClassGroup }) {
  const { rows, entries } = group;
  const arms = rows.slice(1, -1);
  const [before, own] = rows;
  const middle = (row: number) => row * rowHeight + pointsAt;
  return (
    <div className={classes.plot}>
      <svg
        className={classes.drawing}
        style={{ height: rows.length * rowHeight }}
        role="img"
        aria-label={`Exact match of ${counted(entries.length, 'laptop')}: ${rows.map((row) => `${row.label} ${inWords(row)}`).join('; ')}`}
      >
        {ticks.map((tick) => (
          <line key={tick} className={classes.grid} x1={percent(tick)} x2={percent(tick)} y1={0} y2="100%" />
        ))}
        {entries.map(({ result: { id } }, i) => (
          <line
            key={id}
            className={classes.way}
            x1={percent(before!.values[i] ?? 0)}
            x2={percent(own!.values[i] ?? 0)}
            y1={middle(0)}
            y2={middle(1)}
          />
        ))}
        {rows.map((row, at) => (
          <Points key={row.key} row={row} y={middle(at)} color={scoreColor(row.key, arms)} />
        ))}
      </svg>
      <div className={classes.names}>
        {rows.map((row) => (
          <div key={row.key} style={{ height: rowHeight }}>
            <span>
              <i style={{ background: scoreColor(row.key, arms) }} aria-hidden /> {row.label}
            </span>
            <b>{inWords(row)}</b>
          </div>
        ))}
      </div>
      <div className={classes.axis} aria-hidden>
        {ticks.map((tick) => (
          <span key={tick} style={{ left: percent(tick) }}>
            {tick * 100} %
          </span>
        ))}
      </div>
    </div>
  );
}

function Points({ row, y, color }: { row: ClassRow; y: number; color: string }) {
  const { values, mean, band } = row;
  return (
    <g fill={color} stroke={color}>
      {values.map((value, i) => (
        // Laptops keep their order: that is their name here.
        // oxlint-disable-next-line react/no-array-index-key
        <circle key={i} className={classes.point} cx={percent(value ?? 0)} cy={y} r={4} />
      ))}
      {band !== undefined && (
        <line
          className={classes.band}
          x1={percent(band.low)}
          x2={percent(band.high)}
          y1={y + 13}
          y2={y + 13}
        />
      )}
      <circle className={classes.mean} cx={percent(mean)} cy={y + 13} r={4.5} />
    </g>
  );
}
