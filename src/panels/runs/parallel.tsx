import { useMemo } from 'react';
import { differences } from '../../engine/recipe/link.ts';
import { defaultRecipe } from '../../engine/recipe/schema.ts';
import { fieldAt } from '../../store/slices/recipe-slice.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';
import { formatPercent } from '../lib/format.ts';
import { fieldLabel } from '../recipe/fields.ts';
import { axesOf, placesOn } from './parallel-axes.ts';
import classes from './parallel.module.css';

const width = 600;
const height = 150;
const top = 34;
const bottom = 14;

/** Parallel coordinates: every line is a run, every axis a field in which the runs differ, the last one what came of it. */
export function Parallel({ rows }: { rows: readonly RunRow[] }) {
  const picture = useMemo(() => draw(rows), [rows]);
  if (picture === undefined) return null;
  const { axes, lines, best } = picture;
  const x = (i: number) => 40 + (i * (width - 80)) / (axes.length - 1);
  const y = (share: number) => height - bottom - share * (height - top - bottom);
  return (
    <figure className={classes.figure}>
      <figcaption>
        What the runs differ in, and the exact match they end with.
        {best !== undefined && (
          <>
            {' '}
            Best: <b>{best}</b>
          </>
        )}
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Parallel coordinates of ${lines.length} runs. ${best === undefined ? '' : `Best: ${best}`}`}
      >
        {axes.map(({ label, low, high }, i) => (
          <g key={label} transform={`translate(${x(i)} 0)`} textAnchor="middle">
            <line className={classes.axis} y1={y(0)} y2={y(1)} />
            <text className={classes.label} y={10}>
              {label}
            </text>
            <text className={classes.end} y={top - 8}>
              {high}
            </text>
            <text className={classes.end} y={height - 2}>
              {low}
            </text>
          </g>
        ))}
        {lines.map(({ id, name, places }) => (
          <polyline
            key={id}
            className={classes.line}
            points={places.map((share, i) => `${x(i)},${y(share)}`).join(' ')}
            strokeOpacity={0.25 + 0.75 * places.at(-1)!}
          >
            <title>{name}</title>
          </polyline>
        ))}
      </svg>
    </figure>
  );
}

function draw(rows: readonly RunRow[]) {
  const ended = rows.filter(({ final }) => final);
  if (ended.length < 2) return undefined;
  const paths = new Set(
    ended.flatMap(({ recipe }) => differences(recipe, defaultRecipe).map(([path]) => path)),
  );
  const varied = axesOf(ended, paths);
  if (varied.length === 0) return undefined;
  const scores = ended.map(({ after }) => after!.mean);
  const bestRow = ended[scores.indexOf(Math.max(...scores))]!;
  const outcome = placesOn(scores);
  const axes = [
    ...varied.map(({ path, low, high }) => ({
      label: fieldLabel(path)?.split(', ').at(-1) ?? path.split('.').at(-1)!,
      low,
      high,
    })),
    {
      label: 'exact match',
      low: formatPercent(Math.min(...scores)),
      high: formatPercent(Math.max(...scores)),
    },
  ];
  const lines = ended.map(({ id, name, after }, i) => ({
    id,
    name: `${name}: ${formatPercent(after!.mean)}`,
    places: [...varied.map(({ places }) => places[i]!), outcome[i]!],
  }));
  const what = varied
    .map(({ path }, i) => `${axes[i]!.label} ${String(fieldAt(bestRow.recipe, path))}`)
    .join(', ');
  const apart = new Set(scores).size > 1;
  return { axes, lines, best: apart ? `${what} (${formatPercent(bestRow.after!.mean)})` : undefined };
}
