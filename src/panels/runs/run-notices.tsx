import { Alert, Button } from '@mantine/core';
import { CircleAlert, History } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { isActive } from '../../store/run-slice.ts';
import { discardSaved, goOnWith, readRuns } from '../../store/runs.ts';
import { useStore } from '../../store/store.ts';
import { formatWhen } from './dates.ts';
import classes from './notices.module.css';
import { ReplayBar } from './replay-bar.tsx';

/** What the page has to say about runs: a record that is shown, a run that was cut off, storage that refuses. One at a time. */
export default function RunNotices() {
  useEffect(() => void readRuns(), []);
  const replay = useStore((state) => state.replay);
  const resumable = useStore((state) => state.resumable);
  const notice = useStore((state) => state.runsNotice);
  const device = useStore((state) => state.device.status);
  const run = useStore((state) => state.run);
  const idle = !isActive(run.phase);
  return (
    <>
      {notice !== undefined && (
        <Notice
          icon={<CircleAlert size={18} />}
          color={notice.code === 'storage-refused' || notice.code === 'engine-busy' ? 'orange' : 'red'}
          actions={
            <Button size="xs" variant="default" onClick={() => useStore.setState({ runsNotice: undefined })}>
              Understood
            </Button>
          }
        >
          {notice.message} <strong>{notice.action}</strong>
        </Notice>
      )}
      {replay !== undefined ? (
        <ReplayBar replay={replay} />
      ) : (
        resumable?.cutOff === true &&
        idle &&
        run.failure === undefined && (
          <Notice
            icon={<History size={18} />}
            color="blue"
            actions={
              <>
                <Button size="xs" disabled={device !== 'ready'} onClick={() => void goOnWith(resumable.id)}>
                  Resume the run from step {resumable.step}
                </Button>
                <Button size="xs" variant="default" onClick={() => void discardSaved()}>
                  Discard
                </Button>
              </>
            }
          >
            The run “{resumable.name}” was cut off. It was saved at step {resumable.step} of{' '}
            {resumable.totalSteps}, {formatWhen(resumable.savedAt)}, and goes on exactly as it would have.
          </Notice>
        )
      )}
    </>
  );
}

function Notice(props: { icon: ReactNode; color: string; actions: ReactNode; children: ReactNode }) {
  const { icon, color, actions, children } = props;
  return (
    <Alert className={classes.notice} color={color} variant="light" icon={icon}>
      <div className={classes.row}>
        <span>{children}</span>
        <span className={classes.controls}>{actions}</span>
      </div>
    </Alert>
  );
}
