import { lazy, Suspense, useMemo } from 'react';
import { questionTypes } from '../../engine/recipe/recipe.ts';
import { useStore } from '../../store/store.ts';
import { scoreColor } from '../lib/arm-colors.ts';
import { shortAdapter } from '../lib/format.ts';
import { Panel } from '../frame/panel.tsx';
import { useArms } from '../lib/use-planned.ts';
import { ScoreTable } from '../scores/score-table.tsx';
import classes from './result.module.css';
import { scoreRows } from './scores.ts';

// Words come with a run, after the first paint.
const Telling = lazy(() => import('./telling.tsx'));
const Outcome = lazy(() => import('./outcome.tsx'));

/** The scoreboard of this run: held-out accuracy of the teacher, every arm and the untouched student; in words when the run is done. */
export function Result() {
  const version = useStore((state) => state.metrics.evaluations.length);
  const metrics = useStore((state) => state.metrics);
  const summary = useStore((state) => state.run.summary);
  const changes = useStore((state) => state.run.changes);
  const arms = useArms();
  const replay = useStore((state) => state.replay);
  const planned = useStore((state) => state.draft.data.tasks);
  const { rows, questions, ...measured } = useMemo(() => {
    void version;
    return scoreRows(metrics.evaluations, arms);
  }, [version, metrics, arms]);
  // In one order before and after the first answers: the columns stay where they are.
  const asked = questions === undefined ? planned : measured.types;
  const types = questionTypes.filter((type) => asked.includes(type));
  const recorded =
    replay && `Recorded on ${shortAdapter(replay.record.adapter)}, ${replay.record.startedAt.slice(0, 10)}.`;
  return (
    <Panel
      title="Result"
      aside={
        <span className={classes.key}>
          exact match{questions !== undefined && ` · ${questions} questions`}
        </span>
      }
      className={classes.panel}
    >
      {recorded !== undefined && <p className={classes.recorded}>{recorded}</p>}
      {summary === undefined && (
        <div className={classes.telling}>
          <Suspense>
            <Telling scores={rows} />
          </Suspense>
        </div>
      )}
      {summary && (
        <Suspense>
          <Outcome summary={summary} changes={changes} />
        </Suspense>
      )}
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
    </Panel>
  );
}
