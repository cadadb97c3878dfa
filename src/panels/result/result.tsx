import { useMemo } from 'react';
import { plannedArms } from '../../store/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { armColor } from '../arm-colors.ts';
import { formatPercent } from '../format.ts';
import { Panel } from '../panel.tsx';
import classes from './result.module.css';
import { Bar } from './bar.tsx';
import { scoreRows } from './scores.ts';
import { verdict } from './verdict.ts';

/** The scoreboard of this run: held-out accuracy of the teacher, every arm and the untouched student; in words when the run is done. */
export function Result() {
  const version = useStore((state) => state.metrics.evaluations.length);
  const metrics = useStore((state) => state.metrics);
  const reports = useStore((state) => state.run.arms);
  const draft = useStore((state) => state.draft);
  const summary = useStore((state) => state.run.summary);
  const arms = useMemo(() => (reports.length > 0 ? reports : plannedArms(draft)), [reports, draft]);
  const { rows, types, questions } = useMemo(() => {
    void version;
    return scoreRows(metrics.evaluations, arms);
  }, [version, metrics, arms]);
  if (rows.length === 0) return null;
  const outcome = summary && verdict(summary);
  const color = (key: string) =>
    key === 'teacher' || key === 'before'
      ? `var(--${key})`
      : armColor(arms.findIndex((arm) => arm.key === key));
  return (
    <Panel
      title="Result"
      aside={<span className={classes.key}>exact match · {questions} questions</span>}
      className={classes.panel}
    >
      {outcome && (
        <div className={classes.verdict} data-improved={outcome.improved} role="status">
          <p>{outcome.headline}</p>
          {outcome.details.map((detail) => (
            <p key={detail} className={classes.detail}>
              {detail}
            </p>
          ))}
        </div>
      )}
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Model</span>
            </th>
            <th scope="col" colSpan={2}>
              all
            </th>
            {types.map((type) => (
              <th key={type} scope="col">
                {type}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-who={row.key}>
              <th scope="row">
                <i style={{ background: color(row.key) }} aria-hidden /> {row.label}
              </th>
              <td className={classes.wide}>
                <Bar value={row.score?.exactMatch} band={row.band} color={color(row.key)} />
              </td>
              <td className={classes.all}>{percent(row.score?.exactMatch)}</td>
              {types.map((type) => (
                <td key={type}>{percent(row.score?.byType[type]?.exactMatch)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function percent(value: number | undefined): string {
  return value === undefined ? '–' : formatPercent(value);
}
