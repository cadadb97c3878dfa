import { Alert, Button } from '@mantine/core';
import { CircleAlert, CircleCheck, Info } from 'lucide-react';
import type { RunSummary } from '../../engine/distill/events.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import { loadPair, start } from '../../store/engine.ts';
import { useStore } from '../../store/store.ts';
import { formatDuration, formatPercent } from '../format.ts';
import classes from './notices.module.css';

/** What went wrong and what to do, or how the run ended. At most one at a time, the most basic first. */
export function Notices() {
  const device = useStore((state) => state.device);
  const load = useStore((state) => state.load);
  const run = useStore((state) => state.run);
  if (device.status === 'failed')
    return (
      <Failure
        title="Training is not possible in this browser"
        failure={device.failure}
        button="Try again"
        onClick={() => void start()}
      />
    );
  if (load.status === 'failed')
    return (
      <Failure
        title="The pair could not be loaded"
        failure={load.failure}
        button="Try again"
        onClick={() => void loadPair(load.pair)}
      />
    );
  if (run.failure !== undefined) {
    const gone = run.failure.code === 'device-lost' || run.failure.code === 'out-of-memory';
    return (
      <Failure
        title={`The run ended at step ${run.step}`}
        failure={run.failure}
        button={gone ? 'Reload the page' : undefined}
        onClick={() => window.location.reload()}
      />
    );
  }
  if (run.summary !== undefined) return <Summary summary={run.summary} />;
  return null;
}

function Failure(props: { title: string; failure: EngineFailure; button?: string; onClick: () => void }) {
  return (
    <Alert
      className={classes.notice}
      color="red"
      variant="light"
      icon={<CircleAlert size={18} />}
      title={props.title}
      role="alert"
    >
      <div className={classes.row}>
        <span>
          {props.failure.message} <strong>{props.failure.action}</strong>
        </span>
        {props.button !== undefined && (
          <Button size="xs" variant="default" onClick={props.onClick}>
            {props.button}
          </Button>
        )}
      </div>
    </Alert>
  );
}

/** The outcome in plain words, also when it is a bad one. */
function Summary({ summary }: { summary: RunSummary }) {
  const { heldOutBefore: before, heldOutAfter: after, teacherHeldOut: teacher, questions: n } = summary;
  const change = after - before;
  // Two standard errors of a difference of paired proportions, at most; below that a change is noise.
  const noise = 2 * Math.sqrt((before * (1 - before) + after * (1 - after)) / n);
  const verdict =
    change > noise
      ? 'The student improved'
      : change < -noise
        ? 'The student got worse'
        : 'The student did not measurably change';
  return (
    <Alert
      className={classes.notice}
      color={change > noise ? 'teal' : 'gray'}
      variant="light"
      icon={change > noise ? <CircleCheck size={18} /> : <Info size={18} />}
      title={`${verdict}: ${formatPercent(before)} → ${formatPercent(after)} on the held-out style`}
    >
      Exact match over {n} questions about drawings in a style that no training picture has; the teacher
      reaches {formatPercent(teacher)}. A change of less than {formatPercent(noise)} would be within chance.{' '}
      {summary.steps} updates took {formatDuration(summary.trainSeconds)}. This run has no control without a
      teacher, so it does not show how much of the change the teacher caused.
    </Alert>
  );
}
