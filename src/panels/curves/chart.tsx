import { memo, useRef } from 'react';
import { ImageDown } from 'lucide-react';
import type { StageSpan } from '../../store/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { Crosshair } from './crosshair.tsx';
import classes from './curves.module.css';
import type { Difference } from './differences.ts';
import { Plot } from './plot.tsx';
import type { Column, Row } from './rows.ts';
import { savePicture } from './save-picture.ts';
import type { Scale, StepScale } from './scales.ts';

export interface ChartLine {
  column: Column;
  name: string;
  color: string;
  /** The last value, for the legend. */
  latest: number | undefined;
}

/** An earlier run, drawn behind. */
export interface ChartOverlay {
  id: string;
  name: string;
  color: string;
  data: { step: number; value: number | undefined }[];
}

export interface ChartProps {
  title: string;
  /** What the numbers are, in a few words. */
  about: string;
  rows: Row[];
  lines: ChartLine[];
  stages: StageSpan[];
  steps: StepScale;
  /** Logarithmic vertical axis. */
  log?: boolean;
  /** Fraction from 0 to 1 instead of an open scale. */
  fraction?: boolean;
  /** Percent on an open scale. */
  percent?: boolean;
  /** Measured now and then instead of at every step: dots, joined. */
  points?: boolean;
  levels?: { name: string; value: number | undefined; color: string }[];
  overlays?: ChartOverlay[];
  bands?: { name: string; color: string; data: Difference[] }[];
  /** Vertical axis, where it does not follow from what is drawn. */
  scale?: Scale;
  /** Lines that the legend may take; reserved, so that nothing moves when it fills. */
  legendLines?: 1 | 2;
  format: (value: number) => string;
}

/** One small multiple: lines over steps with the stages shaded behind. The legend holds the numbers at the crosshair, or the latest. */
export const Chart = memo(function Chart(props: ChartProps) {
  const { title, about, rows, steps } = props;
  const figure = useRef<HTMLElement>(null);
  return (
    <figure className={classes.chart} ref={figure}>
      <figcaption>
        <strong>{title}</strong> <span>{about}</span>
        <button
          type="button"
          className={classes.save}
          aria-label={`Save “${title}” as a picture`}
          title="Save as a picture (PNG)"
          onClick={() => figure.current && void savePicture(figure.current, `${title}, ${about}`)}
        >
          <ImageDown size={13} />
        </button>
        <Legend {...props} />
      </figcaption>
      <div className={classes.plot}>
        <div aria-hidden className={classes.curves}>
          <Plot {...props} />
        </div>
        <Crosshair title={title} rows={rows} steps={steps} />
      </div>
    </figure>
  );
});

function Legend(props: ChartProps) {
  const { lines, rows, levels = [], overlays = [], legendLines = 1, format } = props;
  const step = useStore((state) => state.crosshair);
  const value = ({ column, latest }: ChartLine) =>
    step === undefined
      ? latest
      : rows.findLast((row) => row.step <= step && row[column] !== undefined)?.[column];
  const text = (number: number | undefined) => (number === undefined ? '–' : format(number));
  return (
    <ul className={classes.legend} style={{ minHeight: `${legendLines * 1.45}em` }}>
      {lines.map((line) => (
        <li key={line.name}>
          <i style={{ background: line.color }} aria-hidden /> {line.name} <b>{text(value(line))}</b>
        </li>
      ))}
      {levels.map(({ name, value: level, color }) => (
        <li key={name}>
          <i style={{ color }} data-dashed aria-hidden /> {name} <b>{text(level)}</b>
        </li>
      ))}
      {overlays.map(({ id, name, color, data }) => (
        <li key={id}>
          <i style={{ color }} data-dashed aria-hidden /> {name}{' '}
          <b>{text(data.findLast((point) => step === undefined || point.step <= step)?.value)}</b>
        </li>
      ))}
    </ul>
  );
}
