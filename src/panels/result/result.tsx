import { useMemo } from 'react';
import { useStore } from '../../store/store.ts';
import { formatPercent } from '../format.ts';
import { Panel } from '../panel.tsx';
import classes from './result.module.css';
import { scoreRows, type ScoreRow } from './scores.ts';
import { verdict } from './verdict.ts';

/** Held-out accuracy by kind of question: the student before and now, and the teacher's level; in words when the run is done. */
export function Result() {
  const version = useStore((state) => state.metrics.evaluations.length);
  const metrics = useStore((state) => state.metrics);
  const summary = useStore((state) => state.run.summary);
  const { rows, questions } = useMemo(() => {
    void version;
    return scoreRows(metrics.evaluations);
  }, [version, metrics]);
  if (rows.length === 0) return null;
  const outcome = summary && verdict(summary);
  return (
    <Panel title="Result" aside={<Key questions={questions} />} className={classes.panel}>
      {outcome && (
        <div className={classes.verdict} data-improved={outcome.improved} role="status">
          <p>{outcome.headline}</p>
          <p className={classes.detail}>{outcome.detail}</p>
        </div>
      )}
      <table className={classes.table}>
        <thead className="visually-hidden">
          <tr>
            <th>Questions</th>
            <th>Student before</th>
            <th>Picture</th>
            <th>Student now</th>
            <th>Teacher</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label} data-all={row.label === 'all'}>
              <th scope="row">{row.label}</th>
              <td className={classes.before}>{percent(row.before)}</td>
              <td className={classes.wide}>
                <Track row={row} />
              </td>
              <td className={classes.now}>{percent(row.now)}</td>
              <td className={classes.teacher}>{percent(row.teacher)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Key({ questions }: { questions: number | undefined }) {
  return (
    <span className={classes.key}>
      <span className={classes.before}>○ before</span> <span className={classes.now}>● now</span>{' '}
      <span className={classes.teacher}>| teacher</span> · {questions} questions
    </span>
  );
}

/** The same numbers on a line from 0 to 100 %. */
function Track({ row }: { row: ScoreRow }) {
  const { before, now, teacher } = row;
  const x = (value: number) => `${4 + value * 92}%`;
  return (
    <svg className={classes.track} aria-hidden>
      <line x1={x(0)} x2={x(1)} y1="50%" y2="50%" className={classes.rail} />
      {before !== undefined && now !== undefined && (
        <line x1={x(before)} x2={x(now)} y1="50%" y2="50%" className={classes.change} />
      )}
      {teacher !== undefined && (
        <line x1={x(teacher)} x2={x(teacher)} y1="2" y2="14" className={classes.level} />
      )}
      {before !== undefined && <circle cx={x(before)} cy="50%" r="3.5" className={classes.start} />}
      {now !== undefined && <circle cx={x(now)} cy="50%" r="4" className={classes.end} />}
    </svg>
  );
}

function percent(value: number | undefined): string {
  return value === undefined ? '–' : formatPercent(value);
}
