import { lazy, Suspense, useMemo } from 'react';
import { tasks } from '../../engine/recipe/splits.ts';
import { useStore } from '../../store/store.ts';
import { scoreColor } from '../lib/arm-colors.ts';
import { Panel } from '../frame/panel.tsx';
import { useArms } from '../lib/use-planned.ts';
import { ScoreTable } from '../scores/score-table.tsx';
import { Explained } from '../terms/explained.tsx';
import classes from './result.module.css';
import { scoreRows } from './scores.ts';

// Words come with a run, after the first paint.
const Outcome = lazy(() => import('./outcome.tsx'));

/** The scoreboard of this run: held-out accuracy of the teacher, every arm and the untouched student; in words when the run is done. */
export function Result() {
  const version = useStore((state) => state.metrics.evaluations.length);
  const metrics = useStore((state) => state.metrics);
  const summary = useStore((state) => state.run.summary);
  const changes = useStore((state) => state.run.changes);
  const arms = useArms();
  const planned = useStore(({ draft }) => draft.data);
  const { rows, questions, ...measured } = useMemo(() => {
    void version;
    return scoreRows(metrics.evaluations, arms);
  }, [version, metrics, arms]);
  // In one order before and after the first answers: the columns stay where they are.
  const asked = questions !== undefined ? measured.types : planned.own === undefined ? planned.tasks : [];
  const types = tasks.filter((type) => asked.includes(type));
  return (
    <Panel
      title="Result"
      aside={
        <span className={classes.key}>
          {/* Before the word, which keeps its place when the number comes. */}
          {questions !== undefined && `${questions} questions · `}
          <Explained text="exact match" />
        </span>
      }
      className={classes.panel}
    >
      <ScoreTable
        types={types}
        rows={rows.map(({ key, label, score, band }) => ({
          key,
          label,
          color: scoreColor(key, arms),
          value: score?.exactMatch,
          band,
          byType: Object.fromEntries(types.map((type) => [type, score?.byType[type]?.exactMatch])),
        }))}
      />
      {/* A scrolling region must be reachable by keyboard. */}
      <div className={classes.words} tabIndex={0} role="group" aria-label="The result in words">
        <Suspense>{summary && <Outcome summary={summary} changes={changes} />}</Suspense>
      </div>
    </Panel>
  );
}
