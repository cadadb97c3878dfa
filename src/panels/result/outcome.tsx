import type { RunSummary } from '../../engine/run/events.ts';
import type { RunState } from '../../store/slices/run-slice.ts';
import { settingNames } from '../../engine/sweep/joint.ts';
import { recordShown } from '../../store/files/run-files.ts';
import { useStore } from '../../store/store.ts';
import { Explained } from '../terms/explained.tsx';
import classes from './result.module.css';
import { verdict } from './verdict.ts';

/** What a run came to, in words; its headline stands over the centre. */
export default function Outcome({ summary, changes }: { summary: RunSummary; changes: RunState['changes'] }) {
  const own = useStore(({ run }) => run.recipe?.data.own);
  const settings = useStore((state) => recordShown(state)?.sweep?.settings);
  const { improved, details } = verdict(summary, changes, own);
  return (
    <div className={classes.verdict} data-improved={improved}>
      {settings && (
        <p className={classes.detail}>
          {settings.length} settings of a sweep were trained together. This is about the first of them
          {settings[0]!.recipe.blind !== true &&
            `, “${settingNames(settings.map(({ recipe }) => recipe))[0]}”`}
          ; under “Runs” each stands by itself.
        </p>
      )}
      {details.map((detail) => (
        <p key={detail} className={classes.detail}>
          <Explained text={detail} />
        </p>
      ))}
    </div>
  );
}
