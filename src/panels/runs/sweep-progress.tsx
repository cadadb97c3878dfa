import { Button } from '@mantine/core';
import { objectives } from '../../engine/recipe/objectives.ts';
import { settingNames } from '../../engine/sweep/joint.ts';
import { useStore } from '../../store/store.ts';
import type { Sweep } from '../../store/slices/sweep-slice.ts';
import { stopSweep } from '../../store/run/sweep.ts';
import { formatDuration } from '../lib/format.ts';
import classes from './runs.module.css';

/** Where the settings of a sweep are. */
export function SweepProgress() {
  const sweep = useStore((state) => state.sweep);
  const forecast = useStore((state) => state.run.forecast);
  if (sweep === undefined) return null;
  const { done, total, now, secondsEach, stopping } = sweep;
  const each = secondsEach || (forecast && forecast.seconds / Math.max(1, now.length));
  const rest = total - done;
  const last = stopping || rest <= now.length;
  return (
    <div className={classes.tools}>
      <p className={classes.note} role="status">
        Sweep: {whichOf(sweep)}
        {each !== undefined && !stopping && `, about ${formatDuration(rest * each)} for the rest`}
        {stopping && ', the last one'}
      </p>
      <Button size="compact-xs" variant="default" disabled={last} onClick={stopSweep}>
        End after this run
      </Button>
    </div>
  );
}

/** Which settings are trained now, and which of them has the name of its objective: the others are called by what they are. */
function whichOf({ done, total, now }: Sweep): string {
  const [first] = now;
  if (first === undefined) return 'looking which settings have room together';
  if (now.length === 1) return `setting ${done + 1} of ${total}`;
  const { objective, blind } = first.recipe;
  const [name] = settingNames(now.map(({ recipe }) => recipe));
  const own = blind === true ? '' : `; ${objectives[objective].label} is ${name}`;
  return `settings ${done + 1}–${done + now.length} of ${total} together${own}`;
}
