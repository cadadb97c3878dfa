import type { RunSummary } from '../../engine/run/events.ts';
import type { RunState } from '../../store/slices/run-slice.ts';
import classes from './result.module.css';
import { verdict } from './verdict.ts';

/** What a run came to, in words. */
export default function Outcome({ summary, changes }: { summary: RunSummary; changes: RunState['changes'] }) {
  const { improved, headline, details } = verdict(summary, changes);
  return (
    <div className={classes.verdict} data-improved={improved} role="status">
      <p>{headline}</p>
      {details.map((detail) => (
        <p key={detail} className={classes.detail}>
          {detail}
        </p>
      ))}
    </div>
  );
}
