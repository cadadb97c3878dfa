import { useMemo } from 'react';
import type { FeaturePoint } from '../../store/slices/metrics-slice.ts';
import { isFinitePoint, pairsOf, pointAt, projection, type Point, type SpaceKey } from './plane.ts';
import classes from './why.module.css';

interface ScatterProps {
  maps: readonly FeaturePoint[];
  /** Which of them is shown; the ones before it leave trails. */
  at: number;
  space: SpaceKey;
  label: string;
}

const size = { width: 300, height: 216, margin: 10 };

/** One space's plane: the teacher's features hollow, the student's or the Recalibrator's filled, the same token joined. */
export function Scatter({ maps, at, space, label }: ScatterProps) {
  const place = useMemo(
    () =>
      projection(
        maps.map(({ map }) => map[space]),
        size,
      ),
    [maps, space],
  );
  const { tokens } = maps[at]!.map;
  const { own, teacher } = maps[at]!.map[space];
  const pairs = pairsOf(tokens, maps[at]!.map[space]);
  const line = (points: readonly Point[]) =>
    points
      .filter(isFinitePoint)
      .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
      .join(' ');
  return (
    <svg
      className={classes.scatter}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={label}
    >
      <rect className={classes.frame} x="0.5" y="0.5" width={size.width - 1} height={size.height - 1} />
      <text className={classes.axis} x={size.width - 6} y={size.height - 6} textAnchor="end">
        PC 1 →
      </text>
      <text className={classes.axis} x={6} y={14}>
        ↑ PC 2
      </text>
      {pairs.map((token, i) => (
        <polyline
          key={`pair ${token}`}
          className={classes.pair}
          points={line([place(pointAt(own, i)), place(pointAt(teacher, token))])}
        />
      ))}
      {pairs.map(
        (token, i) =>
          tokens[token]!.first && (
            <polyline
              key={`trail ${token}`}
              className={classes.trail}
              points={line(maps.slice(0, at + 1).map(({ map }) => place(pointAt(map[space].own, i))))}
            />
          ),
      )}
      {tokens
        .map((token, row) => ({ ...token, row }))
        .map(({ first, text, example, row }) => (
          <Dot key={`teacher ${row}`} at={place(pointAt(teacher, row))} first={first}>
            {`Teacher: “${text.trim()}”, question ${example + 1}`}
          </Dot>
        ))}
      {pairs.map((token, i) => {
        const { first, text, example } = tokens[token]!;
        return (
          <Dot key={`own ${token}`} own at={place(pointAt(own, i))} first={first}>
            {`${space === 'teacherSpace' ? 'Recalibrated' : 'Student'}: “${text.trim()}”, question ${example + 1}`}
          </Dot>
        );
      })}
    </svg>
  );
}

interface DotProps {
  at: Point;
  own?: boolean;
  /** Circles are first tokens, triangles the others. */
  first: boolean;
  children: string;
}

function Dot({ at, own = false, first, children }: DotProps) {
  if (!isFinitePoint(at)) return null;
  const { x, y } = at;
  return (
    <g className={classes.mark} data-own={own} transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}>
      {first ? <circle r="3.6" /> : <path d="M0 -3.7L3.4 2.8H-3.4Z" />}
      <title>{children}</title>
    </g>
  );
}
