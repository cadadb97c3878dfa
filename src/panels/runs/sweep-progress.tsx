import { Button } from '@mantine/core';
import { useStore } from '../../store/store.ts';
import { stopSweep } from '../../store/run/sweep.ts';
import { formatDuration } from '../lib/format.ts';
import classes from './runs.module.css';

/** Where a queue of runs is. */
export function SweepProgress() {
  const sweep = useStore((state) => state.sweep);
  const forecast = useStore((state) => state.run.forecast);
  if (sweep === undefined) return null;
  const { done, total, secondsEach, stopping } = sweep;
  const each = secondsEach || forecast?.seconds;
  const rest = total - done;
  return (
    <div className={classes.tools}>
      <p className={classes.note} role="status">
        Sweep: run {done + 1} of {total}
        {each !== undefined && !stopping && `, about ${formatDuration(rest * each)} for the rest`}
        {stopping && ', the last one'}
      </p>
      <Button size="compact-xs" variant="default" disabled={stopping} onClick={stopSweep}>
        End after this run
      </Button>
    </div>
  );
}
