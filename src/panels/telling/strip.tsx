import { lazy, Suspense } from 'react';
import { useStore } from '../../store/store.ts';
import classes from './strip.module.css';

// Words come with a run, after the first paint.
const Telling = lazy(() => import('./telling.tsx'));
const ReplayBar = lazy(() => import('../runs/replay-bar.tsx'));

/** Over the largest place on the screen: what happens, in a sentence, and whether it is a record. */
export function Strip() {
  const replay = useStore((state) => state.replay);
  return (
    <div className={classes.strip} data-recorded={replay !== undefined}>
      <Suspense>{replay !== undefined && <ReplayBar replay={replay} />}</Suspense>
      <div className={classes.telling} aria-live="polite" data-telling>
        <Suspense>
          <Telling />
        </Suspense>
      </div>
    </div>
  );
}
