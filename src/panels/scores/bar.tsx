import type { Band } from '../../engine/evaluate/bands.ts';
import classes from './bar.module.css';

/** A fraction as a bar from 0 to 100 %, with its band. */
export function Bar({
  value,
  band,
  color,
}: {
  value: number | undefined;
  band: Band | undefined;
  color: string;
}) {
  const x = (share: number) => `${share * 100}%`;
  return (
    <svg className={classes.bar} aria-hidden>
      <line x1="0" x2="100%" y1="50%" y2="50%" className={classes.rail} />
      {value !== undefined && <rect x="0" y="3" width={x(value)} height="8" fill={color} rx="1" />}
      {band !== undefined && (
        <g className={classes.whisker}>
          <line x1={x(band.low)} x2={x(band.high)} y1="50%" y2="50%" />
          <line x1={x(band.low)} x2={x(band.low)} y1="4" y2="10" />
          <line x1={x(band.high)} x2={x(band.high)} y1="4" y2="10" />
        </g>
      )}
    </svg>
  );
}
