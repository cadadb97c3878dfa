import { NativeSelect } from '@mantine/core';
import { useMemo, useState } from 'react';
import { fieldAt } from '../../store/slices/recipe-slice.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';
import { counted } from '../lib/counted.ts';
import { formatPercent } from '../lib/format.ts';
import { formatWhen } from './dates.ts';
import { fieldName } from './field-name.ts';
import { axesOf } from './parallel-axes.ts';
import { fieldText } from './sorting.ts';
import classes from './parallel.module.css';

const width = 600;
const height = 161;
const top = 45;
const bottom = 14;

/** Parallel coordinates: every line is a run, every axis a field in which the runs differ, the last one what came of it. */
export function Parallel({ rows }: { rows: readonly RunRow[] }) {
  const [chosen, setChosen] = useState<string>();
  // What a class is to guess would be an axis.
  const ended = useMemo(() => rows.filter(({ final, recipe }) => final && recipe.blind !== true), [rows]);
  const sweeps = useMemo(() => sweepsOf(ended), [ended]);
  // Runs from before the latest sweep differ in what that did not ask.
  const shown = sweeps.find(({ id }) => id === chosen) ?? (chosen === all ? undefined : sweeps[0]);
  const picture = useMemo(() => draw(shown?.rows ?? ended), [shown, ended]);
  const choice = sweeps.length > 0 && (
    <NativeSelect
      className={classes.choice}
      size="xs"
      aria-label="Runs in the picture"
      value={shown?.id ?? all}
      data={[
        ...sweeps.map(({ id, label }) => ({ value: id, label })),
        { value: all, label: `all ${counted(ended.length, 'run')} that ended` },
      ]}
      onChange={(event) => setChosen(event.currentTarget.value)}
    />
  );
  if (picture === undefined) return choice || null;
  const { axes, lines, best } = picture;
  const x = (i: number) => 40 + (i * (width - 80)) / (axes.length - 1);
  const y = (share: number) => height - bottom - share * (height - top - bottom);
  return (
    <figure className={classes.figure}>
      <figcaption>
        {choice}
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
        aria-label={`Parallel coordinates of ${counted(lines.length, 'run')}: ${axes.map(({ label }) => label).join(', ')}. ${best === undefined ? '' : `Best: ${best}`}`}
      >
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
        {axes.map(({ label, marks }, i) => (
          <g key={label} transform={`translate(${x(i)} 0)`} textAnchor="middle">
            <line className={classes.axis} y1={y(0)} y2={y(1)} />
            <text className={classes.label}>
              {linesOf(label).map((line, row) => (
                <tspan key={line} x={0} y={10 + 11 * row}>
                  {line}
                </tspan>
              ))}
            </text>
            {marks.map(({ place, text }) =>
              place === 0 || place === 1 ? (
                <text key={text} className={classes.end} y={place === 1 ? top - 8 : height - 2}>
                  {text}
                </text>
              ) : (
                <text key={text} className={classes.end} x={5} y={y(place) + 3} textAnchor="start">
                  {text}
                </text>
              ),
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

const all = 'all';

/** A stage and its field stand under one another. */
function linesOf(label: string): string[] {
  return label.split(/(?<=:) /);
}

/** The sweeps of which two runs or more ended, the latest first. */
function sweepsOf(ended: readonly RunRow[]) {
  const found = new Map<string, RunRow[]>();
  for (const row of ended)
    if (row.sweep !== undefined) found.set(row.sweep.id, [...(found.get(row.sweep.id) ?? []), row]);
  return [...found]
    .filter(([, rows]) => rows.length > 1)
    .map(([id, rows]) => {
      const startedAt = rows.map((row) => row.startedAt).sort()[0]!;
      const fields = rows[0]!.sweep!.fields.map(fieldName).join(' × ');
      return { id, rows, startedAt, label: `sweep of ${fields}, ${formatWhen(startedAt)}` };
    })
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

function draw(ended: readonly RunRow[]) {
  if (ended.length < 2) return undefined;
  const varied = axesOf(ended);
  if (varied.length === 0) return undefined;
  const scores = ended.map(({ after }) => after!.mean);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const bestRow = ended[scores.indexOf(high)]!;
  const apart = low < high;
  const outcome = scores.map((score) => (apart ? (score - low) / (high - low) : 0.5));
  const axes = [
    ...varied,
    {
      label: 'exact match',
      marks: (apart ? [0, 1] : [0.5]).map((place) => ({
        place,
        text: formatPercent(place === 0 ? low : high),
      })),
    },
  ];
  const lines = ended.map(({ id, name, after }, i) => ({
    id,
    name: `${name}: ${formatPercent(after!.mean)}`,
    places: [...varied.map(({ places }) => places[i]!), outcome[i]!],
  }));
  const what = varied
    .map(({ path, label }) => `${label} ${fieldText(fieldAt(bestRow.recipe, path))}`)
    .join(', ');
  return { axes, lines, best: apart ? `${what} (${formatPercent(bestRow.after!.mean)})` : undefined };
}
